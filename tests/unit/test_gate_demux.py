"""RFC 7983's table, after the length."""

import pytest

from session.media.demux import DATAGRAM_LIMIT, Kind, kind_of
from session.media.metrics import Drop


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (b"\x00\x01", Kind.STUN),
        (b"\x03\x00", Kind.STUN),
        (b"\x04\x00", Drop.KIND),
        (b"\x13\x00", Drop.KIND),
        (b"\x14\xfe", Kind.DTLS),
        (b"\x3f\xfe", Kind.DTLS),
        (b"\x40\x00", Drop.KIND),  # a TURN channel
        (b"\x7f\x00", Drop.KIND),
        (b"\x80\x60", Kind.RTP),
        (b"\x90\xe5", Kind.RTP),
        (b"\x81\xc8", Kind.RTCP),
        (b"\x81\xcd", Kind.RTCP),
        (b"\x80\xbf", Kind.RTP),
        (b"\xbf\x60", Kind.RTP),
        (b"\xc0\x00", Drop.KIND),
        (b"\xff\xff", Drop.KIND),
    ],
)
def test_the_first_byte_tells_the_protocol(start: bytes, expected: Kind | Drop) -> None:
    assert kind_of(start + bytes(98), 100) is expected


@pytest.mark.parametrize("start", [b"\x00\x01", b"\x16\xfe", b"\x80\x60", b"\x81\xc8"])
@pytest.mark.parametrize("length", [0, 1, 7, DATAGRAM_LIMIT + 1])
def test_the_length_is_judged_first(start: bytes, length: int) -> None:
    assert kind_of(start + bytes(2_000), length) is Drop.LENGTH
