"""What the gate counts. A drop has exactly one reason and no other effect."""

from enum import StrEnum

import msgspec


class Drop(StrEnum):
    LENGTH = "length"  # empty, too short for what its first byte says, or longer than 1,500 bytes
    KIND = "kind"  # first byte of no protocol that is served here
    ADDRESS = "address"  # DTLS or SRTP from an address that no leg has validated
    STUN = "stun"  # not a well-formed Binding request, or for no leg known here
    BUDGET = "budget"  # one too many of its kind and sender in this second
    STUN_INTEGRITY = "stun_integrity"
    DTLS = "dtls"  # no handshake is open on this leg, or its datagrams are used up
    SRTP = "srtp"  # not authentic, replayed, or before the keys
    RTP = "rtp"  # authentic, but not a well-formed packet
    RTCP = "rtcp"
    STREAM = "stream"  # an SSRC or payload type that was not negotiated
    LEASE = "lease"
    NO_AGENT = "no_agent"
    BEFORE_KEY_FRAME = "before_key_frame"
    FEEDBACK = "feedback"  # REMB, and feedback that maps to nothing that the customer sent in this stretch
    SOCKET = "socket"  # the operating system would not take it


class GateMetrics(msgspec.Struct, frozen=True):
    """Counters since the process started. `cpu_seconds` is user + system time of the gate process, `memory_bytes` what
    it holds (where the kernel tells only its most, that). `flowing` of its `sessions` show a picture now."""

    pid: int
    port: int
    sessions: int
    flowing: int
    cpu_seconds: float
    memory_bytes: int
    forwarded_packets: int
    forwarded_bytes: int
    curtains: int
    resent_packets: int
    asked_again_packets: int
    key_frames_asked: int
    drops: dict[str, int]


class Counters:
    """The live counters; one object for the process."""

    __slots__ = (
        "asked_again",
        "curtains",
        "drops",
        "forwarded_bytes",
        "forwarded_packets",
        "key_frames_asked",
        "resent_packets",
    )

    def __init__(self) -> None:
        self.forwarded_packets = 0
        self.forwarded_bytes = 0
        self.curtains = 0
        self.resent_packets = 0
        self.asked_again = 0
        self.key_frames_asked = 0
        self.drops = dict.fromkeys(Drop, 0)

    def drop(self, reason: Drop) -> None:
        self.drops[reason] += 1
