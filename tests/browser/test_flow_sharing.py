"""The main job through real pages, a real server, a real gate: what the agent sees, and how fast it goes dark."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Browser, Page

from audit.verify import verify_folder
from tests.browser.actors import Agent, Customer, Person, now_ms
from tests.browser.stage import Stage, set_up

pytestmark = pytest.mark.asyncio(loop_scope="session")

DARK_WITHIN_MS = 1_000
SHOTS = os.environ.get("TACHIAI_SHOTS")  # noqa: TID251
STOP = ".share-bar .button-stop"


async def test_a_customer_shows_pauses_goes_on_and_stops_and_the_log_has_every_step(stage: Stage) -> None:
    await stage.share(extras=["chat", "pointer"])
    await they_write(stage.customer, stage.agent)
    await the_agent_shows_where(stage.customer.page, stage.agent.page)
    await stage.agent.page.wait_for_selector("#picture-health[data-state]:not([data-state=frozen], [hidden])")
    await they_pause_and_go_on(stage)
    await the_page_covers_by_itself(stage)
    await they_go_on_for_longer_and_then_with_something_else(stage)
    stopped_at = await stage.customer.press(STOP)
    assert await stage.agent.dark_after(stopped_at) < DARK_WITHIN_MS
    await stage.agent.ended_with("stopped")
    assert await stage.customer.page.is_hidden("#chat")
    assert await stage.agent.page.is_hidden("#chat")
    assert await stage.customer.page.is_hidden("#guide")
    assert await stage.agent.page.is_hidden("#pointing")
    assert not stage.agent.complaints
    assert not stage.customer.complaints
    await the_log_tells_it_in_order(stage)


async def they_pause_and_go_on(stage: Stage) -> None:
    begun = await stage.customer.press(".share-bar-actions .button-bar")
    assert await stage.agent.dark_after(begun) < DARK_WITHIN_MS
    await stage.agent.page.wait_for_selector("#picture-health", state="hidden")
    await stage.customer.page.click("#screen .button-main")
    await stage.agent.sees_pattern()


async def the_page_covers_by_itself(stage: Stage) -> None:
    """A picture that the browser lost, then one of another kind of surface, which the page does not show again."""
    page = stage.customer.page
    track = "document.querySelector('.guide-video').srcObject.getVideoTracks()[0]"
    begun = await page.evaluate(f"() => {{ {track}.dispatchEvent(new Event('mute')); return Date.now(); }}")
    assert await stage.agent.dark_after(begun) < DARK_WITHIN_MS
    await page.wait_for_selector("#screen .notice-warning:has-text('lost the picture')")
    await page.click("#screen .button-main")
    await stage.agent.sees_pattern()
    begun = await page.evaluate(
        f"() => {{ {track}.getSettings = () => ({{ displaySurface: 'monitor' }}); return Date.now(); }}"
    )
    assert await stage.agent.dark_after(begun) < DARK_WITHIN_MS
    await page.wait_for_selector("#screen .notice-warning:has-text('something else')")
    await page.click("#screen .button-main")
    await page.wait_for_selector("#screen [role=alert]:has-text('not what you agreed')")
    await page.evaluate(f"() => {{ delete {track}.getSettings; }}")
    await page.click("#screen .button-main")
    await stage.agent.sees_pattern()


async def they_go_on_for_longer_and_then_with_something_else(stage: Stage) -> None:
    """More time costs no frame; another agreement begins in the dark, and needs no code so soon."""
    page = stage.customer.page
    await page.click("#screen button:has-text('Share for longer')")
    await page.wait_for_selector("#screen h1:has-text('Share for longer?')")
    await shot("longer-wide", 1280, "light", stage.customer)
    await shot("longer-narrow", 360, "dark", stage.customer)
    await page.click("#screen .button-decline")
    await page.wait_for_selector("#screen h1:has-text('sees your picture')")
    await shot("ways-on-narrow", 360, "light", stage.customer)
    await page.click("#screen button:has-text('Share for longer')")
    await page.check("#duration-900000")
    await page.click("#screen .button-main")
    await page.wait_for_selector("#screen h1:has-text('sees your picture')")
    await page.wait_for_selector(".share-bar-time:has-text('14:')")
    await stage.agent.sees_pattern()
    begun = await stage.customer.press("#screen button:has-text('Agree anew')")
    assert await stage.agent.dark_after(begun) < DARK_WITHIN_MS
    await page.wait_for_selector("#consent-wording")
    await stage.customer.consent()
    await stage.customer.share()
    await stage.agent.sees_pattern()


async def the_agent_shows_where(customer: Page, agent: Page) -> None:
    """On the customer's own picture, in the same place of it; and in words."""
    await agent.click("#pointing button:has-text('Point')")
    await agent.locator(".overlay").hover()
    await customer.wait_for_selector(".overlay-pointer[visibility=visible]")
    assert await customer.evaluate("document.querySelector('.guide-video').videoWidth") > 0
    place = await customer.evaluate(
        """() => { const circle = document.querySelector('.overlay-pointer circle');
        const box = circle.ownerSVGElement.viewBox.baseVal;
        return [circle.cx.baseVal.value / box.width, circle.cy.baseVal.value / box.height]; }"""
    )
    assert place == [pytest.approx(0.5, abs=0.02)] * 2
    await agent.fill("#guide-field", "Press “Settings”, top right")
    await agent.press("#guide-field", "Enter")
    await customer.wait_for_selector(".guide-text:has-text('Press “Settings”, top right')")


