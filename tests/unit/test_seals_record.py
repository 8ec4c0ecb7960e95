"""Records of the seals: one form, byte for byte, and nothing else is read."""

import random
from pathlib import Path

import pytest

from audit.note import Signer
from audit.report import ExitCode
from audit.seals.key_file import KeyFile, KeyFileInvalid
from audit.seals.record import (
    MAX_RECORD,
    NO_RECORD,
    Reason,
    Record,
    RecordCutShort,
    RecordInvalid,
    Restart,
    check_signature,
    digest_of,
    epoch_verifier,
    parse_record,
    restarts,
    split_records,
    whole_records,
)
from audit.tree import EMPTY_ROOT
from tests.unit.seals_by_hand import LOG, ORIGIN, HandMade, honest

MUTANTS = 10_000
EIGHT = bytes.fromhex("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")
NAME = "log.example/a"


def vector() -> list[bytes]:
    """The records of FORMAT.md, section 12, from their seeds."""
    log, first, second = (
        Signer.from_seed(NAME, bytes(range(start, start + 32))) for start in (0x00, 0x20, 0x40)
    )
    keys = [signer.verifier.public_key.public_bytes_raw() for signer in (first, second)]
    at_ms = 1_763_935_200_000
    begun = Record(NAME, 0, 0, EMPTY_ROOT, at_ms, keys[0], NO_RECORD, Reason.NEW).sign(log)
    sealed = Record(NAME, 0, 8, EIGHT, at_ms + 900_000, keys[1], digest_of(begun)).sign(first)
    return [begun, sealed]


def test_the_vector_of_the_format_comes_out_byte_for_byte(root: Path) -> None:
    text = (root / "audit" / "FORMAT.md").read_text()
    begun, sealed = vector()
    assert f"```\n{(begun + sealed).decode()}```\n" in text
    for record in (begun, sealed):
        assert digest_of(record).hex() in text


def test_a_record_is_read_as_it_was_written() -> None:
    for placed in split_records(b"".join(vector())):
        record = parse_record(placed.data)
        assert record.text.encode() == placed.data[: len(record.text)]
    begun, sealed = (parse_record(data) for data in vector())
    assert (begun.following, sealed.following) == (0, 1)
    check_signature(vector()[1], epoch_verifier(NAME, begun.key))
    with pytest.raises(RecordInvalid):
        check_signature(vector()[1], epoch_verifier(NAME, sealed.key))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"tachiai/seal/v1", b"tachiai/seal/v2"),
        (b"\n8\n", b"\n08\n"),
        (b"\n8\n", b"\n+8\n"),
        (b"\n8\n", b"\n-8\n"),
        (b"1763936100000", b"9007199254740992"),
        (b"log.example/a\n0", b"log example\n0"),
        (b"=\n\n", b"=\n\n\n"),
        (b"\n\n", b"\nmore\n\n"),
        (b"1763936100000\n", b"1763936100000\r\n"),
        (b"1763936100000\n", b""),
    ],
)
def test_a_record_in_another_form_is_refused(old: bytes, new: bytes) -> None:
    changed = vector()[1].replace(old, new, 1)
    assert changed != vector()[1]
    with pytest.raises(RecordInvalid):
        parse_record(changed)


def test_a_genesis_for_no_known_reason_is_refused() -> None:
    with pytest.raises(RecordInvalid):
        parse_record(vector()[0].replace(b"\nnew\n", b"\nold\n"))


def test_a_second_signature_line_is_refused() -> None:
    begun = vector()[0]
    with pytest.raises(RecordInvalid):
        parse_record(begun + begun.rsplit(b"\n", 2)[1] + b"\n")


