"""Gapless numbers downstream, and the way back. Pure.

A *stretch* begins with the first packet of a key frame and ends with the curtain. Within it every number that the
customer wrote is moved by one constant, so that loss on the customer's side stays visible as a hole, while what the
gate swallowed leaves none:

    sequence       down = up - shift           resending, NACK and receiver reports map back by the same shift
    transport-wide down = up - its own shift   a hole here would look like loss and ruin the bandwidth estimate
    RTX sequence   counted anew: customer's RTX, its padding (probes), and the gate's own RTX share one stream

Browsers probe the line by repeating old packets as RTX. One that repeats a packet from before the stretch passes with
its content blanked, under the number just before the stretch: to drop it would make the probe fail (the estimate then
fell from 6 to 0.3 Mbit/s), to pass it would show what the customer's screen held while nothing was granted.

Numbers are 16 bits on the wire and whole integers here (*extended*).
"""

from collections import deque
from dataclasses import dataclass

from session.media.metrics import Drop
from session.media.rtp import locate, payload_end, starts_key_frame

_STRETCHES_KEPT = 4


@dataclass(frozen=True, slots=True)
class Streams:
    """What was negotiated. `rtx_ssrc` and `rtx_payload_type` are None together; `transport_wide_id` 0 means none."""

    ssrc: int
    payload_type: int
    rtx_ssrc: int | None
    rtx_payload_type: int | None
    transport_wide_id: int


class Numbering:
    def __init__(self, streams: Streams, first_sequence: int) -> None:
        self.streams = streams
        self.flowing = False
        self.last_timestamp = 0
        self.key_frames = 0
        self.last_twcc = 0
        self.twcc_at = (
            0  # where the transport-wide number lies in the packet rewritten last, 0 if it has none
        )
        # The extended upstream number of the picture's packet rewritten last; of RTX, of what it repeats, or -1.
        self.number = 0
        self._shift = 0  # up - down
        self._start = 0  # first extended upstream number of the stretch
        self._newest = 0  # highest extended upstream number of the stretch
        self._last = first_sequence - 1  # highest extended downstream number ever sent
        self._rtx_last = first_sequence
        self._twcc_shifts: deque[tuple[int, int]] = deque(maxlen=_STRETCHES_KEPT)  # (first downstream, shift)
        self._twcc_shift = 0  # of the running stretch
        self._twcc_fresh = True
        self._twcc_id, self._payload_type = streams.transport_wide_id, streams.payload_type
        self._ssrc = streams.ssrc.to_bytes(4, "big")
        self._rtx_ssrc = (streams.rtx_ssrc or 0).to_bytes(4, "big")  # without one no payload type is compared

    def rewrite(self, data: bytearray, length: int) -> Drop | None:
        """Rewrite a packet of the customer's in place, or say why it is not to be forwarded."""
        payload, twcc = locate(data, length, self._twcc_id)
        if not payload:
            return Drop.RTP
        payload_type = data[1] & 0x7F
        if payload_type == self._payload_type and data[8:12] == self._ssrc:
            refused = self._rewrite_picture(data, payload, length)
        elif payload_type == self.streams.rtx_payload_type and data[8:12] == self._rtx_ssrc:
            refused = self._rewrite_rtx(data, payload, length)
        else:
            return Drop.STREAM
        if refused is None:
            self.twcc_at = twcc
            if twcc:
                self._rewrite_twcc(data, twcc)
        return refused

    def end_stretch(self) -> None:
        """Nothing more of this stretch passes; the next packet that does is the first of a key frame."""
        self.flowing = False

    def next_sequence(self) -> int:
        """The next downstream number, for a packet that the gate makes (the curtain)."""
        self._last += 1
        return self._last & 0xFFFF

    def next_rtx_sequence(self) -> int:
        self._rtx_last = (self._rtx_last + 1) & 0xFFFF
        return self._rtx_last

    def upstream(self, down: int) -> int | None:
        """The customer's extended number of a downstream one, if it belongs to the running stretch."""
        if not self.flowing:
            return None
        up = _nearest(down + self._shift, self._newest)
        return up if self._start <= up <= self._newest else None

    def upstream_highest(self, extended_down: int) -> int | None:
        """The same for the extended highest sequence number of a receiver report (RFC 3550 clause 6.4.1)."""
        if self.upstream(extended_down & 0xFFFF) is None:
            return None
        return (extended_down + self._shift) & 0xFFFFFFFF

    def upstream_twcc(self, base: int, count: int) -> int | None:
        """The customer's number of the first of `count` transport-wide ones; None if they do not lie in one stretch."""
        first = _nearest(base, self.last_twcc)
        last = first + count - 1
        if count < 1 or last > self.last_twcc:
            return None
        end: int | None = None
        for start, shift in reversed(self._twcc_shifts):
            if first >= start:
                return (first + shift) & 0xFFFF if end is None or last < end else None
            end = start
        return None

    def _rewrite_picture(self, data: bytearray, payload: int, length: int) -> Drop | None:
        up = data[2] << 8 | data[3]
        if data[payload] & 0x17 == 0x10 and starts_key_frame(data, payload, length):
            self.key_frames += 1
            if not self.flowing:
                self._begin(up)
        if not self.flowing:
            return Drop.BEFORE_KEY_FRAME
        newest = self._newest
        extended = newest + ((up - newest + 0x8000 & 0xFFFF) - 0x8000)  # as `_nearest`, for each packet
        if extended < self._start:
            return Drop.BEFORE_KEY_FRAME
        self.number = extended
        down = extended - self._shift
        if extended > newest:
            self._newest = extended
            self._last = down
            self.last_timestamp = int.from_bytes(data[4:8], "big")
        data[2] = down >> 8 & 0xFF
        data[3] = down & 0xFF
        return None

    def _begin(self, up: int) -> None:
        self.flowing = True
        self._start = self._newest = up + 0x10000  # room below, so that the nearest number is never negative
        self._shift = self._start - (self._last + 1)
        self._newest -= 1
        self._twcc_fresh = True

    def _rewrite_rtx(self, data: bytearray, payload: int, length: int) -> Drop | None:
        if not self.flowing:
            return Drop.BEFORE_KEY_FRAME
        end = payload_end(data, length, payload)
        if end < 0:
            return Drop.RTP
        self.number = -1
        if end >= payload + 2:  # else it is padding alone: a probe, forwarded as it is
            original = _nearest(data[payload] << 8 | data[payload + 1], self._newest)
            if original < self._start:
                original = self._start - 1
                data[payload + 2 : end] = bytes(end - payload - 2)
            else:
                self.number = original
            original -= self._shift
            data[payload] = original >> 8 & 0xFF
            data[payload + 1] = original & 0xFF
        number = self.next_rtx_sequence()
        data[2] = number >> 8
        data[3] = number & 0xFF
        return None

    def _rewrite_twcc(self, data: bytearray, at: int) -> None:
        up = data[at] << 8 | data[at + 1]
        if self._twcc_fresh:
            self._twcc_fresh = False
            self.last_twcc += 1
            self._twcc_shift = up - self.last_twcc
            self._twcc_shifts.append((self.last_twcc, self._twcc_shift))
        last = self.last_twcc
        down = last + ((up - self._twcc_shift - last + 0x8000 & 0xFFFF) - 0x8000)
        if down > last:
            self.last_twcc = down
        data[at] = down >> 8 & 0xFF
        data[at + 1] = down & 0xFF


def _nearest(number: int, reference: int) -> int:
    """The integer that equals `number` modulo 2**16 and lies nearest to `reference`."""
    return reference + ((number - reference + 0x8000 & 0xFFFF) - 0x8000)
