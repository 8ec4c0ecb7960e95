"""What the gate reads from an offer and an answer, strictly; nothing is assumed about numbers that browsers choose.

Payload types, extension ids, SSRCs and the m-line's id are the customer's, on both legs: headers hardly change.
"""

import re
from dataclasses import dataclass

from session.gate_port import SdpRefused
from session.media.certificate import DIGESTS
from session.media.numbering import Streams
from session.media.sdp import UNREADABLE, Description, Media, parse

TRANSPORT_WIDE = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
MEDIA_ID = "urn:ietf:params:rtp-hdrext:sdes:mid"
_CONTENT_TYPE = "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type"
PASSED_EXTENSIONS = (TRANSPORT_WIDE, MEDIA_ID, _CONTENT_TYPE)
_PROTOCOLS = {"UDP/TLS/RTP/SAVPF"}
_SENDING = {"sendonly", "sendrecv"}
_UFRAG = re.compile(r"[A-Za-z0-9+/]{4,256}")
_PASSWORD = re.compile(r"[A-Za-z0-9+/]{22,256}")
_TOKEN = re.compile(r"[A-Za-z0-9._{}+-]{1,48}")
_MID = re.compile(r"[A-Za-z0-9._-]{1,16}")
_FINGERPRINT = re.compile(r"([A-Za-z0-9-]{1,16}) ([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){31,63})")
_RTPMAP = re.compile(r"(\d{1,3}) ([A-Za-z0-9-]{1,32})/(\d{1,6})(?:/\d{1,2})?")
_EXTMAP = re.compile(r"(\d{1,5})(?:/[a-z]{1,8})? (\S{1,200})(?: .*)?")
_APT = re.compile(r"(\d{1,3}) apt=(\d{1,3})(?:;.*)?")
_SSRC = re.compile(r"(\d{1,10})(?: ([a-z]{1,16})(?::(.*))?)?")
_FID = re.compile(r"FID (\d{1,10}) (\d{1,10})")


@dataclass(frozen=True, slots=True)
class Peer:
    """The other side of a leg's transport."""

    ufrag: str
    fingerprint: tuple[str, str]  # (algorithm, value in upper case)


@dataclass(frozen=True, slots=True)
class Offer:
    """`media` are all m-lines as offered; the picture is `media[index]`."""

    peer: Peer
    media: tuple[Media, ...]
    index: int
    mid: str
    streams: Streams
    extensions: tuple[tuple[int, str], ...]
    cname: str


def read_offer(text: str) -> Offer:
    """The customer's offer. Raises SdpRefused."""
    description = parse(text)
    index, media = _picture(description)
    if not {name for name, _ in media.attributes} & _SENDING:
        raise SdpRefused("This browser did not offer to send a picture. Reload the page and try again.")
    if description.value(media, "setup") not in {"actpass", "active"}:
        raise SdpRefused(UNREADABLE)
    extensions = _extensions(media)
    ids = {uri: number for number, uri in extensions}
    payload_type, rtx_payload_type = _payload_types(media)
    ssrc, rtx_ssrc, cname = _sources(media)
    if rtx_payload_type is None or rtx_ssrc is None:
        rtx_payload_type = rtx_ssrc = None
    streams = Streams(ssrc, payload_type, rtx_ssrc, rtx_payload_type, ids.get(TRANSPORT_WIDE, 0))
    peer = _peer(description, media)
    return Offer(peer, tuple(description.media), index, _mid(media), streams, extensions, cname)


def read_answer(text: str, offer: Offer) -> tuple[Peer, bool]:
    """The agent's answer to what `describe.offer` wrote, and whether it takes retransmissions. Raises SdpRefused."""
    description = parse(text)
    _, media = _picture(description)
    if len(description.media) != 1 or _mid(media) != offer.mid:
        raise SdpRefused(UNREADABLE)
    if description.value(media, "setup") != "active":
        raise SdpRefused(
            "This browser wants to be called, which the media gate does not do. Use a current browser."
        )
    if not media.has("recvonly"):
        raise SdpRefused("This browser did not agree to receive the picture. Reload the page and try again.")
    payload_type, rtx_payload_type = _payload_types(media)
    if payload_type != offer.streams.payload_type:
        raise SdpRefused(UNREADABLE)
    return _peer(description, media), rtx_payload_type == offer.streams.rtx_payload_type is not None


