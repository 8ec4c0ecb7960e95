"""What a person meets on the pages: the way in, one screen a state, the way out, and that all of it can be used."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.pages_measure import MEASURE
from tests.browser.pages_stage import PagesStage, set_up
from tests.browser.pages_views import CAUSES, STATES, WORDING, agent_view, customer_view

pytestmark = pytest.mark.asyncio(loop_scope="session")
TOKEN = "AAAAAAAAAAAAAAAAAAAAAA"
COVERED_WITHIN_S = 3.2


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[PagesStage]:
    async with set_up(browser) as stage:
        stage.script.answers["POST /socket-tickets"] = {"ticket": "t"}
        yield stage


async def enter(stage: PagesStage, state: str, **options: str) -> None:
    """The customer's page in an unfinished session."""
    stage.script.view = customer_view(state, **options)
    stage.script.answers["GET /customer/session"] = {"state": "joined"}
    await stage.page.goto(f"{stage.url}/join")
    await stage.page.wait_for_selector("#screen h1")


async def test_the_links_token_leaves_the_address_at_once_and_nothing_is_claimed_before_continue(
    stage: PagesStage,
) -> None:
    stage.script.view = customer_view("introducing")
    stage.script.answers["POST /invitations/claim"] = (201, {"session": "ses_A"})
    await stage.page.goto(f"{stage.url}/join#{TOKEN}")
    await stage.page.wait_for_selector("#screen .button-main")
    assert stage.page.url == f"{stage.url}/join"
    assert stage.script.posted == []
    await stage.page.click("#screen .button-main")
    await stage.page.wait_for_selector(".badge")
    path, body = stage.script.posted[0]
    assert (path, body["token"], body["language"]) == ("/invitations/claim", TOKEN, "en")
    assert set(body) == {"token", "language", "device_key"}


async def test_another_language_keeps_an_unclaimed_link(stage: PagesStage) -> None:
    await stage.page.goto(f"{stage.url}/join#{TOKEN}")
    await stage.page.click("a[data-language][lang=ja]")
    await stage.page.wait_for_selector("html[lang=ja] #screen .button-main")
    assert "#" not in stage.page.url
    assert await stage.page.inner_text("#screen .button-main") == "続ける"


async def test_a_browser_that_keeps_no_key_is_told_before_anything_is_claimed(stage: PagesStage) -> None:
    await stage.page.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    await stage.page.goto(f"{stage.url}/join#{TOKEN}")
    await stage.page.wait_for_selector("#screen h1:has-text('another window or browser')")
    assert await stage.page.locator(".button-main").count() == 0
    assert stage.script.posted == []


@pytest.mark.parametrize(
    ("page", "way_in"), [("me", "h1:has-text('You are not signed in here')"), ("help", "a[href='/me']")]
)
async def test_who_is_in_a_session_only_is_asked_to_sign_in_to_their_own_pages(
    stage: PagesStage, page: str, way_in: str
) -> None:
    """The session's cookie opens none of them; that is no fault, and trying again would not help."""
    stage.script.answers["GET /visits/own"] = None
    stage.script.answers["GET /me"] = (403, {"code": "not_allowed", "detail": "", "status": 403})
    await stage.page.goto(f"{stage.url}/{page}")
    await stage.page.wait_for_selector(f"#screen {way_in}")
    assert await stage.page.locator("#screen button:has-text('Try again')").count() == 0


async def test_a_mistyped_join_code_is_found_in_the_page_and_never_sent(stage: PagesStage) -> None:
    await stage.page.goto(f"{stage.url}/start")
    await stage.page.fill("#join-code", "28T5-CY4T-QKFF-5")
    await stage.page.click("#join-by-code .button-main")
    await stage.page.wait_for_selector("#join-code-error:has-text('typing mistake')")
    assert stage.script.posted == []


async def test_a_field_for_a_code_is_on_the_page_in_one_state_only(stage: PagesStage) -> None:
    await enter(stage, "joined")
    with_field = []
    for seq, state in enumerate(STATES, 1):
        await stage.shown(customer_view(state), seq)
        if await stage.page.locator("input:not([type=radio], [type=checkbox])").count():
            with_field.append(state)
    assert with_field == ["verifying"]


