"""Every page and state is judged by axe-core, in both themes; the keyboard and the ear get what the eye gets."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from server.http import catalogues
from tests.browser.axe import violations
from tests.browser.pages_answers import ANSWERS, INVITATION, OVERSIGHT
from tests.browser.pages_stage import CLIENT, PagesStage, set_up
from tests.browser.pages_views import LIKE_FIREFOX, NOW, STATES, agent_view, customer_view

pytestmark = pytest.mark.asyncio(loop_scope="session")
TOKEN = "AAAAAAAAAAAAAAAAAAAAAA"


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[PagesStage]:
    async with set_up(browser) as stage:
        stage.script.answers.update(ANSWERS)
        yield stage


WORDS = catalogues.read_folder(CLIENT / "locales")["en"]
CUSTOMER_LANDMARKS = {
    "waiting": ".ticket",
    "introducing": ".badge",
    "verifying": "#code",
    "consenting": "#consent-wording",
    "ready": "#screen .button-main:has-text('Choose')",
    "sharing": ".share-bar-live",
    "paused": ".share-bar-paused",
    "interrupted": "#screen .notice-info",
    "ended": "#screen .notice-good",
}
DOORS = {
    "start": "#join-code",
    f"join#{TOKEN}": "#screen .button-main",
    "agent_sign_in": "#code",
    "security_sign_in": "#code",
    "demo": ".live-code",
    "agent_home": "#line tbody button",
    "agent_case/cas_A": ".facts-wide",
    "agent_provisional": "#provisional .flag",
    "security_log": "#integrity .notice",
    "security_checklist": "#findings .notice",
    "security_approvals": ".flag button",
    "security_reports": "#reports td a",
    "receipt": "#receipt-file",
    "help": "#help-words",
    "connection_test": "#begin",
    "me": ".talking .notice",
    "me#looks": ".look",
    "me#receipts": ".look",
    "me#sign-ins": ".facts",
    "me#factors": ".look",
    "me#data": "#screen h2",
    f"me#t={TOKEN}": "#screen .button-main",
    "problem": ".button-main",
}
FINDINGS = [
    {
        "id": f"one_{severity}",
        "state": severity,
        "severity": severity,
        "title": f"It is {severity}",
        "now": "So.",
        "mend": mend,
    }
    for severity, mend in (
        ("danger", "Do this."),
        ("weak", "Do that."),
        ("advice", "Think of it."),
        ("ok", None),
    )
]
ENROLMENT = {
    "kind": "staff",
    "name": "Aiko Mori",
    "username": "aiko",
    "door": "agent",
    "expires_at_ms": NOW + 3_600_000,
}
ENROLMENT_SECRET = {"key": "ABCD EFGH", "uri": "otpauth://totp/x", "qr_svg": INVITATION["qr_svg"]}
ENROLMENT_LANDMARKS = {
    "password": "input[type=password]",
    "authenticator": "svg.qr",
    "code": "#screen input",
    "done": "#screen h1",
}


CHAT = {
    "type": "chat.messages",
    "last": 2,
    "messages": [
        {"n": 1, "from": "customer", "at_ms": NOW, "text": "Where do I press?"},
        {"n": 2, "from": "agent", "at_ms": NOW, "text": "右上のボタンです。"},
    ],
}


async def test_the_doors_and_the_desks_have_no_fault(stage: PagesStage) -> None:
    stage.script.answers["GET /security/checklist"] = {"findings": FINDINGS, "looked_at_ms": NOW}
    for page, landmark in DOORS.items():
        await stage.page.goto("about:blank")
        await stage.page.goto(f"{stage.url}/{page}")
        await stage.page.wait_for_selector(landmark)
        assert await violations(stage.page) == [], page


async def test_every_outcome_of_a_connection_test_has_no_fault_and_fits_a_narrow_screen(
    browser: Browser,
) -> None:
    async with set_up(browser, viewport={"width": 360, "height": 800}) as stage:
        await stage.page.goto(f"{stage.url}/connection_test")
        await stage.page.wait_for_selector("#begin")
        await stage.run(
            """const { outcomeRow, verdict, waitingRow } = await import("/static/views/connection/ways.js");
            const to = "turn-server-with-a-long-name.media.example.com:3478, [2001:db8:85a3::8a2e:370:7334]:3478";
            const outcomes = [
              { way: "direct", result: "passed", hop: "", to: "" },
              { way: "udp", result: "absent", hop: "", to: "" },
              ...["gate", "relay", "refused", "full", "behind"].map(
                (hop) => ({ way: "tls", result: "failed", hop, to })),
            ];
            document.querySelector("#ways").replaceChildren(waitingRow("tcp"), ...outcomes.map(outcomeRow));
            document.querySelector("#verdict").replaceChildren(verdict(outcomes), verdict(outcomes.slice(2)));"""
        )
        assert await violations(stage.page) == []
        assert await stage.run("return document.documentElement.scrollWidth <= 360;")


async def test_the_hint_that_no_picture_gets_through_leads_to_the_test_and_has_no_fault(
    stage: PagesStage,
) -> None:
    await stage.page.goto(f"{stage.url}/start")
    await stage.page.wait_for_selector("#join-code")
    await stage.run(
        'const { Unreached } = await import("/static/views/unreached.js");'
        "const now = performance.now.bind(performance); let ahead = 0; performance.now = () => now() + ahead;"
        'new Unreached(() => "Your picture is not getting through."); setTimeout(() => { ahead = 60_000; }, 700);'
    )
    await stage.page.wait_for_selector("#media-state a[href='/connection-test'][target=_blank]")
    assert await violations(stage.page) == []


async def test_a_poor_line_is_told_to_the_customer_without_a_fault(stage: PagesStage) -> None:
    stage.script.answers["GET /customer/session"] = {"state": "joined"}
    stage.script.view = customer_view("sharing")
    await stage.page.goto(f"{stage.url}/join")
    await stage.page.wait_for_selector(".share-bar-live")
    await stage.run(
        "const place = document.querySelector('#line-quality');"
        "new MutationObserver(() => { place.hidden = false; }).observe(place, { attributes: true });"
        "place.textContent = 'Your line: poor.'; place.dataset.state = 'poor'; place.hidden = false;"
    )
    assert await violations(stage.page) == []


async def test_faults_that_are_planted_are_found_one_of_them_in_the_dark_only(stage: PagesStage) -> None:
    await stage.page.goto(f"{stage.url}/start")
    await stage.page.wait_for_selector("#join-code")
    await stage.run(
        "document.querySelector('.wordmark').textContent = '';"
        "document.querySelector('.lead').style.color = '#222222';"
    )
    assert [fault for fault, *_ in await violations(stage.page)] == ["link-name", "color-contrast"]


VISITS: dict[str, tuple[str, dict[str, Any]]] = {
    "waiting": (".place-number", {"place": 3}),
    "accepted": (".ticket", {"code": "K7QX-2M9D"}),
    "met": (".own-name", {}),
}


@pytest.mark.parametrize("state", VISITS)
async def test_every_state_of_a_wait_without_a_sign_in_has_no_fault(stage: PagesStage, state: str) -> None:
    landmark, more = VISITS[state]
    stage.script.answers["GET /visits/own"] = {
        "state": state,
        "server_now_ms": NOW,
        "until_ms": NOW + 600_000,
        "place": None,
        "expected_ms": 240_000,
        "code": None,
        "agent": {"name": "Aiko Mori", "number": "A-104", "team": "Customer help"},
        "end": None,
        **more,
    }
    await stage.page.goto(f"{stage.url}/help")
    await stage.page.wait_for_selector(landmark)
    assert await violations(stage.page) == []


@pytest.mark.parametrize("step", ENROLMENT_LANDMARKS)
async def test_every_step_of_enrolling_has_no_fault(stage: PagesStage, step: str) -> None:
    stage.script.answers["GET /enrolment"] = {**ENROLMENT, "stage": step}
    stage.script.answers["POST /enrolment/secret"] = ENROLMENT_SECRET
    await stage.page.goto(f"{stage.url}/enrol")
    await stage.page.wait_for_selector(ENROLMENT_LANDMARKS[step])
    assert await violations(stage.page) == []


async def test_a_narrow_table_is_still_a_table_for_those_who_listen(browser: Browser) -> None:
    async with set_up(browser, viewport={"width": 360, "height": 800}) as stage:
        stage.script.answers.update(ANSWERS)
        await stage.page.goto(f"{stage.url}/security_log")
        await stage.page.wait_for_selector("#integrity .notice")
        assert await violations(stage.page) == []
        table = stage.page.get_by_role("table", name="The log")
        assert await table.get_by_role("row").count() == 2
        assert await table.get_by_role("cell").count() == 14


async def test_every_screen_of_the_customer_has_no_fault(stage: PagesStage) -> None:
    stage.script.answers["GET /customer/session"] = {"state": "joined"}
    stage.script.view = customer_view("joined")
    await stage.page.goto(f"{stage.url}/join")
    await stage.page.wait_for_selector(".badge")
    for seq, state in enumerate(STATES[1:], 1):
        await stage.script.show(customer_view(state), seq)
        await stage.page.wait_for_selector(CUSTOMER_LANDMARKS[state])
        if state == "sharing":
            await stage.script.say(CHAT)
            await stage.page.wait_for_selector("#chat li.chat-own")
        assert await violations(stage.page) == [], state


async def test_the_screens_of_a_browser_that_names_no_surface_have_no_fault(stage: PagesStage) -> None:
    await stage.page.add_init_script(LIKE_FIREFOX)
    await stage.page.goto(f"{stage.url}/join#{TOKEN}")
    await stage.page.wait_for_selector("#screen .notice")
    assert await violations(stage.page) == [], "before the claim"
    stage.script.answers["GET /customer/session"] = {"state": "joined"}
    stage.script.view = customer_view("verifying") | {"methods": ["totp", "passkey"]}
    await stage.page.goto(f"{stage.url}/join")
    await stage.page.wait_for_selector("#screen .notice-info")
    assert await violations(stage.page) == [], "beside the proof"
    for seq, surfaces in enumerate((["tab", "window"], ["tab", "window", "screen"]), 1):
        view = customer_view("consenting")
        view["proposal"] |= {"surfaces": surfaces, "nonce": f"{seq}{TOKEN[1:]}"}
        await stage.script.show(view, seq)
        await stage.page.wait_for_selector("#screen .notice-info" if seq == 1 else "#surface-screen")
        assert await violations(stage.page) == [], surfaces


async def test_every_state_of_the_agents_session_has_no_fault(stage: PagesStage) -> None:
    stage.script.answers.update(ANSWERS)
    stage.script.view = agent_view("invited")
    await stage.page.goto(f"{stage.url}/agent_session/ses_A")
    await stage.page.wait_for_selector("#board .notice")
    await stage.page.click("#notes summary")
    await stage.page.wait_for_selector("#notes li")
    for seq, state in enumerate(["invited", *STATES], 1):
        await stage.script.show(agent_view(state), seq)
        word = WORDS.text(f"state.{state}")
        await stage.page.wait_for_selector(f".session-bar .pill:text-is('{word}')")
        assert await violations(stage.page) == [], state


@pytest.mark.parametrize("empty", [False, True])
async def test_live_oversight_and_its_dialog_have_no_fault(stage: PagesStage, empty: bool) -> None:
    stage.script.view = {**OVERSIGHT, "sessions": [], "flags": []} if empty else OVERSIGHT
    await stage.page.goto(f"{stage.url}/security_home")
    await stage.page.wait_for_selector("#flags .empty" if empty else "#flags .flag")
    assert await violations(stage.page) == []
    if not empty:
        await stage.page.click("#sessions tbody button")
        await stage.page.wait_for_selector("dialog[open]")
        assert await violations(stage.page) == []


async def focus_order(stage: PagesStage, steps: int) -> list[str]:
    """What the Tab key reaches, by its words."""
    reached = []
    for _ in range(steps):
        await stage.page.keyboard.press("Tab")
        reached.append(
            await stage.page.evaluate(
                "() => { const at = document.activeElement;"
                " return (at.labels?.[0]?.textContent || at.textContent).trim().slice(0, 24); }"
            )
        )
    return reached


async def test_the_keyboard_goes_through_a_consent_in_the_order_of_the_eye(stage: PagesStage) -> None:
    stage.script.answers["GET /customer/session"] = {"state": "joined"}
    stage.script.view = customer_view("consenting")
    await stage.page.goto(f"{stage.url}/join")
    await stage.page.wait_for_selector("#consent-wording")
    await stage.until("document.activeElement.matches('#screen h1')")
    assert await focus_order(stage, 1) == ["One browser tabThe safes"]
    await stage.page.keyboard.press("Space")
    assert await focus_order(stage, 3) == [
        "Write messagesYou and th",
        "Be shown where to pressT",
        "5 minutes",
    ]
    assert not await stage.page.is_checked("#extra-chat")
    assert not await stage.page.is_checked("#extra-pointer")
    await stage.page.keyboard.press("ArrowDown")
    assert await focus_order(stage, 2) == ["I agree", "I do not agree"]
    assert await stage.page.is_checked("#duration-600000")


async def test_the_stop_button_is_the_first_thing_after_the_header_while_something_is_shown(
    stage: PagesStage,
) -> None:
    stage.script.answers["GET /customer/session"] = {"state": "joined"}
    stage.script.view = customer_view("sharing")
    await stage.page.goto(f"{stage.url}/join")
    await stage.page.wait_for_selector(".share-bar-live")
    await stage.page.evaluate("document.querySelector('.languages a:last-child').focus()")
    assert await focus_order(stage, 2) == ["Pause", "Stop"]


async def test_every_change_of_state_is_said_to_customer_and_agent(stage: PagesStage) -> None:
    stage.script.answers["GET /customer/session"] = {"state": "joined"}
    stage.script.view = customer_view("ready")
    await stage.page.goto(f"{stage.url}/join")
    await stage.page.wait_for_selector("#screen h1")
    for seq, state in enumerate(("sharing", "paused", "interrupted", "ended"), 1):
        before = await stage.page.text_content("#live-region")
        await stage.script.show(customer_view(state), seq)
        await stage.page.wait_for_selector(CUSTOMER_LANDMARKS[state])
        heading = await stage.page.text_content("#screen h1")
        assert await stage.page.text_content("#live-region") == heading != before
        assert await stage.page.evaluate("document.activeElement.textContent") == heading


@pytest.mark.parametrize("party", ["customer", "agent"])
async def test_the_last_minute_is_said_when_it_begins(stage: PagesStage, party: str) -> None:
    stage.script.answers["GET /customer/session"] = {"state": "joined"}
    stage.script.view = customer_view("sharing") if party == "customer" else agent_view("sharing")
    stage.script.view["consent"]["until_ms"] = NOW + 62_000
    await stage.page.goto(f"{stage.url}/{'join' if party == 'customer' else 'agent_session/ses_A'}")
    await stage.until("document.querySelector('#live-region').textContent.startsWith('One minute left')")
    left = await stage.page.inner_text(".countdown")
    assert left == "1:00" or left.startswith("0:5"), "it was said too early"


async def test_nothing_moves_for_those_who_asked_for_no_motion(browser: Browser) -> None:
    moving = "() => document.getAnimations().map((one) => one.animationName)"
    async with set_up(browser, reduced_motion="reduce") as stage:
        stage.script.answers.update({**ANSWERS, "GET /customer/session": {"state": "joined"}})
        stage.script.view = customer_view("sharing")
        await stage.page.goto(f"{stage.url}/join")
        await stage.page.wait_for_selector(".share-bar-live")
        assert await stage.page.evaluate(moving) == []
        await stage.page.emulate_media(reduced_motion="no-preference")
        assert await stage.page.evaluate(moving) == ["breathe"]