def _picture(description: Description) -> tuple[int, Media]:
    for index, media in enumerate(description.media):
        if media.kind == "video" and media.port != 0 and media.protocol in _PROTOCOLS:
            if not media.has("rtcp-mux"):
                raise SdpRefused(
                    "This browser is too old to share or see a screen here. Use a current browser."
                )
            return index, media
    raise SdpRefused("This browser's connection description has no video. Reload the page and try again.")


def _peer(description: Description, media: Media) -> Peer:
    ufrag = description.value(media, "ice-ufrag") or ""
    password = description.value(media, "ice-pwd") or ""
    if not _UFRAG.fullmatch(ufrag) or not _PASSWORD.fullmatch(password):
        raise SdpRefused(UNREADABLE)
    read = _FINGERPRINT.fullmatch(description.value(media, "fingerprint") or "")
    if not read:
        raise SdpRefused(
            "This browser gave no certificate fingerprint, so its connection could not be protected."
        )
    algorithm, value = read[1].lower(), read[2].upper()
    if algorithm not in DIGESTS or len(value) != DIGESTS[algorithm].digest_size * 3 - 1:
        raise SdpRefused(
            "This browser's certificate fingerprint is of a kind that is not safe. Use a current browser."
        )
    return Peer(ufrag, (algorithm, value))


def _mid(media: Media) -> str:
    found = media.values("mid")
    if len(found) != 1 or not _MID.fullmatch(found[0]):
        raise SdpRefused(UNREADABLE)
    return found[0]


def _payload_types(media: Media) -> tuple[int, int | None]:
    """VP8's payload type and that of its retransmissions."""
    names: dict[int, str] = {}
    for read in map(_RTPMAP.fullmatch, media.values("rtpmap")):
        if read and read[1] in media.formats and read[3] == "90000" and _is_payload_type(int(read[1])):
            names.setdefault(int(read[1]), read[2].upper())
    chosen = next(
        (int(each) for each in media.formats if each.isdigit() and names.get(int(each)) == "VP8"), None
    )
    if chosen is None:
        raise SdpRefused("This browser does not offer the VP8 video format, which sharing needs.")
    for read in map(_APT.fullmatch, media.values("fmtp")):
        if read and int(read[2]) == chosen and names.get(int(read[1])) == "RTX":
            return chosen, int(read[1])
    return chosen, None


def _is_payload_type(number: int) -> bool:
    return number < 64 or 96 <= number < 128  # 64 to 95 would be taken for RTCP (RFC 5761 clause 4)


def _extensions(media: Media) -> tuple[tuple[int, str], ...]:
    """Header extensions passed through, each id and name once, ids that fit the one-byte form (RFC 8285)."""
    found: dict[int, str] = {}
    for read in map(_EXTMAP.fullmatch, media.values("extmap")):
        if not read:
            raise SdpRefused(UNREADABLE)
        number, uri = int(read[1]), read[2]
        if uri in PASSED_EXTENSIONS and 1 <= number <= 14:
            if number in found or uri in found.values():
                raise SdpRefused(UNREADABLE)
            found[number] = uri
    return tuple(found.items())


def _sources(media: Media) -> tuple[int, int | None, str]:
    """The picture's SSRC, that of its retransmissions, and the canonical name."""
    names: dict[int, str] = {}
    for read in map(_SSRC.fullmatch, media.values("ssrc")):
        if read and 0 < int(read[1]) < 1 << 32:
            name = read[3] if read[2] == "cname" and read[3] and _TOKEN.fullmatch(read[3]) else ""
            names[int(read[1])] = names.get(int(read[1])) or name
    if not names:
        raise SdpRefused("This browser did not say which stream is the picture. Use a current browser.")
    for read in map(_FID.fullmatch, media.values("ssrc-group")):
        if read and read[1] != read[2] and {int(read[1]), int(read[2])} <= names.keys():
            return int(read[1]), int(read[2]), names[int(read[1])] or "screen"
    ssrc, name = next(iter(names.items()))
    return ssrc, None, name or "screen"
