"""The last packets sent to the agent, in plain form, for resending. The curtain is among them.

A revoked stretch is forgotten at once: after a revocation only the curtain can be resent.
"""

_SLOTS = 1_024
_QUIET_MS = 20  # one sequence number is not resent twice within this time


class ResendBuffer:
    def __init__(self) -> None:
        self._packets: list[tuple[int, bytes, int] | None] = [None] * _SLOTS
        self._sent_ms: dict[int, int] = {}

    def keep(self, sequence: int, packet: bytes, twcc_at: int) -> None:
        """`twcc_at` is where the transport-wide number lies, 0 if nowhere."""
        self._packets[sequence % _SLOTS] = (sequence, packet, twcc_at)

    def sent_late(self, sequence: int, now_ms: int) -> None:
        """The agent may have asked for it before it came: that asking is answered."""
        self._remember(sequence, now_ms)

    def forget(self) -> None:
        self._packets = [None] * _SLOTS
        self._sent_ms.clear()

    def holds(self, sequence: int) -> bool:
        kept = self._packets[sequence % _SLOTS]
        return kept is not None and kept[0] == sequence

    def take(self, sequence: int, now_ms: int) -> tuple[bytes, int] | None:
        """The packet and its `twcc_at`; None if it is not kept, or was resent less than 20 ms ago."""
        kept = self._packets[sequence % _SLOTS]
        if (
            kept is None
            or kept[0] != sequence
            or now_ms - self._sent_ms.get(sequence, -_QUIET_MS) < _QUIET_MS
        ):
            return None
        self._remember(sequence, now_ms)
        return kept[1], kept[2]

    def _remember(self, sequence: int, now_ms: int) -> None:
        if len(self._sent_ms) >= _SLOTS:
            self._sent_ms.clear()
        self._sent_ms[sequence] = now_ms


def as_rtx(packet: bytes, twcc_at: int, payload: int, payload_type: int, sequence: int, ssrc: int) -> bytes:
    """The packet as its retransmission (RFC 4588 clause 4). `payload` is where its payload begins.

    Its transport-wide number is blanked (zero bytes are padding between extensions, RFC 8285 clause 4.2): the number
    belongs to the first sending.
    """
    header = bytearray(packet[:payload])
    header[1] = header[1] & 0x80 | payload_type
    header[2:4] = sequence.to_bytes(2, "big")
    header[8:12] = ssrc.to_bytes(4, "big")
    if twcc_at:
        header[twcc_at - 1 : twcc_at + 2] = b"\0\0\0"
    return bytes(header) + packet[2:4] + packet[payload:]


def from_rtx(packet: bytes, payload: int, end: int, payload_type: int, ssrc: int) -> bytes:
    """What a retransmission repeats (RFC 4588 clause 4), its numbers as they are downstream."""
    header = bytearray(packet[:payload])
    header[0] &= 0xDF  # without its padding, which may be another
    header[1] = header[1] & 0x80 | payload_type
    header[2:4] = packet[payload : payload + 2]
    header[8:12] = ssrc.to_bytes(4, "big")
    return bytes(header) + packet[payload + 2 : end]
