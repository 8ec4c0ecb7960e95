"""Keys of every kind of signature: vectors of other people's programs, and notes that carry many of them."""

import base64
import hashlib
import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.checkpoint import CheckpointInvalid, open_checkpoint
from audit.note import MAX_NOTE, KeyInvalid, Kind, NoteInvalid, Signer, Verifier, open_by_any
from audit.note_key import LATEST_S, LOG_KINDS, WITNESS_KINDS, CannotSign
from audit.post_quantum import both
from audit.tree_head import TreeHead
from tests.unit.test_audit_note import mutated
from tests.unit.witness_people import AT_S, SmallLog, witness_key

VECTORS = json.loads((Path(__file__).parent / "witness_vectors.json").read_text("utf-8"))


def test_another_programs_post_quantum_checkpoint_is_opened() -> None:
    vector = VECTORS["ml_dsa_44_log"]
    verifier = Verifier.parse(vector["verifier_key"], {Kind.ML_DSA_44})
    opened = open_by_any(vector["note"].encode(), [verifier])
    assert TreeHead.parse(opened.text).size == 1
    assert [held.at_s for held in opened.held] == [0]
    assert str(verifier) == vector["verifier_key"]
    with pytest.raises(NoteInvalid):
        open_by_any(vector["note"].replace("\n1\n", "\n2\n").encode(), [verifier])


def test_a_checkpoint_of_the_wider_world_is_opened_by_its_logs_and_its_witness_s_key() -> None:
    vector = VECTORS["witnessed_log"]
    log = Verifier.parse(vector["log_key"])
    witness = Verifier.parse(vector["witness_key"], WITNESS_KINDS)
    opened = open_by_any(vector["note"].encode(), [log, witness])
    assert [(held.verifier, held.at_s) for held in opened.held] == [(log, 0), (witness, 0x6A122120)]
    with pytest.raises(NoteInvalid):
        open_by_any(vector["note"].replace("1432088532", "42").encode(), [witness])


def test_the_witness_of_the_specification_has_the_time_of_the_specification() -> None:
    line = "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA=="
    raw = base64.b64decode(line)
    assert len(raw) == 4 + 8 + 64
    assert int.from_bytes(raw[4:12], "big") == 1_679_315_147


@pytest.mark.parametrize("kind", list(Kind))
def test_a_key_of_each_kind_comes_back_as_it_was_written(kind: Kind) -> None:
    signer = Signer.from_seed("a.example/b", bytes(range(32)), kind)
    assert Signer.parse(signer.encode(), {kind}).encode() == signer.encode()
    assert Verifier.parse(str(signer.verifier), {kind}) == signer.verifier
    for other in set(Kind) - {kind}:
        with pytest.raises(KeyInvalid):
            Verifier.parse(str(signer.verifier), {other})
        with pytest.raises(KeyInvalid):
            Signer.parse(signer.encode(), {other})


@given(st.integers(0, 2**62), st.binary(min_size=32, max_size=32), st.integers(0, LATEST_S))
def test_a_line_of_each_kind_holds_for_its_text_and_time_alone(size: int, root: bytes, at_s: int) -> None:
    text = str(TreeHead("log.example/a", size, root))
    for kind in WITNESS_KINDS:
        signer = witness_key(1, kind)
        note = f"{text}\n{signer.line(text, at_s)}".encode()
        held = open_by_any(note, [signer.verifier]).held
        assert [one.at_s for one in held] == [at_s]
        other = str(TreeHead("log.example/a", size + 1, root))
        with pytest.raises(NoteInvalid):
            open_by_any(f"{other}\n{signer.line(text, at_s)}".encode(), [signer.verifier])


def test_a_time_that_was_changed_or_lies_beyond_all_times_is_refused() -> None:
    signer, text = witness_key(1), SmallLog().text(3)
    with pytest.raises(CannotSign):
        signer.line(text, LATEST_S + 1)
    raw = signer.verifier.time_of
    signature = AT_S.to_bytes(8, "big") + signer.private_key.sign(
        f"cosignature/v1\ntime {AT_S}\n{text}".encode()
    )
    assert raw(text, signature) == AT_S
    assert raw(text, (AT_S + 1).to_bytes(8, "big") + signature[8:]) is None
    assert raw(text, b"\xff" + signature[1:]) is None
    assert raw(text, signature[8:]) is None


def test_a_post_quantum_key_signs_no_text_of_which_it_would_leave_lines_out() -> None:
    signer = witness_key(1, Kind.ML_DSA_44)
    for text in (f"{SmallLog().text(3)}and more\n", "a\n3\n", f"{'o' * 256}\n3\n{'A' * 43}=\n"):
        with pytest.raises(CannotSign):
            signer.line(text)
    extended = f"{SmallLog().text(3)}and more\n\n{signer.line(SmallLog().text(3))}".encode()
    with pytest.raises(NoteInvalid):
        open_by_any(extended, [signer.verifier])


