"""Descriptions of real browsers are read; what is too much, broken or hostile is refused with a sentence."""

import random
import re

import pytest

from session.gate_port import SdpRefused
from session.media import describe
from session.media.describe import Local
from session.media.negotiation import MEDIA_ID, TRANSPORT_WIDE, read_answer, read_offer
from session.media.numbering import Streams
from session.media.sdp import parse

FINGERPRINT = ":".join(["AB"] * 32)
CHROMIUM = "\r\n".join(
    [
        *("v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0"),
        *("a=extmap-allow-mixed", "a=msid-semantic: WMS", "m=video 9 UDP/TLS/RTP/SAVPF 96 97"),
        *("c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0", "a=candidate:1 1 udp 2113937151 x.local 5 typ host"),
        *("a=ice-ufrag:aBc+", "a=ice-pwd:aaaaaaaaaaaaaaaaaaaaaa/+", "a=ice-options:trickle"),
        *(f"a=fingerprint:sha-256 {FINGERPRINT}", "a=setup:actpass", "a=mid:0"),
        *(
            "a=extmap:1 urn:ietf:params:rtp-hdrext:toffset",
            f"a=extmap:4 {TRANSPORT_WIDE}",
            f"a=extmap:9 {MEDIA_ID}",
        ),
        *("a=sendonly", "a=msid:- 0b5c", "a=rtcp-mux", "a=rtcp-rsize", "a=rtpmap:96 VP8/90000"),
        *("a=rtcp-fb:96 transport-cc", "a=rtcp-fb:96 nack", "a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96"),
        *(
            "a=ssrc-group:FID 111 222",
            "a=ssrc:111 cname:kL+x",
            "a=ssrc:111 msid:- 0b5c",
            "a=ssrc:222 cname:kL+x",
            "",
        ),
    ]
)
FIREFOX = "\r\n".join(
    [
        *("v=0", "o=mozilla...THIS_IS_SDPARTA-99.0 1 0 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=sendrecv"),
        *(f"a=fingerprint:sha-256 {FINGERPRINT}", "a=group:BUNDLE 0", "a=ice-options:trickle"),
        *("a=msid-semantic:WMS *", "m=video 9 UDP/TLS/RTP/SAVPF 120 124", "c=IN IP4 0.0.0.0", "a=sendonly"),
        *(
            f"a=extmap:3 {MEDIA_ID}",
            "a=extmap:6/recvonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
        ),
        *(f"a=extmap:7 {TRANSPORT_WIDE}", "a=fmtp:120 max-fs=12288;max-fr=60", "a=fmtp:124 apt=120"),
        *("a=ice-pwd:0123456789abcdef0123456789abcdef", "a=ice-ufrag:01234567", "a=mid:0", "a=msid:- {ab}"),
        *("a=rtcp-fb:120 nack", "a=rtcp-fb:120 transport-cc", "a=rtcp-mux", "a=rtcp-rsize"),
        *("a=rtpmap:120 VP8/90000", "a=rtpmap:124 rtx/90000", "a=setup:actpass"),
        *("a=ssrc:333 cname:{d4}", "a=ssrc:444 cname:{d4}", "a=ssrc-group:FID 333 444", ""),
    ]
)
LOCAL = Local("ours", "p" * 24, FINGERPRINT, ("192.0.2.1", "2001:db8::1"), 5_000)
PIECES = ("\r\n", "a=", "0", "m=", "x", " ", "\ud800", "9" * 40)


def test_a_chromium_offer_is_read() -> None:
    offer = read_offer(CHROMIUM)
    assert offer.streams == Streams(111, 96, 222, 97, 4)
    assert offer.extensions == ((4, TRANSPORT_WIDE), (9, MEDIA_ID))
    assert (offer.peer.ufrag, offer.peer.fingerprint) == ("aBc+", ("sha-256", FINGERPRINT))
    assert (offer.mid, offer.cname) == ("0", "kL+x")


def test_a_firefox_offer_is_read() -> None:
    offer = read_offer(FIREFOX)
    assert offer.streams == Streams(333, 120, 444, 124, 7)
    assert offer.peer.fingerprint == ("sha-256", FINGERPRINT)
    assert offer.cname == "{d4}"


@pytest.mark.parametrize("text", [CHROMIUM, FIREFOX])
def test_the_offer_to_the_agent_has_the_customers_numbers(text: str) -> None:
    customer = read_offer(text)
    written = describe.offer(customer, LOCAL)
    assert read_offer(written).streams == customer.streams
    assert read_offer(written).extensions == customer.extensions
    assert "a=ice-lite\r\n" in written
    assert "a=candidate:2 1 udp 2130706175 2001:db8::1 5000 typ host\r\n" in written


