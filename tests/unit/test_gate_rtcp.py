"""Compound RTCP between the two sides' numbers, against aiortc's classes and against mutants."""

import random
import struct

import pytest
from aiortc.rtp import (
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSourceInfo,
    RtcpSrPacket,
    pack_remb_fci,
)

from session.media.numbering import Numbering
from session.media.rtcp import RtcpRefused, negative_acknowledgement, picture_loss, read_agent, read_customer
from tests.protocol.gate_peers import KEY_FRAME, RTX_SSRC, SSRC, rtp, sequence_of
from tests.unit.test_gate_numbering import STREAMS, sent

AGENT = 0x0A0B0C0D
TWCC_TAIL = (
    b"\x00\x00\x01\x00\x20\x01\x04\x00"  # reference time, number, a run-length chunk, a delta, padding
)


def flowing(first_up: int, first_down: int) -> Numbering:
    numbering = Numbering(STREAMS, first_down)
    assert sequence_of(sent(numbering, rtp(first_up, 0, KEY_FRAME, 777))) == first_down
    return numbering


def transport_wide(base: int, count: int) -> bytes:
    return struct.pack("!BBHIIHH", 0x8F, 205, 5, AGENT, SSRC, base, count) + TWCC_TAIL


def test_a_pli_and_a_fir_ask_for_a_key_frame_and_are_not_passed_on() -> None:
    for form in (1, 4):
        content = bytes(
            RtcpPsfbPacket(fmt=form, ssrc=AGENT, media_ssrc=SSRC, fci=b"" if form == 1 else bytes(8))
        )
        feedback = read_agent(content, flowing(1, 1))
        assert feedback.wants_key_frame
        assert not feedback.upstream


def test_remb_never_passes() -> None:
    remb = RtcpPsfbPacket(fmt=15, ssrc=AGENT, media_ssrc=0, fci=pack_remb_fci(9_000, [SSRC]))
    feedback = read_agent(bytes(remb), flowing(1, 1))
    assert (bytes(feedback.upstream), feedback.unmapped) == (b"", 1)


def test_transport_wide_feedback_gets_the_customers_number_and_nothing_else_changes() -> None:
    numbering = flowing(1, 1)
    content = transport_wide(numbering.last_twcc, 1)
    feedback = read_agent(content, numbering)
    assert bytes(feedback.upstream) == content[:12] + (777).to_bytes(2, "big") + content[14:]
    assert read_agent(transport_wide(numbering.last_twcc + 1, 1), numbering).unmapped == 1


def test_a_nack_is_read_as_downstream_numbers() -> None:
    nack = RtcpRtpfbPacket(fmt=1, ssrc=AGENT, media_ssrc=SSRC, lost=[3, 4, 19, 500])
    assert read_agent(bytes(nack), flowing(1, 1)).lost == [3, 4, 19, 500]
    other = RtcpRtpfbPacket(fmt=1, ssrc=AGENT, media_ssrc=RTX_SSRC, lost=[1])
    assert read_agent(bytes(other), flowing(1, 1)).lost == []


def test_a_nack_cannot_ask_for_more_than_256() -> None:
    pairs = b"".join(struct.pack("!HH", first, 0xFFFF) for first in range(0, 17_000, 17))
    nack = struct.pack("!BBHII", 0x81, 205, 2 + len(pairs) // 4, AGENT, SSRC) + pairs
    assert len(read_agent(nack, flowing(1, 1)).lost) == 256


def test_our_nack_is_read_by_another_implementation() -> None:
    lost = [5, 6, 21, 30, 31, 300]
    (packet,) = RtcpPacket.parse(negative_acknowledgement(9, SSRC, lost))
    assert isinstance(packet, RtcpRtpfbPacket)
    assert (packet.lost, packet.ssrc, packet.media_ssrc) == (lost, 9, SSRC)


def test_a_nack_over_the_wrap_comes_back_the_same() -> None:
    lost = [65_530, 65_531, 65_535, 9, 10, 300]
    assert read_agent(negative_acknowledgement(9, SSRC, lost), flowing(1, 1)).lost == lost


def test_our_pli_is_read_by_another_implementation() -> None:
    (packet,) = RtcpPacket.parse(picture_loss(9, SSRC))
    assert isinstance(packet, RtcpPsfbPacket)
    assert (packet.fmt, packet.ssrc, packet.media_ssrc) == (1, 9, SSRC)


def test_a_receiver_report_keeps_the_pictures_block_with_the_customers_number() -> None:
    def block(ssrc: int, highest: int) -> RtcpReceiverInfo:
        return RtcpReceiverInfo(ssrc, 12, 34, highest, 56, 78, 90)

    numbering = flowing(4_000, 100)
    report = RtcpRrPacket(ssrc=AGENT, reports=[block(RTX_SSRC, 5), block(SSRC, 0x20000 | 100)])
    (packet,) = RtcpPacket.parse(bytes(read_agent(bytes(report), numbering).upstream))
    assert isinstance(packet, RtcpRrPacket)
    (mapped,) = packet.reports
    assert (mapped.ssrc, mapped.fraction_lost, mapped.packets_lost) == (SSRC, 12, 34)
    assert (mapped.highest_sequence & 0xFFFF, mapped.lsr, mapped.dlsr) == (4_000, 78, 90)


def test_sender_reports_pass_without_their_blocks_and_strangers_not_at_all() -> None:
    info = RtcpSenderInfo(ntp_timestamp=1 << 40, rtp_timestamp=5, packet_count=6, octet_count=7)
    names = RtcpSdesPacket(chunks=[RtcpSourceInfo(ssrc=SSRC, items=[(1, b"customer")])])
    ours = RtcpSrPacket(ssrc=SSRC, sender_info=info, reports=[RtcpReceiverInfo(1, 2, 3, 4, 5, 6, 7)])
    report, description = RtcpPacket.parse(read_customer(bytes(ours) + bytes(names), STREAMS))
    assert isinstance(report, RtcpSrPacket)
    assert (report.sender_info, report.reports) == (info, [])
    assert isinstance(description, RtcpSdesPacket)
    stranger = RtcpSrPacket(ssrc=4, sender_info=info)
    assert read_customer(bytes(stranger) + bytes(names), STREAMS) == b""


@pytest.mark.parametrize(
    "content", [b"", b"\x80", bytes(8), b"\x81\xcd\x00\x05" + bytes(8), b"\x81\xcd\x00\x00" + bytes(4)]
)
def test_a_malformed_compound_is_refused_whole(content: bytes) -> None:
    with pytest.raises(RtcpRefused):
        read_agent(picture_loss(1, SSRC) + content if content else content, flowing(1, 1))


def test_ten_thousand_mutants_are_read_or_refused() -> None:
    chance = random.Random(3)  # noqa: S311 - a repeatable test
    numbering = flowing(1, 1)
    nack = bytes(RtcpRtpfbPacket(fmt=1, ssrc=AGENT, media_ssrc=SSRC, lost=[1, 2, 3]))
    original = transport_wide(numbering.last_twcc, 1) + nack + picture_loss(AGENT, SSRC)
    refused = read = 0
    for _ in range(10_000):
        mutant = bytearray(original)
        for _ in range(chance.randint(1, 6)):
            mutant[chance.randrange(len(mutant))] = chance.randrange(256)
        content = bytes(mutant[: chance.randint(0, len(mutant))])
        try:
            read_agent(content, numbering)
            read_customer(content, STREAMS)
            read += 1
        except RtcpRefused:
            refused += 1
    assert refused > 1_000
    assert read > 100
