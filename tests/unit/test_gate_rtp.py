"""Headers, extensions and key frames where they lie."""

import random

import av
import pytest
from aiortc.codecs.vpx import VpxPayloadDescriptor

from session.media import curtain
from session.media.resend_buffer import ResendBuffer, as_rtx
from session.media.rtp import locate, payload_end, starts_key_frame
from tests.protocol.gate_peers import RTX, RTX_SSRC, SSRC, TWCC_ID, VP8, rtp


def test_the_transport_wide_number_is_found_among_others() -> None:
    block = b"\x31v" + b"x"  # id 3, two bytes
    extensions = block + b"\x00" + bytes([TWCC_ID << 4 | 1]) + b"\xab\xcd" + b"\x00"
    packet = b"\x90\x60" + bytes(10) + b"\xbe\xde\x00\x02" + extensions + b"payload"
    payload, found = locate(packet, len(packet), TWCC_ID)
    assert packet[payload:] == b"payload"
    assert packet[found : found + 2] == b"\xab\xcd"
    assert locate(packet, len(packet), 7) == (payload, 0)
    assert locate(packet, len(packet), 0) == (payload, 0)


def test_contributing_sources_are_stepped_over() -> None:
    packet = b"\x82\x60" + bytes(10) + bytes(8) + b"payload"
    assert locate(packet, len(packet), TWCC_ID) == (20, 0)


@pytest.mark.parametrize(
    "packet",
    [b"\x90\x60" + bytes(10), b"\x8f\x60" + bytes(12), b"\x90\x60" + bytes(10) + b"\xbe\xde\x00\x09"],
)
def test_a_header_that_does_not_fit_is_malformed(packet: bytes) -> None:
    assert locate(packet, len(packet), TWCC_ID) == (0, 0)


@pytest.mark.parametrize(("padding", "end"), [(b"\x01", 15), (b"\x00\x02", 14), (b"\x00", -1), (b"\xff", -1)])
def test_padding_must_fit(padding: bytes, end: int) -> None:
    packet = b"\xa0" + bytes(11) + b"abcd"[: 4 - len(padding)] + padding
    assert payload_end(packet, 16, 12) == end


@pytest.mark.parametrize("picture_id", [None, 5, 3_000])
@pytest.mark.parametrize("temporal", [None, 1])
@pytest.mark.parametrize("key", [True, False])
def test_key_frames_are_told_by_descriptors_of_every_form(
    picture_id: int | None, temporal: int | None, key: bool
) -> None:
    tid = None if temporal is None else (temporal, 0)
    descriptor = VpxPayloadDescriptor(
        1, 0, picture_id=picture_id, tl0picidx=temporal, tid=tid, keyidx=temporal
    )
    head = bytes([0x10 if key else 0x11, 2, 0])
    packet = rtp(1, 2, bytes(descriptor) + head, 3)
    payload, _ = locate(packet, len(packet), TWCC_ID)
    assert starts_key_frame(packet, payload, len(packet)) is key
    later = VpxPayloadDescriptor(0, 0, picture_id=picture_id, tl0picidx=temporal, tid=tid, keyidx=temporal)
    assert not starts_key_frame(bytes(later) + head, 0, len(bytes(later)) + 3)


def test_every_cut_of_a_descriptor_is_no_key_frame() -> None:
    whole = b"\x90\xf0\x80\x01\x02\x03"
    for length in range(len(whole)):
        assert not starts_key_frame(whole, 0, length)
    assert starts_key_frame(whole + b"\x10", 0, len(whole) + 1)


def test_the_curtain_is_a_black_key_frame() -> None:
    packet = curtain.curtain(VP8, 0x1FFFF, 1 << 33, SSRC)
    assert packet[:12] == b"\x80" + bytes([0x80 | VP8]) + b"\xff\xff" + bytes(4) + SSRC.to_bytes(4, "big")
    assert starts_key_frame(packet, 12, len(packet))
    decoder = av.CodecContext.create("vp8", "r")
    (frame,) = decoder.decode(av.Packet(packet[13:]))
    assert isinstance(frame, av.VideoFrame)
    assert (frame.width, frame.height) == (16, 16)
    luma, *chroma = (plane_pixels(plane) for plane in frame.planes)
    assert set(luma) == {16}
    assert set(b"".join(chroma)) == {128}


def plane_pixels(plane: av.video.plane.VideoPlane) -> bytes:
    rows = range(0, plane.height * plane.line_size, plane.line_size)
    return b"".join(bytes(plane)[row : row + plane.width] for row in rows)


def test_a_retransmission_has_the_original_number_first_and_no_transport_wide_number() -> None:
    packet = rtp(0x1234, 99, b"payload", 0xABCD)
    payload, twcc_at = locate(packet, len(packet), TWCC_ID)
    resent = as_rtx(packet, twcc_at, payload, RTX, 7, RTX_SSRC)
    assert resent[1] & 0x7F == RTX
    assert resent[2:4] == b"\x00\x07"
    assert resent[8:12] == RTX_SSRC.to_bytes(4, "big")
    assert resent[payload:] == b"\x12\x34payload"
    assert locate(resent, len(resent), TWCC_ID) == (payload, 0)


def test_a_packet_is_resent_at_most_every_twenty_milliseconds_and_never_after_forgetting() -> None:
    buffer = ResendBuffer()
    buffer.keep(5, b"five", 0)
    assert buffer.take(5, 100) == (b"five", 0)
    assert buffer.take(5, 119) is None
    assert buffer.take(5, 120) == (b"five", 0)
    buffer.keep(5 + 1_024, b"later", 0)
    assert not buffer.holds(5)
    buffer.forget()
    assert not buffer.holds(5 + 1_024)


def test_ten_thousand_mutants_never_point_outside_the_packet() -> None:
    chance = random.Random(5)  # noqa: S311 - a repeatable test
    original = rtp(5, 0, b"\x90\x80\x11\x10" + bytes(40), 5)
    for _ in range(10_000):
        mutant = bytearray(original)
        for _ in range(chance.randint(1, 6)):
            mutant[chance.randrange(len(mutant))] = chance.randrange(256)
        length = chance.randint(12, len(mutant))
        payload, found = locate(mutant, length, TWCC_ID)
        assert payload == 0 or (12 <= payload <= length and (found == 0 or 12 < found <= payload - 2))
        if payload:
            assert payload_end(mutant, length, payload) <= length
            starts_key_frame(mutant, payload, length)
