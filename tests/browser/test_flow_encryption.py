"""Pictures go encrypted from the customer's browser to the agent's: what taps see, what pages say, who notices."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.browser.actors import PATTERN, Agent, Customer, near, pattern_tab, person
from tests.browser.introducing import Message, between, introduced
from tests.browser.stage import Stage, set_up
from tests.browser.wiretap import (
    DERIVED,
    NOTHING,
    TAP,
    Said,
    listen,
    middle_of_pictures,
    replace_worker,
    tapped,
)
from tests.protocol.key_shares import fresh_key

pytestmark = pytest.mark.asyncio(loop_scope="session")
WITHOUT = "delete globalThis.RTCRtpScriptTransform;"


@pytest_asyncio.fixture(loop_scope="session")
async def voices(browser: Browser, tmp_path: Path) -> AsyncIterator[Stage]:
    """A server that asks for words."""
    async with set_up(browser, tmp_path, TACHIAI_INTRODUCTION__WORDS="voice") as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="session")
async def lenient(browser: Browser, tmp_path: Path) -> AsyncIterator[Stage]:
    async with set_up(browser, tmp_path, TACHIAI_GATE__ENCRYPTION="where_possible") as stage:
        yield stage


async def line(page: Page, state: str, words: str) -> None:
    await page.wait_for_selector(f".encryption-line[data-state={state}]:has-text('{words}')")


async def reach_sharing(stage: Stage) -> None:
    """Without looking at the agent's screen, where a tap may let nothing through."""
    await stage.agent.arrive()
    link, _code = await stage.agent.open_session(stage.reference)
    await pattern_tab(stage.customer.context)
    await stage.customer.reach_sharing(link)


async def agreed(stage: Stage) -> list[Message]:
    """What the log says of the keys of each connection, before they were used."""
    entries = [entry for entry in await stage.record() if entry["name"] == "system:keys:agreed"]
    return [entry["facts"] for entry in entries if entry["outcome"] == "intent"]


async def talk_and_share(stage: Stage) -> None:
    """Words compared, then a picture."""
    await stage.agent.arrive()
    link, _code = await stage.agent.open_session(stage.reference)
    await pattern_tab(stage.customer.context)
    await introduced(stage.agent, stage.customer, link)
    await stage.customer.type_code()
    await stage.customer.page.wait_for_selector("#consent-wording")
    await stage.customer.consent()
    await stage.customer.share()
    await stage.agent.watch()
    await stage.agent.sees_pattern()


async def test_who_listens_at_the_gate_sees_no_picture(stage: Stage) -> None:
    await listen(stage.agent.page)
    await replace_worker(stage.agent.page, TAP)
    await reach_sharing(stage)
    frames = await tapped(stage.agent.page)
    assert not any(near(list(pixel), PATTERN) for pixel in middle_of_pictures(frames))
    bodies = {frame[16:48] for frame in frames}
    assert len(bodies) == len(frames), "no two frames look alike, as encrypted ones do not"


async def test_the_same_tap_does_see_what_a_browser_sends_that_encrypts_nothing(stage: Stage) -> None:
    """So that the test before this one can fail."""
    await listen(stage.agent.page)
    await replace_worker(stage.agent.page, TAP)
    await replace_worker(stage.customer.page, NOTHING)
    await reach_sharing(stage)
    seen = middle_of_pictures(await tapped(stage.agent.page))
    assert any(near(list(pixel), PATTERN) for pixel in seen)


async def test_what_is_not_encrypted_with_the_key_of_this_session_is_never_shown(stage: Stage) -> None:
    """A gate that paints, or a page that does not encrypt: the agent's page opens nothing of it, and says so."""
    await replace_worker(stage.customer.page, NOTHING)
    await reach_sharing(stage)
    await stage.agent.watch()
    await line(stage.agent.page, "bad", "cannot be opened")
    samples = await stage.agent.samples()
    assert samples
    assert not any(near(sample["video"], PATTERN) for sample in samples)


async def test_no_frame_key_ever_leaves_a_page(voices: Stage) -> None:
    pages = [voices.agent.page, voices.customer.page]
    said = Said(*pages)
    for page in pages:
        await page.add_init_script(DERIVED)
    await talk_and_share(voices)
    derived = [secret for page in pages for secret in await page.evaluate("() => window.derived")]
    assert len([secret for secret in derived if len(secret) == 64]) >= 6  # ECDH and HKDF, on each page
    assert not [secret for secret in derived if len(secret) >= 32 and said.tells(bytes.fromhex(secret))]
    exported = [kind for page in pages for kind in await page.evaluate("() => window.exported")]
    assert set(exported) == {"public"}
    assert "key_share" in said.text.getvalue()