async def they_write(customer: Customer, agent: Agent) -> None:
    """Each hears the other; a code leaves no page, and the agent is told that one was held back."""
    await say(customer, "I see <b>red</b> at https://example.com\u202e")
    await say(agent, "よく見えています")
    assert await line(agent, 1) == "I see <b>red</b> at https://example.com"
    assert await line(customer, 2) == "よく見えています"
    assert await agent.page.locator("#chat a, #chat b").count() == 0
    await customer.page.fill("#chat-text", "My code is ７３９ １６４")
    await customer.page.press("#chat-text", "Enter")
    await customer.page.wait_for_selector("#chat-error:not([hidden])")
    assert "can be a code" in await customer.page.inner_text("#chat-error")
    await agent.page.wait_for_selector("#chat .notice-warning")
    await shot("chat-wide", 1280, "light", customer, agent)
    await shot("chat-narrow", 360, "dark", customer, agent)
    assert await agent.page.locator("#chat li").count() == 2


async def say(person: Person, text: str) -> None:
    await person.page.fill("#chat-text", text)
    await person.page.press("#chat-text", "Enter")
    await person.page.wait_for_selector(".chat-own >> nth=-1")


async def line(person: Person, number: int) -> str:
    return await person.page.inner_text(f"#chat li:nth-child({number}) .chat-text")


async def shot(name: str, width: int, scheme: Literal["light", "dark"], *people: Person) -> None:
    if SHOTS:
        for one in people:
            await one.page.set_viewport_size({"width": width, "height": 800})
            await one.page.emulate_media(color_scheme=scheme)
            who = type(one).__name__.lower()
            await one.page.screenshot(path=f"{SHOTS}/{name}-{who}.png", full_page=True)


async def test_the_spoken_code_leads_to_the_same_place_as_the_link(stage: Stage) -> None:
    await stage.agent.sign_in_by_form("agent", stage.server.ready["agent"])
    _link, code = await stage.agent.open_session(stage.reference)
    await stage.customer.type_join_code(code.lower())
    assert stage.reference in await stage.customer.page.inner_text(".badge")


async def stop_by_the_browser(stage: Stage) -> float:
    """Closing the captured tab ends the capture as the browser's own bar does: the track ends."""
    shared = next(page for page in stage.customer.context.pages if page is not stage.customer.page)
    begun = now_ms()
    await shared.close()
    return begun


async def stop_by_escape(stage: Stage) -> float:
    begun = now_ms()
    await stage.customer.page.keyboard.press("Escape")
    return begun


async def close_the_customers_tab(stage: Stage) -> float:
    begun = now_ms()
    await stage.customer.page.close()
    return begun


async def leave_as_agent(stage: Stage) -> float:
    await stage.agent.page.click("#session-actions .button-danger")
    return await stage.agent.press("dialog[open] button.button-danger")