async def test_a_refused_code_empties_the_field_and_says_how_many_tries_are_left(stage: PagesStage) -> None:
    stage.script.answers["POST /customer/session/verification"] = {"outcome": "refused", "attempts_left": 3}
    await enter(stage, "verifying")
    await stage.page.fill("#code", "123 456")
    await stage.page.click("#screen .button-main")
    await stage.page.wait_for_selector("#code-error:has-text('not accepted')")
    assert await stage.page.input_value("#code") == ""
    assert "3" in await stage.page.inner_text("#attempts-left")
    sent = {"code": "123456"}
    assert ("/customer/session/verification", sent) in stage.script.posted
    assert await stage.page.get_attribute("#code", "autocomplete") == "one-time-code"
    assert await stage.page.get_attribute("#code", "inputmode") == "numeric"


async def test_consent_chooses_nothing_in_advance_and_is_given_by_one_signed_click(stage: PagesStage) -> None:
    await stage.page.goto(f"{stage.url}/problem")
    device = await stage.run(
        "const { openDeviceKey } = await import('/static/protocol/device_key.js'); return (await openDeviceKey()).id;"
    )
    stage.script.answers["POST /customer/session/consent"] = customer_view("ready")
    await enter(stage, "consenting", device=device)
    assert await stage.page.inner_text("#consent-wording") == WORDING.strip()
    assert await stage.page.locator("#screen :checked").count() == 0
    assert await stage.page.is_disabled("#screen .button-main")
    await stage.page.check("#surface-tab")
    assert await stage.page.is_disabled("#screen .button-main")
    await stage.page.check("#duration-300000")
    await stage.page.click("#screen .button-main")
    body = await stage.script.takes("/customer/session/consent")
    assert '"scopes":["tab"]' in body["document"]
    assert len(body["signature"]) == 86


async def test_declining_is_one_click_and_stays_possible_whatever_is_chosen(stage: PagesStage) -> None:
    await enter(stage, "consenting")
    await stage.page.check("#surface-window")
    await stage.page.click("#screen .button-decline")
    await stage.script.hears("consent.decline")


@pytest.mark.parametrize("state", ["sharing", "paused"])
async def test_escape_stops(stage: PagesStage, state: str) -> None:
    await enter(stage, state)
    await stage.page.keyboard.press("Escape")
    assert (await stage.script.hears("share.stop"))["by"] == "page"


async def test_the_bar_never_scrolls_away_and_its_stop_stops(stage: PagesStage) -> None:
    await stage.page.set_viewport_size({"width": 360, "height": 500})
    await enter(stage, "sharing")
    await stage.page.mouse.wheel(0, 3_000)
    await stage.until("scrollY > 200")
    assert "sees your picture" in await stage.page.inner_text("#screen h1")
    box = await stage.page.locator(".share-bar .button-stop").bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 500
    await stage.page.click(".share-bar .button-stop")
    await stage.script.hears("share.stop")


async def test_a_picture_is_never_attached_before_there_are_keys_and_the_server_says_sharing(
    stage: PagesStage,
) -> None:
    await stage.page.goto(f"{stage.url}/join")
    attached = await stage.run(
        """const { Publisher } = await import('/static/media/publisher.js');
        const canvas = document.createElement('canvas'); canvas.getContext('2d');
        const stream = canvas.captureStream(5);
        navigator.mediaDevices.getDisplayMedia = async () => stream;
        stream.getVideoTracks()[0].getSettings = () => ({ displaySurface: 'browser' });
        let offer = '';
        const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt']);
        const keys = { offer: async () => ({ key: '', signature: '' }), agree: async () => ({ key, compared: false }) };
        const states = [];
        const publisher = new Publisher({ keys, onEncryption: (state) => states.push(state),
          sendOffer: (sdp) => { offer = sdp; }, onBrowserStop: () => {} });
        const gate = new RTCPeerConnection();
        await publisher.connect();
        await gate.setRemoteDescription({ type: 'offer', sdp: offer });
        await gate.setLocalDescription();
        await publisher.accept(gate.localDescription.sdp);
        const senders = []; const seen = [];
        const replace = RTCRtpSender.prototype.replaceTrack;
        RTCRtpSender.prototype.replaceTrack = function (track) {
          seen.push(track ? 'picture' : 'nothing'); return replace.call(this, track); };
        await publisher.choose('tab');
        seen.push('chosen'); await publisher.follow(false);
        seen.push('sharing'); await publisher.follow(true);
        seen.push('keys'); await publisher.keyed({ key: '', signature: '' });
        seen.push('paused'); await publisher.follow(false);
        publisher.stop();
        return { seen, states, ended: stream.getVideoTracks()[0].readyState };"""
    )
    assert attached == {
        "seen": ["chosen", "sharing", "keys", "picture", "paused", "nothing"],
        "states": ["none", "pending", "badge", "none"],
        "ended": "ended",
    }