def test_an_end_within_a_record_is_told_from_what_never_was_one() -> None:
    content = b"".join(vector())
    first = len(vector()[0])
    for stop in range(first + 1, len(content)):
        with pytest.raises(RecordCutShort) as cut:
            list(split_records(content[:stop]))
        assert cut.value.offset == first
        assert whole_records(content[:stop]) == content[:first]
    for garbage in (b"x", b"tachiai/seat", b"\n", bytes(9), b"\0x\0", b"tachiai/seal/v1" * 999):
        with pytest.raises(RecordInvalid) as invalid:
            list(split_records(content + garbage))
        assert not isinstance(invalid.value, RecordCutShort)
        assert whole_records(content + garbage) == content + garbage
    assert whole_records(content) == content


def test_a_restart_is_named_by_epoch_and_hash_in_one_form() -> None:
    restart = Restart(12, bytes(range(32)))
    assert Restart.parse(str(restart)) == restart
    for text in ("", "12", "12:", "012:" + "0" * 64, "12:" + "A" * 64, "12:" + "0" * 63, "-1:" + "0" * 64):
        with pytest.raises(RecordInvalid):
            Restart.parse(text)


def test_the_restarts_of_a_chain_are_listed_and_its_first_genesis_is_none() -> None:
    made = honest(2)
    assert restarts(made.content) == []
    made.begin(Reason.KEY_MISSING)
    made.seal()
    assert restarts(made.content) == [Restart(2, digest_of(made.records[3]))]
    assert restarts(made.content + b"garbage") == [Restart(2, digest_of(made.records[3]))]


def mutated(content: bytes, chance: random.Random) -> bytes:
    """One to three changes of the kinds that disks and people make."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(data))
        match chance.randrange(6):
            case 0:
                data[place] ^= 1 << chance.randrange(8)
            case 1:
                del data[place : place + chance.randint(1, 80)]
            case 2:
                data[place:place] = chance.randbytes(chance.randint(1, 9))
            case 3:
                data[place : place + 1] = b"\n"
            case 4:
                other = chance.randrange(len(data))
                data[place:place] = data[other : other + chance.randint(1, MAX_RECORD)]
            case _:
                del data[place:]
        if not data:
            break
    return bytes(data)


def test_ten_thousand_mutants_of_a_chain_are_refused_or_found_and_nothing_else_happens() -> None:
    made, chance = longer(), random.Random(12)  # noqa: S311 - repeatable
    remembered, accepted = made.seen(), set(restarts(made.content))
    assert made.judged(seen=remembered, accepted=accepted)[0] == ExitCode.GOOD
    for _ in range(MUTANTS):
        mutant = mutated(made.content, chance)
        if mutant == made.content:
            continue
        code, findings, _ = made.judged(seen=remembered, accepted=accepted, content=mutant)
        assert code in {ExitCode.TAMPERED, ExitCode.ROLLED_BACK, ExitCode.INCOMPLETE}, mutant
        assert findings.found
        whole_records(mutant)
        restarts(mutant)


def longer() -> HandMade:
    made = honest(1)
    made.begin(Reason.KEY_UNUSABLE)
    made.write(1)
    made.seal()
    made.seal()
    return made


def test_ten_thousand_mutants_of_a_key_file_are_refused() -> None:
    made, chance = honest(1), random.Random(13)  # noqa: S311 - repeatable
    file = KeyFile(1, len(made.records[0]), b"wrapped" * 9, made.records[1])
    content = file.encode()
    assert KeyFile.parse(content) == file
    for _ in range(MUTANTS):
        mutant = mutated(content, chance)
        try:
            parsed = KeyFile.parse(mutant)
        except KeyFileInvalid:
            continue
        assert parsed.encode() == mutant, "there is one encoding"


def test_a_key_of_another_epoch_than_its_record_announced_is_refused() -> None:
    with pytest.raises(KeyFileInvalid):
        KeyFile.parse(KeyFile(2, 0, b"wrapped", honest(1).records[1]).encode())


def test_a_seal_is_signed_under_the_name_of_the_log() -> None:
    assert LOG.name == ORIGIN
    assert f"\u2014 {ORIGIN} ".encode() in honest(1).records[1]