def test_sixteen_post_quantum_signatures_fit_and_a_policy_s_all_do() -> None:
    log = SmallLog()
    witnesses = [
        Signer.from_seed(f"{number}.{'w' * 240}", bytes([number]) * 32, Kind.ML_DSA_44)
        for number in range(64)
    ]
    note = log.note(5, log.second) + "".join(one.line(log.text(5), AT_S) for one in witnesses).encode()
    assert len(note) <= MAX_NOTE
    opened = open_by_any(
        note, [log.signer.verifier, log.second.verifier, *(one.verifier for one in witnesses)]
    )
    assert len(opened.held) == 66
    with pytest.raises(NoteInvalid, match="too many"):
        open_by_any(note + log.signer.line(log.text(5)).encode() * 7, [log.signer.verifier])


def test_one_failing_signature_of_any_known_key_refuses_the_note() -> None:
    log, first, second = SmallLog(), witness_key(1), witness_key(2, Kind.ML_DSA_44)
    note = log.witnessed(5, first) + second.line(log.text(4), AT_S).encode()
    assert open_by_any(note, [log.signer.verifier, first.verifier]).text == log.text(5)
    with pytest.raises(NoteInvalid, match="does not hold"):
        open_by_any(note, [log.signer.verifier, first.verifier, second.verifier])


def test_who_holds_both_keys_of_a_log_asks_for_both_signatures() -> None:
    log = SmallLog()
    verifier = Verifier.parse(str(both(log.signer, log.second)))
    assert verifier.companion == log.second.verifier
    assert open_checkpoint(log.note(5, log.second), verifier).size == 5
    assert open_checkpoint(log.note(5, log.second), verifier.alone).size == 5
    assert open_checkpoint(log.note(5), verifier.alone).size == 5
    with pytest.raises(CheckpointInvalid, match="post-quantum"):
        open_checkpoint(log.note(5), verifier)
    only_second = log.second.line(log.text(5))
    with pytest.raises(CheckpointInvalid, match="Ed25519"):
        open_checkpoint(f"{log.text(5)}\n{only_second}".encode(), verifier)
    forged = log.note(5) + log.second.line(log.text(4)).encode()
    with pytest.raises(CheckpointInvalid):
        open_checkpoint(forged, verifier)


def test_two_keys_of_different_logs_or_kinds_are_no_log_s_key() -> None:
    log, other = SmallLog(), SmallLog("log.example/b")
    for text in (
        f"{log.signer.verifier}\n{other.second.verifier}",
        f"{log.signer.verifier}\n{log.signer.verifier}",
        f"{log.second.verifier}\n{log.signer.verifier}",
        f"{log.signer.verifier}\n{log.second.verifier}\n{log.second.verifier}",
        f"{log.signer.verifier}\n",
    ):
        with pytest.raises(KeyInvalid):
            Verifier.parse(text)
    assert Verifier.parse(str(log.second.verifier), LOG_KINDS) == log.second.verifier


def test_ten_thousand_mutants_of_a_witnessed_note_are_refused_or_say_the_same() -> None:
    chance = random.Random(2)  # noqa: S311 - the same mutants every time
    log, witness = SmallLog(), witness_key(1)
    note, verifiers = log.witnessed(5, witness), [log.signer.verifier, witness.verifier]
    for _ in range(10_000):
        try:
            assert open_by_any(mutated(note, chance), verifiers).text == log.text(5)
        except NoteInvalid:
            continue


def test_the_document_s_vectors_are_what_the_code_makes() -> None:
    document = (Path(__file__).resolve().parents[2] / "audit" / "FORMAT.md").read_text("utf-8")
    text = str(TreeHead("log.example/a", 5, bytes(32)))
    witness = Signer.from_seed("witness.example/w1", bytes(range(32)), Kind.COSIGNATURE)
    second = SmallLog().second
    shown = (str(witness.verifier), witness.line(text, 1_763_935_200).removesuffix("\n"))
    for vector in (*shown, f"`{second.key_id.hex()}`", hashlib.sha256(second.verifier.raw).hexdigest()):
        assert vector in document
    row = next(line for line in document.splitlines() if line.startswith("| what it signs (hex)"))
    message = bytes.fromhex(row.split("`")[1].replace(" ", "")) + bytes(32)
    signature = second.private_key.sign(message)
    assert second.verifier.time_of(text, bytes(8) + signature) == 0
