"""What passes through the gate, in which numbers, and what comes back: raw packets against the real process."""

import struct
from collections.abc import AsyncIterator

import pytest
from aiortc.rtp import (
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpRtpfbPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
    pack_remb_fci,
)

from session.gate_port import Leg, LegConnected, LegLost, PictureStarted
from session.media import curtain
from session.media.rtcp import negative_acknowledgement, picture_loss
from tests.protocol.gate_peers import (
    DELTA_FRAME,
    KEY_FRAME,
    RTX,
    RTX_SSRC,
    SSRC,
    VP8,
    rtp,
    sequence_of,
    twcc_of,
)
from tests.protocol.gate_share import SESSION, Share, connected_share

AGENT_SSRC = 77


@pytest.fixture
async def share() -> AsyncIterator[Share]:
    async with connected_share() as made:
        yield made


async def showing(share: Share) -> None:
    """A granted share whose first packet has arrived."""
    await share.grant()
    share.customer.send(KEY_FRAME)
    await share.agent.until(lambda: len(share.agent.rtp) > 0)


Feedback = RtcpPsfbPacket | RtcpRtpfbPacket


def feedback(packets: list[bytes], form: int, kind: type[Feedback]) -> list[Feedback]:
    parsed = [each for content in packets for each in RtcpPacket.parse(content)]
    return [each for each in parsed if isinstance(each, kind) and each.fmt == form]


async def test_both_legs_are_announced_once(share: Share) -> None:
    for leg in (Leg.CUSTOMER, Leg.AGENT):
        await share.until_seen(LegConnected(SESSION, leg))
    await share.handled()
    assert len([event for event in share.seen if isinstance(event, LegConnected)]) == 2


async def test_packets_arrive_unchanged_but_for_their_numbers_and_gapless_over_a_pause(share: Share) -> None:
    await showing(share)
    for _ in range(50):
        share.customer.send(DELTA_FRAME)
    await share.agent.until(lambda: len(share.agent.rtp) == 51)
    share.revoke()
    await share.agent.until(lambda: len(share.agent.rtp) == 54)
    for _ in range(30):
        share.customer.send(DELTA_FRAME)  # swallowed
    await share.handled()
    await share.grant()
    share.customer.send(DELTA_FRAME)  # no key frame yet
    share.customer.send(KEY_FRAME)
    await share.agent.until(lambda: len(share.agent.rtp) == 55)
    numbers = [sequence_of(packet) for packet in share.agent.rtp]
    assert numbers == [(numbers[0] + index) & 0xFFFF for index in range(55)]
    wide = [twcc_of(packet) for packet in share.agent.rtp if packet[0] & 0x10]
    assert wide == [(wide[0] + index) & 0xFFFF for index in range(52)]
    assert [packet[20:] for packet in share.agent.rtp[:2]] == [KEY_FRAME, DELTA_FRAME]
    assert share.agent.rtp[-1][20:] == KEY_FRAME
    await share.until_seen(PictureStarted(SESSION, 1))
    await share.until_seen(PictureStarted(SESSION, 2))


async def test_the_curtain_is_three_copies_of_the_constant_under_the_pictures_ssrc(share: Share) -> None:
    await share.grant()
    share.customer.send(KEY_FRAME, timestamp=900_000)
    await share.agent.until(lambda: len(share.agent.rtp) == 1)
    share.revoke()
    await share.agent.until(lambda: len(share.agent.rtp) == 4)
    for packet in share.agent.rtp[1:]:
        assert packet[13:] == curtain.FRAME
        assert packet[8:12] == SSRC.to_bytes(4, "big")
        assert packet[1] == 0x80 | VP8
        assert 900_000 < int.from_bytes(packet[4:8], "big") < 900_000 + 90 * 8_000
    assert (await share.gate.metrics()).curtains == 1


async def test_the_curtain_falls_when_renewals_stop_though_no_packet_comes(share: Share) -> None:
    await showing(share)
    share.granting = False
    await share.agent.until(lambda: len(share.agent.rtp) == 4, 2.25)


async def test_what_the_agent_lost_is_resent_as_rtx(share: Share) -> None:
    await showing(share)
    share.customer.send(DELTA_FRAME)
    await share.agent.until(lambda: len(share.agent.rtp) == 2)
    lost = sequence_of(share.agent.rtp[1])
    share.agent.send_packet(negative_acknowledgement(AGENT_SSRC, SSRC, [lost]))
    await share.agent.until(lambda: len(share.agent.rtp) == 3)
    resent = share.agent.rtp[2]
    assert (resent[1] & 0x7F, resent[8:12]) == (RTX, RTX_SSRC.to_bytes(4, "big"))
    assert resent[20:] == lost.to_bytes(2, "big") + DELTA_FRAME


async def test_after_a_revocation_only_the_curtain_is_resent(share: Share) -> None:
    await showing(share)
    share.revoke()
    await share.agent.until(lambda: len(share.agent.rtp) == 4)
    picture, black = sequence_of(share.agent.rtp[0]), sequence_of(share.agent.rtp[1])
    share.agent.send_packet(negative_acknowledgement(AGENT_SSRC, SSRC, [picture, black]))
    await share.agent.until(lambda: len(share.agent.rtp) == 5)
    await share.handled()
    assert share.agent.rtp[4][12:14] == black.to_bytes(2, "big")
    assert len(share.agent.rtp) == 5
    assert feedback(share.customer.rtcp, 1, RtcpRtpfbPacket) == []


