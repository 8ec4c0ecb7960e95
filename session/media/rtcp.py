"""Compound RTCP: strict reading, and mapping between the numbers of agent and customer (RFC 3550, 4585).

From the agent upstream: transport-wide feedback (205/15), NACK (205/1), PLI (206/1) and FIR (206/4, taken as PLI),
receiver reports of the picture's SSRC. REMB (206/15) never: it is about packets that the customer did not send.
From the customer downstream: sender reports and SDES. Everything else is left out.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from session.media.numbering import Numbering, Streams

_SENDER_REPORT, _RECEIVER_REPORT, _DESCRIPTION = 200, 201, 202
_TRANSPORT_FEEDBACK, _PAYLOAD_FEEDBACK = 205, 206
_NACK, _TRANSPORT_WIDE = 1, 15
_PLI, _FIR = 1, 4
_REPORT_BLOCK = 24
_SENDER_REPORT_SIZE = 28  # header, SSRC and sender info
_LOST_LIMIT = 256  # sequence numbers of one compound packet that are looked at


class RtcpRefused(ValueError):
    """Not a well-formed compound packet."""


@dataclass(slots=True)
class AgentFeedback:
    """What an agent's compound packet says. `upstream` is to be sent on as it is; `lost` are downstream numbers."""

    upstream: bytearray = field(default_factory=bytearray)
    lost: list[int] = field(default_factory=list)
    wants_key_frame: bool = False
    unmapped: int = 0


def read_agent(data: bytes, numbering: Numbering) -> AgentFeedback:
    """Raises RtcpRefused; then nothing of the packet counts."""
    feedback = AgentFeedback()
    ssrc = numbering.streams.ssrc
    for kind, form, part in parts(data):
        if kind == _TRANSPORT_FEEDBACK and form == _TRANSPORT_WIDE:
            _map_transport_wide(part, numbering, feedback)
        elif kind == _TRANSPORT_FEEDBACK and form == _NACK:
            if _media_ssrc(part) == ssrc:
                feedback.lost.extend(_lost(part))
        elif kind == _PAYLOAD_FEEDBACK and form in {_PLI, _FIR}:
            feedback.wants_key_frame = True
        elif kind == _RECEIVER_REPORT:
            feedback.upstream += _map_report(part, form, numbering)
        elif kind == _PAYLOAD_FEEDBACK:
            feedback.unmapped += 1
    del feedback.lost[_LOST_LIMIT:]
    return feedback


def read_customer(data: bytes, streams: Streams) -> bytes:
    """Sender reports (without report blocks) and SDES for the agent; empty if there are none. Raises RtcpRefused."""
    out = bytearray()
    known = {streams.ssrc, streams.rtx_ssrc}
    for kind, _, part in parts(data):
        if kind == _SENDER_REPORT and len(part) >= _SENDER_REPORT_SIZE:
            if int.from_bytes(part[4:8], "big") in known:
                words = _SENDER_REPORT_SIZE // 4 - 1
                out += struct.pack("!BBH", 0x80, _SENDER_REPORT, words) + part[4:_SENDER_REPORT_SIZE]
        elif kind == _DESCRIPTION and out:
            out += part
    return bytes(out)


def parts(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(packet type, count or format, whole part) of a compound packet, filled exactly. Raises RtcpRefused."""
    if not data:
        raise RtcpRefused("empty")
    position = 0
    while position < len(data):
        if position + 8 > len(data) or data[position] >> 6 != 2:
            raise RtcpRefused("header")
        end = position + 4 + 4 * int.from_bytes(data[position + 2 : position + 4], "big")
        if end > len(data) or end < position + 8:
            raise RtcpRefused("length")
        if data[position] & 0x20 and not 1 <= data[end - 1] <= end - position - 8:
            raise RtcpRefused("padding")
        yield data[position + 1], data[position] & 0x1F, data[position:end]
        position = end


def picture_loss(sender: int, media: int) -> bytes:
    """PLI (RFC 4585 clause 6.3.1)."""
    return struct.pack("!BBHII", 0x80 | _PLI, _PAYLOAD_FEEDBACK, 2, sender, media)


def negative_acknowledgement(sender: int, media: int, lost: list[int]) -> bytes:
    """Generic NACK (RFC 4585 clause 6.2.1) of upstream numbers, which must be in sending order and not empty."""
    pairs: list[tuple[int, int]] = []
    for number in lost:
        if pairs and 1 <= (number - pairs[-1][0] & 0xFFFF) <= 16:
            first, mask = pairs[-1]
            pairs[-1] = (first, mask | 1 << ((number - first & 0xFFFF) - 1))
        elif not pairs or pairs[-1][0] != number:
            pairs.append((number, 0))
    body = b"".join(struct.pack("!HH", *pair) for pair in pairs)
    return struct.pack("!BBHII", 0x80 | _NACK, _TRANSPORT_FEEDBACK, 2 + len(pairs), sender, media) + body


def _media_ssrc(part: bytes) -> int:
    if len(part) < 12:
        raise RtcpRefused("feedback")
    return int.from_bytes(part[8:12], "big")


def _lost(part: bytes) -> Iterator[int]:
    end = len(part) - (part[-1] if part[0] & 0x20 else 0)
    pairs = (end - 12) // 4
    for first, mask in struct.iter_unpack("!HH", part[12 : 12 + 4 * max(pairs, 0)]):
        yield first
        for bit in range(16):
            if mask >> bit & 1:
                yield first + bit + 1 & 0xFFFF


def _map_transport_wide(part: bytes, numbering: Numbering, feedback: AgentFeedback) -> None:
    if len(part) < 20:
        raise RtcpRefused("transport-wide")
    base, count = struct.unpack_from("!HH", part, 12)
    mapped = numbering.upstream_twcc(base, count)
    if mapped is None:
        feedback.unmapped += 1
        return
    feedback.upstream += part[:12] + struct.pack("!H", mapped) + part[14:]


def _map_report(part: bytes, count: int, numbering: Numbering) -> bytes:
    """The receiver report with the picture's block alone, its highest number mapped; empty if it has none."""
    if len(part) < 8 + count * _REPORT_BLOCK:
        raise RtcpRefused("report")
    for index in range(count):
        block = part[8 + index * _REPORT_BLOCK : 8 + (index + 1) * _REPORT_BLOCK]
        if int.from_bytes(block[:4], "big") == numbering.streams.ssrc:
            highest = numbering.upstream_highest(int.from_bytes(block[8:12], "big"))
            if highest is not None:
                mapped = block[:8] + highest.to_bytes(4, "big") + block[12:]
                return struct.pack("!BBH", 0x81, _RECEIVER_REPORT, 7) + part[4:8] + mapped
    return b""
