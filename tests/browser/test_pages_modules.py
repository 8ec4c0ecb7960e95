"""The pages' modules in a real Chromium, under the real content policy: each by its public functions."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from session import meeting_code
from session.consent import Proposal, Wording, check
from session.device_key import device_id
from session.identity import DeviceId, SessionId
from session.model import Scope
from tests.browser.pages_stage import PagesStage, set_up
from tests.unit.introduction_vector import ISSUED_AT_MS, private_jwk, published
from tests.unit.typed_secret_examples import (
    ORDINARY,
    REFUSED_ALL_THE_SAME,
    codes,
    phrases,
    recovery_codes,
)
from verification.passkey_challenge import for_badge
from verification.passkey_response import encoded
from verification.typed_secrets import secret_in

VECTORS = json.loads(
    (Path(__file__).resolve().parents[1] / "unit" / "invitation_vectors.json").read_text("utf-8")
)
TEXT = "I let 佐藤 look.\u2028“Only” look & <nothing> else."
MATERIAL: dict[str, Any] = {
    "session": "ses_AAAAAAAAAAAAAAAAAAAAAA",
    "agent": {"name": "佐藤 美咲 \U0001f642", "number": "A-104"},
    "organisation": 'Hinode "Exchange" & Co',
}


pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[PagesStage]:
    async with set_up(browser) as stage:
        await stage.page.goto(f"{stage.url}/problem")
        yield stage


async def test_typed_join_codes_fold_as_the_server_folds_them(stage: PagesStage) -> None:
    folded = await stage.run(
        "const { foldJoinCode } = await import('/static/protocol/join_code.js'); return argument.map(foldJoinCode);",
        [case["typed"] for case in VECTORS["typed"]] + [case["shown"] for case in VECTORS["codes"]],
    )
    assert folded == [case["folded"] for case in VECTORS["typed"]] + [c["code"] for c in VECTORS["codes"]]


async def test_what_nobody_may_write_is_found_in_the_page_as_on_the_server(stage: PagesStage) -> None:
    disguised = [*codes(1, 1_000), *recovery_codes(2, 1_000), *phrases(3, 200)]
    pieces = [["123"], ["legal winner", "thank year wave"], ["and", "12 34"]]
    texts = [*disguised, *ORDINARY, *REFUSED_ALL_THE_SAME, "456", "sausage worth useful", "56"]
    cases: list[tuple[str, list[str]]] = [(text, []) for text in texts] + [
        (text, before) for text in texts[-30:] for before in pieces
    ]
    found = await stage.run(
        "const { secretIn } = await import('/static/protocol/typed_secrets.js');"
        "return argument.map(([text, before]) => secretIn(text, before));",
        cases,
    )
    for (text, before), answer in zip(cases, found, strict=True):
        assert answer == secret_in(text, before), ascii((text, before))


async def test_a_ticket_is_folded_as_the_server_folds_it(stage: PagesStage) -> None:
    tickets = [meeting_code.made(b"k" * 32, SessionId(f"ses_{number}"), "n") for number in range(50)]
    typed = [
        *tickets,
        *(one[1:] + one[0] for one in tickets),
        *map(meeting_code.in_groups, tickets),
        "12345678",
        "",
    ]
    module = "const { foldTicket } = await import('/static/protocol/meeting_ticket.js');"
    found = await stage.run(f"{module} return argument.map(foldTicket);", typed)
    assert found == [*map(meeting_code.fold, typed)]


async def test_every_single_wrong_character_of_a_join_code_is_found_in_the_page(stage: PagesStage) -> None:
    accepted = await stage.run(
        """const { foldJoinCode } = await import('/static/protocol/join_code.js');
        let accepted = 0;
        for (let place = 0; place < 13; place += 1)
          for (const wrong of argument.alphabet)
            if (wrong !== argument.code[place]
                && foldJoinCode(argument.code.slice(0, place) + wrong + argument.code.slice(place + 1))) accepted += 1;
        return accepted;""",
        {"code": VECTORS["codes"][2]["code"], "alphabet": VECTORS["alphabet"]},
    )
    assert accepted == 0


async def test_the_device_key_outlives_a_reload_and_cannot_be_taken_out(stage: PagesStage) -> None:
    opened = """const { openDeviceKey } = await import('/static/protocol/device_key.js');
        const keys = await Promise.all([openDeviceKey(), openDeviceKey()]);
        return keys.map((key) => [key.publicJwk, key.id]);"""
    first = await stage.run(opened)
    await stage.page.reload()
    again = await stage.run(opened)
    assert first == again
    assert first[0] == first[1]
    assert device_id(first[0][0]) == first[0][1]
    kept = await stage.run(
        """const database = await new Promise((resolve) => {
          const request = indexedDB.open('tachiai', 1); request.onsuccess = () => resolve(request.result); });
        const pair = await new Promise((resolve) => {
          const request = database.transaction('keys').objectStore('keys').get('device');
          request.onsuccess = () => resolve(request.result); });
        try { await crypto.subtle.exportKey('jwk', pair.privateKey); return 'taken out'; }
        catch (error) { return error.name; }"""
    )
    assert kept == "InvalidAccessError"


SIGN = """
  const { openDeviceKey } = await import('/static/protocol/device_key.js');
  const { signConsent, wordingFor } = await import('/static/protocol/consent.js');
  const deviceKey = await openDeviceKey();
  const proposal = { v: 1, ...argument.material, device: deviceKey.id, nonce: 'AAAAAAAAAAAAAAAAAAAAAA', transcript: '',
    surfaces: ['tab', 'window'], extras: ['chat'], durations_ms: [300000, 600000],
    wordings: [argument.other, argument.wording], ...argument.proposal };
  const view = { ...argument.material, proposal };
  const wording = wordingFor(proposal, 'ja');
  try {
    const signed = await signConsent({ view, transcript: '', wording, shownText: argument.shown ?? wording.text,
      surface: argument.surface,
      extras: argument.extras ?? ['chat'], durationMs: argument.duration, deviceKey, pageTimeMs: 1790000000000 });
    return { ...signed, key: deviceKey.publicJwk, device: deviceKey.id };
  } catch (error) { return { refused: error.message }; }"""


def prompt(**changes: Any) -> dict[str, Any]:
    wording = Wording(1, "ja", TEXT)
    shown = {"version": 1, "language": "ja", "sha256": wording.sha256, "text": TEXT}
    other = {"version": 1, "language": "en", "sha256": "0" * 64, "text": "x"}
    base = {"material": MATERIAL, "wording": shown, "other": other, "surface": "window", "duration": 600_000}
    return {**base, **changes}


async def test_a_consent_signed_in_the_page_holds_under_the_law(stage: PagesStage) -> None:
    signed = await stage.run(SIGN, prompt())
    expected = Proposal(
        session=SessionId(MATERIAL["session"]),
        agent_number=MATERIAL["agent"]["number"],
        agent_name=MATERIAL["agent"]["name"],
        organisation=MATERIAL["organisation"],
        device=DeviceId(signed["device"]),
        nonce="AAAAAAAAAAAAAAAAAAAAAA",
        surfaces=(Scope.TAB, Scope.WINDOW),
        extras=(Scope.CHAT,),
        wordings=(Wording(1, "ja", TEXT),),
        durations_ms=(300_000, 600_000),
    )
    granted = check(signed["document"], signed["signature"], signed["key"], expected, 5_000)
    assert granted.consent.scopes == {Scope.WINDOW, Scope.CHAT}
    assert granted.consent.until == 605_000


@pytest.mark.parametrize(
    "change",
    [
        {"shown": TEXT + " "},
        {"proposal": {"agent": {"name": "Somebody else", "number": "A-104"}}},
        {"proposal": {"organisation": "Another bank"}},
        {"proposal": {"session": "ses_BBBBBBBBBBBBBBBBBBBBBB"}},
        {"proposal": {"device": "another"}},
        {"surface": "screen"},
        {"extras": ["recording"]},
        {"duration": 1_800_000},
    ],
    ids=["text", "agent", "organisation", "session", "device", "surface", "extra", "duration"],
)
async def test_nothing_is_signed_that_differs_from_what_is_on_the_screen(
    stage: PagesStage, change: dict[str, Any]
) -> None:
    answer = await stage.run(SIGN, prompt(**change))
    assert list(answer) == ["refused"]


async def test_what_the_browser_captures_is_judged_against_what_was_agreed(stage: PagesStage) -> None:
    answer = await stage.run(
        """const { fits, pickerOptions, surfaceOf } = await import('/static/media/surface.js');
        const named = (displaySurface) => surfaceOf({ getSettings: () => ({ displaySurface }) });
        const all = ['tab', 'window', 'screen', 'unknown'];
        return { named: ['browser', 'window', 'monitor', undefined, 'new'].map(named),
          fitting: all.flatMap((one) => all.slice(0, 3).filter((agreed) => fits(one, agreed)).map((to) => [one, to])),
          tab: { ...pickerOptions('tab'), controller: null }, screen: pickerOptions('screen').monitorTypeSurfaces };"""
    )
    assert answer["named"] == ["tab", "window", "screen", "unknown", "unknown"]
    assert answer["fitting"] == [
        ["tab", "tab"],
        ["window", "window"],
        ["screen", "screen"],
        ["unknown", "screen"],
    ]
    assert answer["tab"]["selfBrowserSurface"] == "exclude"
    assert answer["tab"]["surfaceSwitching"] == "exclude"
    assert answer["tab"]["monitorTypeSurfaces"] == "exclude"
    assert answer["tab"]["audio"] is False
    assert answer["screen"] == "include"


async def test_the_curtain_lies_over_the_picture_unless_everything_says_otherwise(stage: PagesStage) -> None:
    facts = [
        {"view": view, "linked": linked, "silentForMs": silent, "readable": readable}
        for readable in (True, False, None)
        for view in (
            None,
            *(
                {"state": s, "media_may_flow": f}
                for s in ("ready", "sharing", "paused")
                for f in (True, False)
            ),
        )
        for linked in (True, False)
        for silent in (0, 2_999, 3_000, None)
    ]
    covered = await stage.run(
        """const { mustCover } = await import('/static/media/curtain.js');
        return argument.map((one) => mustCover({ ...one, silentForMs: one.silentForMs ?? NaN }));""",
        facts,
    )
    open_at = [fact for fact, cover in zip(facts, covered, strict=True) if not cover]
    sharing = {"state": "sharing", "media_may_flow": True}
    assert open_at == [
        {"view": sharing, "linked": True, "silentForMs": silent, "readable": True} for silent in (0, 2_999)
    ]


@pytest.mark.parametrize("payload", ["96", "120"])
async def test_the_start_bitrate_goes_to_vp8_whatever_its_number(stage: PagesStage, payload: str) -> None:
    lines = [
        "v=0",
        f"m=video 9 UDP/TLS/RTP/SAVPF {payload} 97",
        f"a=rtpmap:{payload} VP8/90000",
        "a=rtpmap:97 rtx/90000",
    ]
    sdp = "\r\n".join([*lines, ""])
    script = "const { withStartBitrate } = await import('/static/media/sdp.js'); return withStartBitrate(argument);"
    changed = await stage.run(script, sdp)
    assert f"a=fmtp:{payload} x-google-min-bitrate=300;x-google-start-bitrate=2500" in changed
    assert changed.count("x-google-start-bitrate") == 1
    assert await stage.run(script, sdp.replace("VP8", "AV1")) == sdp.replace("VP8", "AV1")


async def test_no_markup_and_no_inline_handler_gets_in_through_elements(stage: PagesStage) -> None:
    answer = await stage.run(
        """const { h } = await import('/static/views/h.js');
        const element = h('p', { title: '"><b>' }, '<img src=x onerror=alert(1)>', [null, false, 3]);
        const all = [{ style: 'x' }, { onclick: 'alert(1)' }, { innerHTML: 'x' }, { srcdoc: 'x' }];
        const throws = (attributes) => { try { h('p', attributes); return false; } catch { return true; } };
        const refused = all.filter(throws).length;
        return { children: element.children.length, text: element.textContent, refused };"""
    )
    assert answer == {"children": 0, "text": "<img src=x onerror=alert(1)>3", "refused": 4}


async def test_a_qr_drawing_is_rebuilt_and_anything_else_is_not(stage: PagesStage) -> None:
    path = '<path transform="scale(4)" stroke="#000" d="M4 4.5h7m1 0h2"/>'
    drawing = f'<svg xmlns="x" width="116" height="116">{path}</svg>'
    answer = await stage.run(
        """const { qrElement } = await import('/static/views/qr.js');
        return argument.map((drawing) => { const image = qrElement(drawing, 'QR');
          return image && [image.getAttribute('viewBox'), image.querySelector('path').getAttribute('d')]; });""",
        [drawing, drawing.replace("M4", "url(x)"), "<svg><script></script></svg>", ""],
    )
    assert answer == [["0 0 29 29", "M4 4.5h7m1 0h2"], None, None, None]


BY_THE_VECTOR = """
  const { checkBadge } = await import('/static/protocol/badge.js');
  const { LABEL, partsOf } = await import('/static/protocol/badge_passkey.js');
  const { fromBase64url, toBase64url } = await import('/static/protocol/base64url.js');
  const { commitmentOf, derived, transcriptOf } = await import('/static/protocol/exchange.js');
  const { boundChallenge } = await import('/static/protocol/passkey.js');
  const { wordList } = await import('/static/protocol/words.js');
  const { vector, secret, now } = argument;
  const { badge, passkey, agent, customer } = vector;
  const ground = { session: vector.session, reference: vector.case, run: vector.run, badge: badge.document,
    agentDevice: vector.agent_device, customerDevice: vector.customer_device };
  const transcript = await transcriptOf(ground, vector.language, agent, customer);
  const curve = { name: 'ECDH', namedCurve: 'P-256' };
  const own = await crypto.subtle.importKey('jwk', secret, curve, false, ['deriveBits']);
  const other = await crypto.subtle.importKey('raw', fromBase64url(customer.key), curve, false, []);
  const found = await derived(await crypto.subtle.deriveBits({ name: 'ECDH', public: other }, own, 256), transcript);
  const list = await wordList(vector.language);
  const said = JSON.parse(badge.document);
  const published = { organisation: said.organisation, revoked: [],
    keys: [{ id: said.key, algorithm: 'Ed25519', public: badge.public, from_ms: 0, until_ms: null }] };
  const view = { agent: said, organisation: said.organisation, case_reference: said.case };
  const nonce = fromBase64url(passkey.nonce);
  const parts = partsOf(vector.agent_device, vector.case, passkey.login);
  return {
    signed: (await checkBadge(badge, published, view, now)).signed,
    challenge: toBase64url(await boundChallenge(LABEL, parts, nonce)),
    commitment: await commitmentOf(agent, badge.document), transcript,
    agent_indices: found.agentWords, agent_words: found.agentWords.map((index) => list[index]),
    customer_index: found.customerWord, customer_word: list[found.customerWord] };"""


async def test_the_pages_modules_make_what_the_document_of_introductions_says(stage: PagesStage) -> None:
    vector = published()
    argument = {"vector": vector, "secret": private_jwk(vector["agent"]), "now": ISSUED_AT_MS}
    found = await stage.run(BY_THE_VECTOR, argument)
    assert found.pop("signed") is True
    assert found.pop("challenge") == vector["passkey"]["challenge"]
    assert found == {name: vector[name] for name in found}


@pytest.mark.parametrize("changed", ["device_key", "case", "login"])
async def test_no_passkey_is_asked_for_a_badge_that_the_page_does_not_mean(
    stage: PagesStage, changed: str
) -> None:
    meant = {"device_key": "own", "case": "C-2041", "login": "log_1"}
    challenge = for_badge(**{**meant, changed: "another"}).challenge(bytes(32))
    stage.script.answers["POST /sessions/ses_A/badge/passkey-options"] = {
        "challenge": encoded(challenge),
        "nonce": encoded(bytes(32)),
        "login": "log_1",
        "party": {"id": "localhost", "name": "x"},
        "timeout_ms": 1_000,
    }
    reason = await stage.run(
        """const { standForBadge } = await import('/static/protocol/badge_passkey.js');
        try { await standForBadge({ publicJwk: 'own' }, 'ses_A', 'C-2041'); return ''; }
        catch (error) { return error.reason; }"""
    )
    assert reason == "untrue"


CONNECT = """
  const { LiveConnection } = await import('/static/protocol/socket.js');
  window.messages = []; window.links = [];
  window.connection = new LiveConnection({ ticket: async () => 'ticket', giveUpAfterMs: 10000,
    onMessage: (message) => window.messages.push(message), onLink: (link) => window.links.push(link) });
  window.connection.start();"""


async def test_a_broken_connection_comes_back_and_says_first_what_takes_access_away(
    stage: PagesStage,
) -> None:
    stage.script.view = {"state": "sharing"}
    await stage.run(CONNECT)
    await stage.until("links.at(-1) === 'open'")
    await stage.script.sockets[-1].close()
    await stage.until("links.includes('reconnecting')")
    await stage.run("connection.sendSurely({ type: 'share.stop', by: 'page' });")
    await stage.until("links.filter((link) => link === 'open').length === 2")
    await stage.script.hears("share.stop")
    assert [message["type"] for message in stage.script.heard] == ["hello", "hello", "share.stop"]
    pages = {message["page"] for message in stage.script.heard if message["type"] == "hello"}
    assert len(pages) == 1


async def test_an_older_state_is_never_shown_after_a_newer_one(stage: PagesStage) -> None:
    await stage.run(CONNECT)
    await stage.until("links.at(-1) === 'open'")
    for seq in (1, 3, 2, 3, 4):
        await stage.script.say({"type": "state", "seq": seq, "view": {}})
    await stage.until("messages.at(-1).seq === 4")
    assert await stage.run("return messages.map((message) => message.seq).filter(Boolean);") == [1, 3, 4]


async def test_a_silent_server_is_taken_for_gone(stage: PagesStage) -> None:
    await stage.run(CONNECT)
    await stage.until("links.at(-1) === 'open'")
    await stage.until("links.includes('reconnecting')")
    await stage.until("links.filter((link) => link === 'open').length === 2")
    assert stage.script.hellos == 2


async def test_a_connection_taken_over_by_another_window_is_not_fought_for(stage: PagesStage) -> None:
    await stage.run(CONNECT)
    await stage.until("links.at(-1) === 'open'")
    await stage.script.sockets[-1].close(code=4409)
    await stage.until("links.at(-1) === 'lost'")
    assert stage.script.hellos == 1


async def test_a_refusal_becomes_a_problem_with_its_code(stage: PagesStage) -> None:
    stage.script.answers["POST /x"] = (409, {"code": "not_now", "detail": "Not now."})
    answer = await stage.run(
        """const { post, Problem } = await import('/static/protocol/api.js');
        try { await post('/x', { a: 1 }); return null; }
        catch (error) { return [error instanceof Problem, error.code, error.status, error.detail]; }"""
    )
    assert answer == [True, "not_now", 409, "Not now."]