async def test_a_new_grant_begins_behind_the_curtain_and_sends_nothing_again_of_the_one_before(
    share: Share,
) -> None:
    await showing(share)
    before = sequence_of(share.agent.rtp[0])
    await share.grant()  # nobody revoked the first one, and no packet came in between
    share.agent.send_packet(negative_acknowledgement(AGENT_SSRC, SSRC, [before]))
    await share.agent.until(
        lambda: len(share.agent.rtp) == 4
    )  # else it would stay on view, were this one revoked now
    assert [packet for packet in share.agent.rtp[1:] if KEY_FRAME in packet] == []
    share.customer.send(KEY_FRAME)
    await share.agent.until(lambda: len(share.agent.rtp) == 5)
    share.agent.send_packet(negative_acknowledgement(AGENT_SSRC, SSRC, [before]))
    await share.handled()
    assert len(share.agent.rtp) == 5


async def test_what_never_came_is_asked_of_the_customer_in_the_customers_numbers(share: Share) -> None:
    await showing(share)
    share.customer.sequence += 1  # this one is lost on the way
    missing = share.customer.sequence
    share.customer.send(DELTA_FRAME)
    await share.agent.until(lambda: len(share.agent.rtp) == 2)
    gap = sequence_of(share.agent.rtp[1]) - 1 & 0xFFFF
    share.agent.send_packet(negative_acknowledgement(AGENT_SSRC, SSRC, [gap]))
    await share.customer.until(lambda: bool(feedback(share.customer.rtcp, 1, RtcpRtpfbPacket)))
    (nack,) = feedback(share.customer.rtcp, 1, RtcpRtpfbPacket)
    assert isinstance(nack, RtcpRtpfbPacket)
    assert nack.lost == [missing]
    share.customer.send_packet(
        rtp(
            9,
            0,
            missing.to_bytes(2, "big") + DELTA_FRAME,
            share.customer.next_twcc(),
            ssrc=RTX_SSRC,
            payload_type=RTX,
        )
    )
    await share.agent.until(lambda: len(share.agent.rtp) == 3)
    assert share.agent.rtp[2][20:] == gap.to_bytes(2, "big") + DELTA_FRAME


async def test_transport_wide_feedback_reaches_the_customer_and_remb_does_not(share: Share) -> None:
    await showing(share)
    base = twcc_of(share.agent.rtp[0])
    tail = b"\x00\x00\x01\x00\x20\x01\x04\x00"
    wide = struct.pack("!BBHIIHH", 0x8F, 205, 5, AGENT_SSRC, SSRC, base, 1) + tail
    remb = RtcpPsfbPacket(fmt=15, ssrc=AGENT_SSRC, media_ssrc=0, fci=pack_remb_fci(9_000, [SSRC]))
    share.agent.send_packet(bytes(remb) + wide)
    await share.customer.until(lambda: bool(feedback(share.customer.rtcp, 15, RtcpRtpfbPacket)))
    mapped = next(content for content in share.customer.rtcp if content[1] == 205)
    assert mapped == wide[:12] + share.customer.twcc.to_bytes(2, "big") + wide[14:]
    assert feedback(share.customer.rtcp, 15, RtcpPsfbPacket) == []


async def test_a_key_frame_is_asked_for_until_it_comes_and_never_while_revoked(share: Share) -> None:
    await share.grant()

    def asked() -> int:
        return len(feedback(share.customer.rtcp, 1, RtcpPsfbPacket))

    await share.customer.until(lambda: asked() == 3)
    share.customer.send(KEY_FRAME)
    await share.agent.until(lambda: len(share.agent.rtp) == 1)
    for _ in range(20):
        share.agent.send_packet(picture_loss(AGENT_SSRC, SSRC))
    await share.handled()
    assert asked() <= 4
    share.revoke()
    await share.agent.until(lambda: len(share.agent.rtp) == 4)
    share.agent.send_packet(picture_loss(AGENT_SSRC, SSRC))
    before = (await share.gate.metrics()).key_frames_asked
    await share.handled()
    assert (await share.gate.metrics()).key_frames_asked == before


async def test_sender_reports_pass_under_the_lease_only(share: Share) -> None:
    report = bytes(RtcpSrPacket(ssrc=SSRC, sender_info=RtcpSenderInfo(1, 2, 3, 4)))
    share.customer.send_packet(report)
    await share.handled()
    assert share.agent.rtcp == []
    await showing(share)
    share.customer.send_packet(report)
    await share.agent.until(lambda: share.agent.rtcp == [report])


async def test_padding_passes_since_it_carries_the_bandwidth_probes(share: Share) -> None:
    await showing(share)
    padding = bytearray(
        rtp(9, 0, bytes(99) + b"\x64", share.customer.next_twcc(), ssrc=RTX_SSRC, payload_type=RTX)
    )
    padding[0] |= 0x20
    share.customer.send_packet(bytes(padding))
    await share.agent.until(lambda: len(share.agent.rtp) == 2)
    assert share.agent.rtp[1][20:] == padding[20:]


async def test_a_silent_leg_is_lost_within_four_seconds_while_a_picture_flows(share: Share) -> None:
    await showing(share)
    await share.until_seen(LegLost(SESSION, Leg.CUSTOMER))
    await share.customer.check()
    assert share.seen.count(LegConnected(SESSION, Leg.CUSTOMER)) <= 2


async def test_a_leg_that_says_goodbye_is_lost_at_once(share: Share) -> None:
    assert share.agent.dtls is not None
    share.agent.send_raw(*share.agent.dtls.goodbye())
    await share.until_seen(LegLost(SESSION, Leg.AGENT))
    await share.grant()
    share.customer.send(KEY_FRAME)
    await share.customer.check()
    assert await share.drops("no_agent") == 1