async def sign_the_agent_out_elsewhere(stage: Stage) -> float:
    other = await stage.agent.context.new_page()
    await other.goto(f"{stage.server.url}/agent")
    begun: float = await other.evaluate(
        "() => { const at = Date.now(); document.querySelector('.sign-out button').click(); return at; }"
    )
    await stage.agent.page.wait_for_url("**/agent/sign-in?signed-out")
    return begun


WAYS = [
    (stop_by_the_browser, "browser_stopped"),
    (stop_by_escape, "customer_stopped"),
    (close_the_customers_tab, "connection_lost"),
    (leave_as_agent, "agent_left"),
    (sign_the_agent_out_elsewhere, "agent_signed_out"),
]


@pytest.mark.parametrize(("way", "cause"), WAYS, ids=[way.__name__ for way, _ in WAYS])
async def test_every_way_out_darkens_the_agents_screen_within_a_second(
    stage: Stage, way: Callable[[Stage], Awaitable[float]], cause: str
) -> None:
    await stage.share()
    session = stage.agent.session
    begun = await way(stage)
    dark_after = await dark_time(stage, begun)
    assert dark_after < DARK_WITHIN_MS
    if way is close_the_customers_tab:  # they may yet come back: the session waits for them, dark
        await stage.agent.page.wait_for_selector(".ended-card")
    assert await cause_seen_by_officer(stage, session) == cause


async def test_an_officers_end_now_darkens_the_screen_and_both_pages_say_so(stage: Stage) -> None:
    await stage.share()
    officer = await stage.officer()
    await officer.page.click("#sessions tbody button.button-danger")
    begun = await officer.press("dialog[open] button.button-danger, dialog[open] button[value=yes]")
    assert await stage.agent.dark_after(begun) < DARK_WITHIN_MS
    await stage.agent.page.wait_for_selector(".ended-card")
    await stage.customer.page.wait_for_selector("#screen h1:has-text('ended')")
    assert await cause_seen_by_officer(stage, stage.agent.session) == "officer_ended"


async def test_the_agents_screen_is_dark_within_a_second_of_the_consents_end(
    browser: Browser, tmp_path: Path
) -> None:
    seconds = 12
    async with set_up(browser, tmp_path, TACHIAI_CONSENT__DURATIONS_S=f"{seconds},300") as stage:
        await stage.share(seconds=seconds)
        view = (await stage.customer.api("GET", "/customer/session"))["body"]
        until = view["consent"]["until_ms"]
        await stage.agent.page.wait_for_selector(".ended-card")
        assert await stage.agent.dark_after(until) < DARK_WITHIN_MS
        assert await cause_seen_by_officer(stage, stage.agent.session) == "consent_expired"


async def the_log_tells_it_in_order(stage: Stage) -> None:
    """And verifies, once the server is down."""
    names = [entry["name"] for entry in await entries_of(stage, stage.agent.session)]
    wanted = [
        "agent:session:opened",
        "customer:invitation:claimed",
        "customer:badge:accepted",
        "customer:code:verified",
        "customer:consent:granted",
        "customer:share:started",
        "agent:pointer:used",
        "agent:guide:written",
        "agent:pointer:counted",
        "customer:consent:reopened",
        "customer:session:ended",
    ]
    positions = [names.index(name) for name in wanted]
    assert positions == sorted(positions)
    await stage.server.stop()
    report = verify_folder(
        stage.server.log_folder,
        verifier_key=stage.server.verifier_key,
        lockstate=stage.server.log_folder / "lockstate",
    )
    assert report.exit_code == 0, report.sentence


async def dark_time(stage: Stage, begun: float) -> float:
    if (
        "/sign-in" in stage.agent.page.url
    ):  # the agent's page has left: the next one began when the picture was gone
        return float(await stage.agent.page.evaluate("() => performance.timeOrigin")) - begun
    return await stage.agent.dark_after(begun)


async def entries_of(stage: Stage, session: str) -> list[dict[str, Any]]:
    return [
        entry
        for entry in await stage.record()
        if entry["session"] == session and entry["outcome"] in {"done", "intent"}
    ]


async def cause_seen_by_officer(stage: Stage, session: str) -> object:
    causes = [
        entry["facts"]["cause"]
        for entry in await entries_of(stage, session)
        if entry["name"].endswith(":session:ended")
    ]
    assert causes, "the session has no end on the record"
    return causes[-1]
