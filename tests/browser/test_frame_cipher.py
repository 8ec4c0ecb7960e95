"""Frames and their keys, as the pages' modules make them, against what END_TO_END.md and INTRODUCTION.md say."""

import base64
import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.async_api import Browser

from session.media import curtain, negotiation
from tests.browser.pages_stage import PagesStage, set_up
from tests.protocol.introduction_peers import b64, hashed, unb64

pytestmark = pytest.mark.asyncio(loop_scope="session")
KEY_FRAME = curtain.FRAME[:10] + secrets.token_bytes(400)
DELTA_FRAME = b"\x11\x02\x00" + secrets.token_bytes(90)
MUTANTS = 10_000

SEALED = """
const { OwnKey } = await import('/static/protocol/key_share.js');
const { FrameSealer } = await import('/static/media/frame_cipher.js');
const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0)).buffer;
const text = (buffer) => btoa(Array.from(new Uint8Array(buffer), (one) => String.fromCharCode(one)).join(''));
const own = await OwnKey.made();
const hkdf = (raw) => crypto.subtle.importKey('raw', raw, 'HKDF', false, ['deriveBits']);
const secret = argument.secret && await hkdf(bytes(argument.secret));
const key = await own.frameKey(argument.other, argument.ground, secret, `${own.key} ${argument.other}`, 'encrypt');
const sealer = new FrameSealer(key);
const sealed = [];
for (const frame of argument.frames) sealed.push(text(await sealer.seal(bytes(frame))));
return { key: own.key, extractable: key.extractable, sealed };
"""
OPENED = """
const { FrameOpener, FrameSealer, isCurtain, CURTAIN } = await import('/static/media/frame_cipher.js');
const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
const other = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
const frame = () => { const made = crypto.getRandomValues(new Uint8Array(60)); made[0] |= 1; return made.buffer; };
const refused = async (opener, sealed) => opener.open(sealed).then(() => '', (error) => error.constructor.name);
const sealer = new FrameSealer(key);
"""


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[PagesStage]:
    async with set_up(browser) as made:
        await made.page.goto(f"{made.url}/problem")
        yield made


@pytest.mark.parametrize("introduced", [True, False])
async def test_a_reader_of_the_documents_opens_what_the_pages_seal(
    stage: PagesStage, introduced: bool
) -> None:
    own = ec.generate_private_key(ec.SECP256R1())
    point = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    ground = b64(hashed("tachiai/media/v1", "ses_1", "C-2041", "T" if introduced else "", "badge", "a", "c"))
    secret = secrets.token_bytes(32) if introduced else None
    frames = [KEY_FRAME, DELTA_FRAME, DELTA_FRAME]
    made: dict[str, Any] = await stage.run(
        SEALED,
        {
            "other": b64(point),
            "ground": ground,
            "secret": base64.b64encode(secret).decode() if secret else "",
            "frames": [base64.b64encode(frame).decode() for frame in frames],
        },
    )
    assert made["extractable"] is False
    key = frame_key(own, made["key"], b64(point), unb64(ground), secret)
    opened = [open_frame(key, base64.b64decode(sealed)) for sealed in made["sealed"]]
    assert opened == [(frame, count) for count, frame in enumerate(frames, 1)]


def frame_key(
    own: ec.EllipticCurvePrivateKey, customers: str, agents: str, ground: bytes, secret: bytes | None
) -> bytes:
    """Of the agent's side, from the documents alone."""
    other = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(customers))
    agreed = own.exchange(ec.ECDH(), other)
    introduced = derive(secret, ground, "tachiai/frames/v1/introduction") if secret else b""
    return derive(agreed + introduced, ground, f"tachiai/frames/v1/customer-to-agent {customers} {agents}")


def derive(source: bytes, salt: bytes, info: str) -> bytes:
    return HKDF(hashes.SHA256(), length=32, salt=salt, info=info.encode()).derive(source)


def open_frame(key: bytes, sealed: bytes) -> tuple[bytes, int]:
    """The frame and its counter. Raises InvalidTag."""
    clear = 3 if sealed[0] & 1 else 10
    trailer = sealed[-5:]
    content = AESGCM(key).decrypt(bytes(8) + trailer[:4], sealed[clear:-5], sealed[:clear] + trailer)
    assert trailer[4] == 1
    return sealed[:clear] + content, int.from_bytes(trailer[:4])


