"""The agent's pointer and instructions on both pages, against a scripted other end."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.pages_stage import PagesStage, set_up
from tests.browser.pages_views import NOW, agent_view, customer_view

pytestmark = pytest.mark.asyncio(loop_scope="session")
POINTER = "document.querySelector('.overlay-pointer').getAttribute('visibility')"
FAKE_VIDEO = """Object.defineProperty(HTMLVideoElement.prototype, 'videoWidth', { get: () => 1000 });
  Object.defineProperty(HTMLVideoElement.prototype, 'videoHeight', { get: () => 500 });"""


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[PagesStage]:
    async with set_up(browser) as stage:
        stage.script.answers["POST /socket-tickets"] = {"ticket": "t"}
        await stage.page.add_init_script(FAKE_VIDEO)
        yield stage


async def customer(stage: PagesStage, state: str = "sharing") -> None:
    stage.script.view = customer_view(state)
    stage.script.answers["GET /customer/session"] = {"state": "joined"}
    await stage.page.goto(f"{stage.url}/join")
    await stage.page.wait_for_selector("#screen h1")


async def agent(stage: PagesStage, state: str = "sharing") -> None:
    stage.script.view = agent_view(state)
    await stage.page.goto(f"{stage.url}/agent_session/ses_AAAAAAAAAAAAAAAAAAAAAA")
    await stage.page.wait_for_selector("#session-bar:not([hidden])")


def without_tick(view: dict[str, Any]) -> dict[str, Any]:
    return {**view, "consent": {**view["consent"], "scopes": ["chat", "tab"]}}


async def test_what_the_agent_points_at_is_on_the_customers_own_picture_and_goes_with_a_pause(
    stage: PagesStage,
) -> None:
    await customer(stage)
    await stage.page.wait_for_selector("#guide .guide-text:has-text('Press “Settings”')")
    await stage.script.say({"type": "pointer.move", "x": 0.25, "y": 0.5})
    await stage.until(f"{POINTER} === 'visible'")
    place = "[...document.querySelectorAll('.overlay-pointer circle')].map((one) => [one.getAttribute('cx'), "
    assert await stage.page.evaluate(f"{place} one.getAttribute('cy')])") == [["250", "250"]] * 2
    assert "points at your picture" in await stage.page.inner_text("#live-region")
    await stage.script.say({"type": "pointer.draw", "points": [[0, 0], [0.5, 1]]})
    await stage.page.wait_for_selector(".overlay-line polyline[points='0,0 500,500']", state="attached")
    await stage.script.show(customer_view("paused"), 1)
    await stage.until(f"{POINTER} === 'hidden' && !document.querySelector('.overlay-line')")
    await stage.script.say({"type": "pointer.move", "x": 0.75, "y": 0.5})  # it crossed the pause on its way
    changed = {**customer_view("paused"), "guide": {"n": 2, "at_ms": NOW, "text": "<b>Next</b>: Save"}}
    await stage.script.show(changed, 2)
    await stage.page.wait_for_selector("#guide .guide-text:has-text('<b>Next</b>: Save')")
    assert await stage.page.evaluate(POINTER) == "hidden"


async def test_lines_and_pointer_go_by_themselves(stage: PagesStage) -> None:
    await stage.page.clock.install()
    await customer(stage)
    await stage.script.say({"type": "pointer.move", "x": 0.25, "y": 0.5})
    await stage.script.say({"type": "pointer.draw", "points": [[0, 0], [0.5, 1]]})
    await stage.until(f"{POINTER} === 'visible' && document.querySelector('.overlay-line')")
    await stage.page.clock.run_for(6_500)
    await stage.until(f"{POINTER} === 'hidden' && !document.querySelector('.overlay-line')")


async def test_without_the_tick_there_is_nothing_of_it_on_either_page(stage: PagesStage) -> None:
    await customer(stage)
    await stage.script.show(without_tick(customer_view("sharing")), 1)
    await stage.page.wait_for_selector("#guide", state="hidden")
    await stage.script.say({"type": "pointer.move", "x": 0.25, "y": 0.5})
    await agent(stage)
    await stage.page.wait_for_selector("#pointing:not([hidden])")
    await stage.script.show(without_tick(agent_view("sharing")), 1)
    await stage.page.wait_for_selector("#pointing", state="hidden")


async def test_a_small_window_takes_picture_instruction_and_stop_and_gives_them_back(
    stage: PagesStage,
) -> None:
    await customer(stage)
    async with stage.context.expect_page() as opening:
        await stage.page.click("#guide button:has-text('Open the small window')")
    small = await opening.value
    await small.wait_for_selector(".guide-text:has-text('Settings')")
    assert "left" in (await small.inner_text(".small-bar")).lower()
    await stage.script.say({"type": "pointer.move", "x": 0.25, "y": 0.5})
    await small.wait_for_selector(".overlay-pointer[visibility=visible]")
    await small.click(".small-bar .button-stop")
    assert (await stage.script.hears("share.stop"))["by"] == "page"
    await stage.script.show(customer_view("ended"), 1)
    await stage.until(
        "document.querySelector('#guide').hidden && document.querySelector('#guide .guide-content')"
    )


async def test_where_there_is_no_small_window_the_page_says_what_to_do_instead(stage: PagesStage) -> None:
    await stage.page.add_init_script("delete window.documentPictureInPicture")
    await customer(stage)
    said = await stage.page.inner_text("#guide")
    assert "cannot draw over other tabs" in said
    assert "beside the one that you show" in said
    assert await stage.page.is_hidden("#guide button:has-text('small window')")


async def test_the_agent_points_and_draws_in_parts_of_the_picture(stage: PagesStage) -> None:
    await agent(stage)
    await stage.script.say({"type": "beat", "at_ms": NOW})
    await stage.page.click("#pointing button:has-text('Point')")
    box = await stage.page.locator(".overlay").bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await stage.page.mouse.move(*middle)
    moved = await stage.script.hears("pointer.move")
    assert (moved["x"], moved["y"]) == (pytest.approx(0.5, abs=0.01), pytest.approx(0.5, abs=0.01))
    await stage.page.click("#pointing button:has-text('Draw')")
    await stage.script.hears("pointer.hide")
    await stage.page.mouse.move(*middle)
    await stage.page.mouse.down()
    await stage.page.mouse.move(middle[0] + 40, middle[1], steps=4)
    await stage.page.mouse.up()
    drawn = await stage.script.hears("pointer.draw")
    assert drawn["points"][0] == [pytest.approx(0.5, abs=0.01)] * 2
    assert drawn["points"][-1][0] > 0.5
    await stage.script.show(agent_view("paused"), 1)
    await stage.page.wait_for_selector("#pointing", state="hidden")
    heard = len(stage.script.heard)
    await stage.page.mouse.move(*middle)
    assert len(stage.script.heard) == heard


async def test_an_instruction_is_shown_once_it_is_on_record_and_a_refused_one_says_why(
    stage: PagesStage,
) -> None:
    await agent(stage)
    await stage.page.fill("#guide-field", "Press Save")
    await stage.page.press("#guide-field", "Enter")
    sent = await stage.script.hears("guide.send")
    assert sent["text"] == "Press Save"
    await stage.page.wait_for_selector("#pointing [role=status]:has-text('Being sent')")
    await stage.script.say({"type": "guide.accepted", "id": sent["id"], "n": 2, "at_ms": NOW})
    await stage.page.wait_for_selector("#pointing [role=status]:has-text('shows: Press Save')")
    assert await stage.page.input_value("#guide-field") == ""
    await stage.page.fill("#guide-field", "Type 739 164")
    await stage.page.press("#guide-field", "Enter")
    await stage.page.wait_for_selector("#pointing [role=status]:has-text('Being sent')")
    await stage.script.say({"type": "problem", "code": "chat_code", "detail": "", "of": "guide.send"})
    await stage.page.wait_for_selector("#guide-error:has-text('can be a code')")
    assert await stage.page.input_value("#guide-field") == "Type 739 164"
