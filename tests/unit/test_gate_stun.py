"""The one STUN exchange, against aioice's implementation and against mutants."""

import random
import secrets
import zlib
from typing import Any

import aioice.stun
import pytest

from session.media.stun import StunRefused, binding_success, parse_binding_request

PASSWORD = b"password-of-at-least-22-characters"
TRANSACTION = bytes(range(12))


def request_by_aioice(**attributes: Any) -> bytes:
    message = aioice.stun.Message(
        aioice.stun.Method.BINDING,
        aioice.stun.Class.REQUEST,
        attributes={"USERNAME": "ours:theirs", **attributes},
    )
    message.add_message_integrity(PASSWORD)
    return bytes(message)


def test_a_request_of_another_implementation_is_read() -> None:
    request = parse_binding_request(
        request_by_aioice(PRIORITY=1, **{"ICE-CONTROLLING": 9, "USE-CANDIDATE": None})
    )
    assert request.username == b"ours:theirs"
    assert request.nominates
    assert request.authentic(PASSWORD)
    assert not request.authentic(PASSWORD + b"x")
    assert not parse_binding_request(request_by_aioice()).nominates


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::7", "::ffff:192.0.2.7", "fe80::1%eth0"])
def test_our_answer_is_read_by_another_implementation(host: str) -> None:
    answer = aioice.stun.parse_message(binding_success(TRANSACTION, host, 4321, PASSWORD))
    assert answer.check_message_integrity(PASSWORD)
    assert answer.transaction_id == TRANSACTION
    expected = host.removeprefix("::ffff:").partition("%")[0]
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == (expected, 4321)


@pytest.mark.parametrize("left_out", ["USERNAME", "MESSAGE-INTEGRITY"])
def test_a_request_without_credentials_is_refused(left_out: str) -> None:
    message = aioice.stun.Message(
        aioice.stun.Method.BINDING, aioice.stun.Class.REQUEST, attributes={"USERNAME": "a:b"}
    )
    if left_out == "USERNAME":
        message.attributes.clear()
        message.add_message_integrity(PASSWORD)
    with pytest.raises(StunRefused):
        parse_binding_request(bytes(message))


def test_what_stands_after_the_integrity_is_refused() -> None:
    """An attacker on the way could add USE-CANDIDATE there; FINGERPRINT is no secret."""
    signed = bytearray(request_by_aioice())
    del signed[-8:]
    signed += b"\x00\x25\x00\x00"
    signed[2:4] = (len(signed) - 20 + 8).to_bytes(2, "big")
    signed += b"\x80\x28\x00\x04" + (zlib.crc32(signed) ^ 0x5354554E).to_bytes(4, "big")
    with pytest.raises(StunRefused):
        parse_binding_request(bytes(signed))


def test_a_request_without_a_fingerprint_is_refused() -> None:
    signed = bytearray(request_by_aioice())
    del signed[-8:]
    signed[2:4] = (len(signed) - 20).to_bytes(2, "big")
    with pytest.raises(StunRefused):
        parse_binding_request(bytes(signed))


def test_ten_thousand_mutants_are_refused_or_not_authentic() -> None:
    chance = random.Random(1)  # noqa: S311 - a repeatable test
    original = request_by_aioice(PRIORITY=1)
    refused = 0
    for _ in range(10_000):
        mutant = bytearray(original)
        for _ in range(chance.randint(1, 4)):
            mutant[chance.randrange(len(mutant))] = chance.randrange(256)
        if chance.random() < 0.3:
            del mutant[chance.randrange(len(mutant)) :]
        if mutant == original:
            continue
        try:
            request = parse_binding_request(bytes(mutant))
        except StunRefused:
            refused += 1
        else:
            assert not request.authentic(PASSWORD)
    assert refused > 5_000


def test_random_bytes_are_refused() -> None:
    for length in range(200):
        with pytest.raises(StunRefused):
            parse_binding_request(secrets.token_bytes(length))