async def test_a_frame_that_was_changed_cut_repeated_or_sealed_with_another_key_is_refused(
    stage: PagesStage,
) -> None:
    answer = await stage.run(
        OPENED
        + """
        const opener = new FrameOpener(key);
        const sealed = async () => sealer.seal(frame());
        const first = await sealed(), second = await sealed(), third = await sealed();
        const kinds = {};
        kinds.second = (await opener.open(second)).byteLength;
        kinds.again = await refused(opener, second);
        const stranger = new FrameSealer(other);
        for (let count = 0; count < 5; count += 1) await stranger.seal(frame());
        kinds.key = await refused(opener, await stranger.seal(frame()));
        kinds.clear = await refused(opener, frame());
        kinds.empty = await refused(opener, new ArrayBuffer(0));
        let passed = 0;
        for (let place = 0; place < third.byteLength; place += 1) {
          const changed = third.slice(0); new Uint8Array(changed)[place] ^= 1 << (place % 8);
          if (!(await refused(opener, changed))) passed += 1;
          if (!(await refused(opener, third.slice(0, place)))) passed += 1;
        }
        kinds.third = (await opener.open(third)).byteLength;
        return { kinds, passed };"""
    )
    assert answer == {
        "kinds": {
            "second": 60,
            "again": "FrameRepeated",
            "key": "FrameRefused",
            "clear": "FrameRefused",
            "empty": "FrameRefused",
            "third": 60,
        },
        "passed": 0,
    }


async def test_a_frame_that_a_lost_packet_held_up_is_opened_after_later_ones_and_no_frame_twice(
    stage: PagesStage,
) -> None:
    """Browsers give a frame to the worker when its last packet is there: one that was resent comes after others."""
    answer = await stage.run(
        OPENED
        + """
        const opener = new FrameOpener(key), sealed = [], kinds = [];
        for (let count = 0; count <= 130; count += 1) sealed.push(await sealer.seal(frame()));
        const tried = async (place) => kinds.push(await refused(opener, sealed[place]));
        for (const place of [1, 0, 0, 1, 64, 2, 2, 1, 0, 130, 66, 67, 67, 130]) await tried(place);
        return kinds;"""
    )
    late, again = "FrameRepeated", "FrameRepeated"
    assert answer == ["", "", again, again, "", "", again, again, late, "", late, "", again, again]


async def test_ten_thousand_mutants_open_to_nothing(stage: PagesStage) -> None:
    passed = await stage.run(
        OPENED
        + """
        let state = 7, passed = 0;
        const chance = (below) => { state = (state * 48271) % 2147483647; return state % below; };
        const opener = new FrameOpener(key);
        for (let round = 0; round < argument; round += 1) {
          const sealed = new Uint8Array(await sealer.seal(frame()));
          for (let change = 0; change <= chance(3); change += 1) sealed[chance(sealed.length)] ^= 1 + chance(255);
          if (!(await refused(opener, sealed.buffer.slice(0, sealed.length - chance(2) * chance(30))))) passed += 1;
        }
        return passed;""",
        MUTANTS,
    )
    assert passed == 0


async def test_only_the_gates_own_black_picture_passes_in_clear(stage: PagesStage) -> None:
    found = await stage.run(
        OPENED
        + """
        const longer = new Uint8Array([...CURTAIN, 0]);
        let near = 0;
        for (let place = 0; place < CURTAIN.length * 8; place += 1) {
          const changed = CURTAIN.slice(); changed[place >> 3] ^= 1 << (place & 7);
          if (isCurtain(changed.buffer)) near += 1;
        }
        const [same, more] = [isCurtain(CURTAIN.slice().buffer), isCurtain(longer.buffer)];
        return { curtain: Array.from(CURTAIN), same, longer: more, near };"""
    )
    assert bytes(found["curtain"]) == curtain.FRAME
    assert (found["same"], found["longer"], found["near"]) == (True, False, 0)


async def test_the_agents_browser_takes_no_header_that_would_turn_or_colour_a_picture(
    stage: PagesStage,
) -> None:
    """They lie outside of the encryption; the gate's own offers have none, a dishonest gate's may."""
    lines = ["v=0", "a=extmap-allow-mixed", "m=video 9 UDP/TLS/RTP/SAVPF 96"]
    known = [f"a=extmap:{number} {uri}" for number, uri in enumerate(negotiation.PASSED_EXTENSIONS, 1)]
    turning = "a=extmap:7 urn:3gpp:video-orientation"
    colours = "a=extmap:8/sendonly http://www.webrtc.org/experiments/rtp-hdrext/color-space"
    offered = ["\r\n".join([*lines, *known, turning, ""]), "\n".join([*lines, *known, colours, ""])]
    script = "const { withKnownExtensions } = await import('/static/media/sdp.js');"
    for sdp in offered:
        taken = await stage.run(f"{script} return withKnownExtensions(argument);", sdp)
        assert taken.split("\r\n") == [*lines, *known, ""]
