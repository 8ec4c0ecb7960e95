"""The two descriptions that the gate writes: the answer to the customer and the offer to the agent."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from session.media.negotiation import Offer
from session.media.sdp import Media

_FEEDBACK = ("nack", "nack pli", "ccm fir", "transport-cc")


@dataclass(frozen=True, slots=True)
class Local:
    """The gate's side of one leg's transport."""

    ufrag: str
    password: str
    fingerprint: str  # SHA-256
    addresses: tuple[str, ...]
    port: int


def answer(offer: Offer, local: Local) -> str:
    """recvonly, passive; every m-line but the picture's is refused with port 0."""
    lines = _head(local, offer.mid)
    for index, media in enumerate(offer.media):
        if index == offer.index:
            lines += _picture(offer, local, "recvonly", "passive")
        else:
            lines += _refused(media)
    return _text(lines)


def offer(customer: Offer, local: Local) -> str:
    """sendonly, with the customer's payload types, extension ids and SSRCs."""
    lines = [*_head(local, customer.mid), *_picture(customer, local, "sendonly", "actpass")]
    streams, name = customer.streams, customer.cname
    lines.append("a=msid:share screen")
    if streams.rtx_ssrc is not None:
        lines.append(f"a=ssrc-group:FID {streams.ssrc} {streams.rtx_ssrc}")
    for ssrc in (streams.ssrc, streams.rtx_ssrc):
        if ssrc is not None:
            lines += [f"a=ssrc:{ssrc} cname:{name}", f"a=ssrc:{ssrc} msid:share screen"]
    return _text(lines)


def _head(local: Local, mid: str) -> list[str]:
    return [
        "v=0",
        f"o=- {int.from_bytes(local.ufrag.encode()[:6], 'big')} 1 IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        f"a=group:BUNDLE {mid}",
        "a=msid-semantic: WMS *",
    ]


def _picture(offer: Offer, local: Local, direction: str, setup: str) -> list[str]:
    streams = offer.streams
    types = [each for each in (streams.payload_type, streams.rtx_payload_type) if each is not None]
    lines = [
        f"m=video {local.port} UDP/TLS/RTP/SAVPF {' '.join(map(str, types))}",
        f"c=IN {_family(local.addresses[0])} {local.addresses[0]}",
        f"a={direction}",
        f"a=mid:{offer.mid}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        f"a=ice-ufrag:{local.ufrag}",
        f"a=ice-pwd:{local.password}",
        f"a=fingerprint:sha-256 {local.fingerprint}",
        f"a=setup:{setup}",
    ]
    lines += _candidates(local)
    lines += [f"a=extmap:{number} {uri}" for number, uri in offer.extensions]
    lines.append(f"a=rtpmap:{streams.payload_type} VP8/90000")
    lines += [f"a=rtcp-fb:{streams.payload_type} {feedback}" for feedback in _FEEDBACK]
    if streams.rtx_payload_type is not None:
        lines.append(f"a=rtpmap:{streams.rtx_payload_type} rtx/90000")
        lines.append(f"a=fmtp:{streams.rtx_payload_type} apt={streams.payload_type}")
    return lines


def _candidates(local: Local) -> Iterable[str]:
    """Host candidates by the operator's order (RFC 8445 clause 5.1.2)."""
    for index, address in enumerate(local.addresses):
        priority = (126 << 24) | ((65_535 - index) << 8) | 255
        yield f"a=candidate:{index + 1} 1 udp {priority} {address} {local.port} typ host"
    yield "a=end-of-candidates"


def _refused(media: Media) -> list[str]:
    lines = [f"m={media.kind} 0 {media.protocol} {media.formats[0]}", "c=IN IP4 0.0.0.0", "a=inactive"]
    return lines + [f"a=mid:{value}" for value in media.values("mid")[:1]]


def _family(address: str) -> str:
    return f"IP{ipaddress.ip_address(address).version}"


def _text(lines: Iterable[str]) -> str:
    return "\r\n".join(lines) + "\r\n"
