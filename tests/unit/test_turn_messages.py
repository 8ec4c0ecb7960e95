"""STUN messages of the doctor's client: read as they were written, and nothing but NotStun from what was spoilt."""

import random
import struct

import pytest

from server.turn import stun_message as stun
from session.media.stun import binding_success, parse_binding_request

KEY = b"a password of this test"
TRANSACTION = bytes(range(12))
MUTANTS = 10_000


def test_a_message_is_read_as_it_was_written_and_is_authentic_for_its_key_only() -> None:
    attributes = stun.attribute(stun.USERNAME, b"somebody") + stun.attribute(stun.LIFETIME, bytes(4))
    read = stun.read(stun.written(stun.REFRESH, TRANSACTION, attributes, key=KEY, check=True))
    assert (read.method, read.kind, read.transaction) == (stun.REFRESH, 0, TRANSACTION)
    assert read.attributes[stun.USERNAME] == b"somebody"
    assert read.authentic(KEY)
    assert not read.authentic(KEY + b"!")
    unsigned = stun.read(stun.written(stun.REFRESH, TRANSACTION, attributes))
    assert not unsigned.authentic(KEY)
    assert not unsigned.authentic(b"")


def test_the_gate_understands_its_checks_and_it_the_gates_answers() -> None:
    username = stun.attribute(stun.USERNAME, b"ours:theirs")
    asked = parse_binding_request(stun.written(stun.BINDING, TRANSACTION, username, key=KEY, check=True))
    assert asked.authentic(KEY)
    answer = stun.read(binding_success(TRANSACTION, "2001:db8::1", 9, KEY))
    assert (answer.method, answer.kind, answer.transaction) == (stun.BINDING, stun.SUCCESS, TRANSACTION)
    assert answer.authentic(KEY)


def test_an_error_has_its_number() -> None:
    value = struct.pack("!HBB", 0, 4, 86) + b"Allocation Quota Reached"
    read = stun.read(
        stun.written(stun.ALLOCATE | stun.ERROR, TRANSACTION, stun.attribute(stun.ERROR_CODE, value))
    )
    assert (read.kind, read.error) == (stun.ERROR, 486)


@pytest.mark.parametrize("data", [b"", bytes(19), bytes(20), b"\x80" + bytes(30), bytes(3_000)])
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(stun.NotStun):
        stun.read(data)


def test_ten_thousand_mutants_are_read_or_refused_and_none_is_authentic() -> None:
    chance = random.Random(5)  # noqa: S311 - a repeatable test
    whole = stun.written(stun.ALLOCATE, TRANSACTION, stun.attribute(stun.USERNAME, b"x" * 9), key=KEY)
    authentic = refused = 0
    for _ in range(MUTANTS):
        mutant = bytearray(whole)
        mutant[chance.randrange(len(mutant))] ^= 1 << chance.randrange(8)
        if chance.random() < 0.2:
            del mutant[chance.randrange(len(mutant)) :]
        try:
            authentic += stun.read(bytes(mutant)).authentic(KEY) and bytes(mutant) != whole
        except stun.NotStun:
            refused += 1
    assert refused > MUTANTS // 10
    assert authentic == 0