async def test_a_connection_that_was_refused_is_offered_again(stage: PagesStage) -> None:
    await enter(stage, "ready")
    first = await stage.script.hears("media.offer")
    stage.script.heard.clear()
    await stage.script.say({"type": "problem", "code": "gate_unavailable", "detail": "", "of": "media.offer"})
    assert (await stage.script.hears("media.offer"))["sdp"] != first["sdp"]


async def test_a_refused_connection_is_explained_and_offered_less_and_less_often_but_not_for_ever(
    stage: PagesStage,
) -> None:
    await stage.page.goto(f"{stage.url}/problem")
    told = await stage.run(
        """const { OfferAgain, PAUSES_MS } = await import('/static/media/offer_again.js');
        const pauses = [], begun = [];
        window.setTimeout = (call, pause) => { pauses.push(pause); begun.push(call); return begun.length; };
        window.clearTimeout = () => {};
        let offers = 0;
        const again = new OfferAgain(() => { offers += 1; });
        const problem = { code: 'gate_unavailable', detail: '' };
        const seen = [again.problem];
        while (!again.givenUp) { again.refused(problem); begun.pop()?.(); }
        again.refused(problem);
        const tries = offers;
        seen.push(again.problem?.code, begun.length, tries === PAUSES_MS.length);
        again.now();
        seen.push(again.problem, offers - tries);
        again.refused(problem);
        return { seen, pauses };"""
    )
    assert told["seen"] == [None, "gate_unavailable", 0, True, None, 1]
    assert told["pauses"] == [2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 2_000]


async def test_a_refused_connection_says_why_beside_a_button_that_tries_now(stage: PagesStage) -> None:
    await enter(stage, "ready")
    await stage.script.hears("media.offer")
    await stage.page.evaluate(
        "() => { const now = performance.now.bind(performance); performance.now = () => 50 * now(); }"
    )
    await stage.script.say({"type": "problem", "code": "gate_unavailable", "detail": "", "of": "media.offer"})
    await stage.page.wait_for_selector("#media-state:not([hidden])")
    said = await stage.page.inner_text("#media-state")
    assert "media server is not available" in said
    assert "tries again by itself" in said
    stage.script.heard.clear()
    await stage.page.click("#media-state button")
    await stage.script.hears("media.offer")


async def test_a_surface_that_was_not_agreed_to_is_let_go_at_once(stage: PagesStage) -> None:
    await stage.page.goto(f"{stage.url}/problem")
    answer = await stage.run(
        """const { Publisher } = await import('/static/media/publisher.js');
        const canvas = document.createElement('canvas'); canvas.getContext('2d');
        const stream = canvas.captureStream(5);
        navigator.mediaDevices.getDisplayMedia = async () => stream;
        stream.getVideoTracks()[0].getSettings = () => ({ displaySurface: 'monitor' });
        const publisher = new Publisher({ sendOffer: () => {}, onEncryption: () => {}, onBrowserStop: () => {} });
        try { await publisher.choose('tab'); return 'kept'; }
        catch (error) { return [error.captured, stream.getVideoTracks()[0].readyState, publisher.hasTrack]; }"""
    )
    assert answer == ["screen", "ended", False]


