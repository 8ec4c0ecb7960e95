"""Which protocol a datagram is, by its length and then its first byte (RFC 7983 clause 7)."""

from enum import Enum, auto

from session.media.metrics import Drop

DATAGRAM_LIMIT = 1_500
_STUN_HEADER = 20
_DTLS_HEADER = 13
_RTP_HEADER = 12
_RTCP_HEADER = 8


class Kind(Enum):
    STUN = auto()
    DTLS = auto()
    RTP = auto()
    RTCP = auto()


STUN, DTLS, RTP, RTCP = (
    Kind  # bound once: a look-up in an Enum costs as much as the rest of what is done here
)


def kind_of(data: bytes | bytearray | memoryview, length: int) -> Kind | Drop:
    """`data` may be longer than the datagram; only its first `length` bytes count."""
    if length < 2 or length > DATAGRAM_LIMIT:
        return Drop.LENGTH
    first = data[0]
    if 128 <= first <= 191:  # version 2 of RTP; the second byte tells RTCP (RFC 5761 clause 4)
        if 192 <= data[1] <= 223:
            return RTCP if length >= _RTCP_HEADER else Drop.LENGTH
        return RTP if length >= _RTP_HEADER else Drop.LENGTH
    if first <= 3:
        return STUN if length >= _STUN_HEADER else Drop.LENGTH
    if 20 <= first <= 63:
        return DTLS if length >= _DTLS_HEADER else Drop.LENGTH
    return Drop.KIND
