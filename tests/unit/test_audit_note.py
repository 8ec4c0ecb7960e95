"""Signed notes and checkpoints: the vectors of sumdb/note, and nothing but the one form."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.checkpoint import Checkpoint, CheckpointInvalid, open_checkpoint
from audit.lockstate import Lockstate, LockstateInvalid, open_lockstate
from audit.note import KeyInvalid, NoteInvalid, Signer, Verifier, open_note

FORMAT = Path(__file__).resolve().parents[2] / "audit" / "FORMAT.md"
SIGNER = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
OTHER_VERIFIER = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
LINE = (
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
OTHER_LINE = OTHER_VERIFIER.split("+", maxsplit=1)[0].join(
    ("— ", " rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n")
)


def opened(text: str, key: str = VERIFIER) -> str:
    return open_note(text.encode(), Verifier.parse(key))


def test_the_reference_note_is_signed_and_opened() -> None:
    signer = Signer.parse(SIGNER)
    assert signer.sign(TEXT).decode() == f"{TEXT}\n{LINE}"
    assert opened(f"{TEXT}\n{LINE}") == TEXT
    assert str(signer.verifier) == VERIFIER
    assert signer.encode() == SIGNER


def test_signatures_of_unknown_keys_are_ignored() -> None:
    both = f"{TEXT}\n{LINE}{OTHER_LINE}"
    assert opened(both) == opened(both, OTHER_VERIFIER) == TEXT
    with pytest.raises(NoteInvalid, match="no signature of the expected key"):
        opened(f"{TEXT}\n{LINE}", OTHER_VERIFIER)


def test_one_bad_signature_of_the_known_key_refuses_the_note() -> None:
    with pytest.raises(NoteInvalid, match="does not hold"):
        opened(f"{TEXT}\n{LINE}{LINE.replace('x08go/', 'x08go+')}")


@pytest.mark.parametrize(
    "note",
    [
        TEXT,
        f"{TEXT}\n",
        f"{TEXT}\n{LINE[:-1]}",
        f"\x01{TEXT}\n{LINE}",
        f"{TEXT}\n— Bad Name x08go/ZJ\n",
        f"{TEXT}\n{LINE}Unexpected line.\n",
        f"{TEXT}\n" + LINE * 101,
        f"{TEXT}\n{LINE}".replace("—", "-"),
        f"{TEXT}\n{LINE.replace('=', '')}",
        "x" * 70_000 + f"\n\n{LINE}",
    ],
)
def test_a_malformed_note_is_refused(note: str) -> None:
    with pytest.raises(NoteInvalid):
        opened(note)


def test_bytes_that_are_not_utf8_are_refused() -> None:
    with pytest.raises(NoteInvalid, match="UTF-8"):
        open_note(b"\xff" + f"{TEXT}\n{LINE}".encode(), Verifier.parse(VERIFIER))


@pytest.mark.parametrize(("parse", "key"), [(Verifier.parse, VERIFIER), (Signer.parse, SIGNER)])
def test_every_mangled_key_is_refused(parse: Callable[[str], object], key: str) -> None:
    parts = {key[i:j] for i in range(len(key) + 1) for j in range(i + 1, len(key) + 1)} - {key}
    bumped = {key[:i] + chr(ord(key[i]) + 1) + key[i + 1 :] for i in range(len(key))}
    for wrong in parts | bumped:
        with pytest.raises(KeyInvalid):
            parse(wrong)


def test_keys_of_other_lengths_and_kinds_are_refused() -> None:
    for wrong in (
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ):
        with pytest.raises(KeyInvalid):
            Verifier.parse(wrong)


def test_ten_thousand_mutants_of_a_note_are_refused_or_say_the_same() -> None:
    chance = random.Random(1)  # noqa: S311 - the same mutants every time
    note, verifier = f"{TEXT}\n{LINE}".encode(), Verifier.parse(VERIFIER)
    for _ in range(10_000):
        mutant = mutated(note, chance)
        try:
            assert open_note(mutant, verifier) == TEXT
        except NoteInvalid:
            continue


def mutated(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(changed) + 1)
        match chance.randrange(4):
            case 0 if changed:
                changed[place % len(changed)] ^= 1 << chance.randrange(8)
            case 1:
                changed[place:place] = chance.randbytes(chance.randint(1, 9))
            case 2:
                del changed[place : place + chance.randint(1, 9)]
            case _:
                del changed[place:]
    return bytes(changed)


def the_signer(name: str = "log.example/a") -> Signer:
    return Signer.from_seed(name, bytes(range(32)))


@given(st.integers(0, 2**60), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_comes_back_as_it_was_signed(size: int, root: bytes) -> None:
    signer = the_signer()
    checkpoint = Checkpoint(signer.name, size, root)
    assert open_checkpoint(checkpoint.sign(signer), signer.verifier) == checkpoint
    lockstate = Lockstate(signer.name, 3, size, root)
    assert open_lockstate(lockstate.sign(signer), signer.verifier) == lockstate


def test_checkpoint_and_lockstate_are_not_taken_for_each_other() -> None:
    signer = the_signer()
    with pytest.raises(LockstateInvalid):
        open_lockstate(Checkpoint(signer.name, 5, bytes(32)).sign(signer), signer.verifier)
    with pytest.raises(CheckpointInvalid):
        open_checkpoint(Lockstate(signer.name, 1, 5, bytes(32)).sign(signer), signer.verifier)


@pytest.mark.parametrize(
    "text",
    [
        "log.example/b\n5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "log.example/a\n05\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "log.example/a\n-5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "log.example/a\n5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n",
        "log.example/a\n5\nAAAA\n",
        "log.example/a\n5\n",
        "log.example/a\n5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nmore\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    signer = the_signer()
    with pytest.raises(CheckpointInvalid):
        open_checkpoint(signer.sign(text), signer.verifier)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "x" * 256, "名"])
def test_a_name_that_cannot_stand_in_a_note_is_refused(name: str) -> None:
    with pytest.raises(KeyInvalid):
        the_signer(name)


def test_the_vectors_of_the_format_document_come_out() -> None:
    document = FORMAT.read_text("utf-8")
    signer = the_signer()
    line = Checkpoint(signer.name, 5, bytes(32)).sign(signer).decode().splitlines()[-1]
    assert f"`{signer.verifier}`" in document
    assert f"`{line}`" in document