@pytest.mark.parametrize("cause", CAUSES)
async def test_every_end_says_why_what_is_safe_and_what_to_do_next(stage: PagesStage, cause: str) -> None:
    await enter(stage, "ready")
    await stage.script.show(customer_view("ended", cause=cause), 1)
    await stage.page.wait_for_selector(
        "#screen .notice-good:has-text('Nothing of your screen is shown any more')"
    )
    heading = await stage.page.inner_text("#screen h1")
    assert heading
    assert "end." not in await stage.page.inner_text("#screen")
    assert await stage.page.inner_text("#live-region") == heading


async def test_each_new_screen_takes_the_focus_and_is_announced(stage: PagesStage) -> None:
    await enter(stage, "introducing")
    await stage.script.show(customer_view("verifying"), 1)
    await stage.page.wait_for_selector("#code")
    assert await stage.page.evaluate("document.activeElement.tagName") == "H1"
    assert await stage.page.inner_text("#live-region") == await stage.page.inner_text("#screen h1")


async def test_a_lost_line_is_said_and_an_end_in_the_meantime_is_told(stage: PagesStage) -> None:
    await enter(stage, "sharing")
    stage.script.answers["POST /socket-tickets"] = (404, {"code": "not_found", "detail": ""})
    stage.script.answers["GET /customer/session"] = customer_view("ended", cause="server_restarted")
    await stage.script.sockets[-1].close()
    await stage.page.wait_for_selector("#screen h1:has-text('our service was restarted')")
    assert await stage.page.locator(".share-bar").count() == 0


async def test_the_agents_picture_is_covered_in_every_state_but_sharing(stage: PagesStage) -> None:
    stage.script.view = agent_view("verifying")
    await stage.page.goto(f"{stage.url}/agent_session/ses_A")
    await stage.page.wait_for_selector("#stage", state="visible")
    uncovered = []
    for seq, state in enumerate([*STATES, "sharing"], 1):
        await stage.shown(agent_view(state), seq)
        if not await stage.page.is_visible("#curtain") and await stage.page.is_visible("#stage"):
            uncovered.append(state)
    assert uncovered == ["sharing"]


# When the page heard the server last, and when it covered the picture, by its own clock: a busy machine's delay in
# telling the test is not the page's.
SILENCE_WATCH = """() => {
  const Plain = WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", () => { window.heardAt = performance.now(); });
    }
  };
  new MutationObserver(() => {
    const curtain = document.querySelector("#curtain");
    if (curtain && !curtain.hidden && window.heardAt) window.coveredAt = performance.now();
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ["hidden"] });
}"""


async def test_the_agents_picture_is_covered_when_the_server_falls_silent(stage: PagesStage) -> None:
    stage.script.view = agent_view("sharing")
    await stage.page.add_init_script(f"({SILENCE_WATCH})()")
    await stage.page.goto(f"{stage.url}/agent_session/ses_A")
    await stage.page.wait_for_selector("#curtain", state="hidden")
    await stage.script.say({"type": "beat", "at_ms": 1})
    await stage.page.wait_for_selector("#curtain", state="visible")
    silent_ms = await stage.page.evaluate("() => window.coveredAt - window.heardAt")
    assert 2_000 < silent_ms < COVERED_WITHIN_S * 1_000 + 500


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ja"])
async def test_every_screen_can_be_read_and_pressed_on_a_narrow_display(
    browser: Browser, scheme: str, language: str
) -> None:
    size = {"width": 360, "height": 800}
    async with set_up(browser, viewport=size, color_scheme=scheme, locale=language) as stage:
        stage.script.answers["POST /socket-tickets"] = {"ticket": "t"}
        await enter(stage, "introducing")
        for seq, state in enumerate(STATES[1:], 1):
            await stage.shown(customer_view(state), seq)
            await judge(stage, state)


async def judge(stage: PagesStage, state: str) -> None:
    found = await stage.page.evaluate(MEASURE)
    assert not found["wide"], state
    assert found["mains"] <= 1, state
    assert [text for text in found["texts"] if text["size"] < 18] == [], state
    assert [text for text in found["texts"] if text["contrast"] < 4.5] == [], state
    assert [one for one in found["targets"] if one["height"] < 44 or one["width"] < 44] == [], state