async def test_both_pages_say_with_whom_and_a_page_loaded_anew_still_knows(voices: Stage) -> None:
    agent, customer = voices.agent, voices.customer
    await talk_and_share(voices)
    await line(customer.page, "good", "whose words you compared")
    await line(agent.page, "good", "words were compared")
    await agent.page.reload()
    await agent.watch()
    await agent.sees_pattern()
    await line(agent.page, "good", "words were compared")
    await customer.page.reload()
    await customer.page.wait_for_selector("#consent-wording")
    await customer.consent()
    await customer.share()
    await line(customer.page, "good", "whose words you compared")
    await agent.sees_pattern()
    keyed = await agreed(voices)
    assert {facts["encryption"] for facts in keyed} == {"end_to_end"}
    assert {facts["compared"] for facts in keyed} == {True}
    assert len({facts["keys"] for facts in keyed}) >= 3, "each connection has keys of its own"
    assert customer.complaints == agent.complaints == []


async def test_without_words_both_pages_say_that_nobody_was_compared(stage: Stage) -> None:
    await stage.share()
    await line(stage.customer.page, "good", "No words were compared")
    await line(stage.agent.page, "good", "not compared by words")


async def test_a_pause_is_black_under_encryption_too(stage: Stage) -> None:
    """The gate's own curtain passes, though it is not encrypted: under the page's cover the video itself is black."""
    await stage.share()
    await stage.customer.press(".share-bar-actions .button-bar")
    await stage.agent.page.wait_for_function(
        "() => Math.max(...window.tachiaiEye.at(-1).video) <= 40", timeout=3_000
    )


@pytest.mark.parametrize("swapped", ["customers", "agents"])
async def test_a_server_that_puts_its_own_key_in_the_middle_is_noticed(stage: Stage, swapped: str) -> None:
    """Somebody between a page and the server, as a dishonest server would be."""
    victim: Agent | Customer = stage.agent if swapped == "customers" else stage.customer
    other = await person(type(victim), stage.server, stage.browser)
    kind = "media.offer" if swapped == "customers" else "media.keys"

    def swap(message: Message) -> Message:
        if message["type"] == kind:
            return {**message, "key_share": {**message["key_share"], "key": fresh_key()}}
        return message

    await between(other.page, to_page=swap)
    if isinstance(other, Agent):
        stage.agent = other
    elif isinstance(other, Customer):
        stage.customer = other
    await stage.agent.arrive()
    link, _code = await stage.agent.open_session(stage.reference)
    await pattern_tab(stage.customer.context)
    await stage.customer.open_link(link)
    await stage.customer.accept_badge()
    await stage.customer.type_code()
    await stage.customer.page.wait_for_selector("#consent-wording")
    await stage.customer.page.check("#surface-tab")
    await stage.customer.page.check("#duration-300000")
    await stage.customer.main_action()
    await stage.customer.page.wait_for_selector(".next-steps")
    await stage.agent.page.wait_for_selector(".ended-card")
    officer = await stage.officer()
    await officer.page.wait_for_selector("#flags .flag-sentence:has-text('signature_invalid')")


async def test_a_customers_browser_that_cannot_encrypt_is_told_before_the_invitation_is_used(
    stage: Stage,
) -> None:
    await stage.customer.page.add_init_script(WITHOUT)
    await stage.agent.arrive()
    link, _code = await stage.agent.open_session(stage.reference)
    await stage.customer.page.goto(link)
    await stage.customer.page.wait_for_selector("#screen .notice-warning:has-text('cannot encrypt')")


async def test_an_agents_browser_that_cannot_encrypt_gets_no_picture_and_says_why(stage: Stage) -> None:
    await stage.agent.page.add_init_script(WITHOUT)
    await reach_sharing(stage)
    await line(stage.agent.page, "bad", "This browser cannot encrypt")
    await line(stage.customer.page, "bad", "browser cannot encrypt, so no picture is sent")


@pytest.mark.parametrize("without", ["customer", "agent"])
async def test_where_the_policy_lets_it_a_picture_goes_without_and_both_pages_say_so(
    lenient: Stage, without: str
) -> None:
    person_without = lenient.customer if without == "customer" else lenient.agent
    await person_without.page.add_init_script(WITHOUT)
    await lenient.share()
    for page in (lenient.customer.page, lenient.agent.page):
        await line(page, "bad", "could see the picture")
    keyed = await agreed(lenient)
    assert {facts["encryption"] for facts in keyed} == {"to_the_gate"}