def test_an_answer_is_read_back() -> None:
    offer = read_offer(CHROMIUM)
    written = describe.answer(offer, LOCAL)
    for line in ("a=recvonly", "a=setup:passive", "a=rtcp-mux", "a=mid:0", "a=rtcp-fb:96 transport-cc"):
        assert f"{line}\r\n" in written
    peer, takes_rtx = read_answer(written.replace("setup:passive", "setup:active"), offer)
    assert (peer.ufrag, takes_rtx) == ("ours", True)
    without = written.replace("setup:passive", "setup:active").replace("a=fmtp:97 apt=96\r\n", "")
    assert read_answer(without, offer)[1] is False


def test_other_m_lines_are_refused_in_their_place() -> None:
    audio = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=sendrecv\r\n"
    data = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\n"
    written = describe.answer(read_offer(CHROMIUM + audio + data), LOCAL)
    assert re.findall(r"m=(\w+) (\d+)", written) == [("video", "5000"), ("audio", "0"), ("application", "0")]
    assert "a=group:BUNDLE 0\r\n" in written


def without(start: str) -> str:
    return "".join(line for line in CHROMIUM.splitlines(keepends=True) if not line.startswith(start))


SENTENCES = {
    "empty": "",
    "not sdp": "hello\r\n",
    "too long": CHROMIUM + "a=x\r\n" * 7_000,
    "a long line": CHROMIUM + f"a={'x' * 5_000}\r\n",
    "a control character": CHROMIUM + "a=x\x00\r\n",
    "another alphabet": CHROMIUM + "a=é\r\n",
    "four m-lines": CHROMIUM + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n" * 3,
    "33 candidates": CHROMIUM + "a=candidate:1 1 udp 1 192.0.2.1 5 typ host\r\n" * 32,
    "no video": CHROMIUM.replace("m=video 9", "m=video 0"),
    "plain RTP": CHROMIUM.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"),
    "no VP8": CHROMIUM.replace("VP8", "AV1"),
    "VP8 as RTCP": CHROMIUM.replace("96", "72"),
    "no fingerprint": without("a=fingerprint"),
    "a weak fingerprint": CHROMIUM.replace("sha-256", "sha-1"),
    "a short fingerprint": CHROMIUM.replace("sha-256", "sha-512"),
    "no ufrag": without("a=ice-ufrag"),
    "a short password": CHROMIUM.replace("aaaaaaaaaaaaaaaaaaaaaa", "a"),
    "no mux": without("a=rtcp-mux"),
    "receiving": CHROMIUM.replace("a=sendonly", "a=recvonly"),
    "passive": CHROMIUM.replace("actpass", "passive"),
    "no ssrc": without("a=ssrc"),
    "two mids": CHROMIUM + "a=mid:1\r\n",
    "a mid with a blank": CHROMIUM.replace("a=mid:0", "a=mid:0 1"),
    "one id twice": CHROMIUM.replace("a=extmap:9", "a=extmap:4"),
}


@pytest.mark.parametrize("text", SENTENCES.values(), ids=SENTENCES.keys())
def test_what_cannot_be_served_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(SdpRefused, match=r"^[A-Z][^\n]{20,}\.$"):
        read_offer(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("active", "passive"),
        ("a=recvonly", "a=inactive"),
        ("a=mid:0", "a=mid:9"),
        ("96", "98"),
        ("m=video 5000", "m=video 0"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(old: str, new: str) -> None:
    offer = read_offer(CHROMIUM)
    fits = describe.answer(offer, LOCAL).replace("setup:passive", "setup:active")
    read_answer(fits, offer)
    with pytest.raises(SdpRefused):
        read_answer(fits.replace(old, new), offer)


def test_ten_thousand_mutants_are_read_or_refused_and_what_is_read_is_clean() -> None:
    chance = random.Random(4)  # noqa: S311 - a repeatable test
    read = 0
    for _ in range(10_000):
        mutant = list(chance.choice((CHROMIUM, FIREFOX)))
        for _ in range(chance.randint(1, 5)):
            at = chance.randrange(len(mutant))
            mutant[at : at + chance.choice((0, 1, 1, 9))] = chance.choice(
                ("\r\n", "a=", "0", "m=", "x", " ", "\ud800", "9" * 40)
            )
        try:
            offer = read_offer("".join(mutant))
        except SdpRefused:
            continue
        read += 1
        assert parse(describe.answer(offer, LOCAL)).media
        assert read_offer(describe.offer(offer, LOCAL)).streams == offer.streams
    assert 100 < read < 9_900
