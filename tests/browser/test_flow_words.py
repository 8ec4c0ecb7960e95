"""Agent and customer make sure of each other by words that are said and typed, each in a browser of their own."""

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.actors import Agent, Customer, person
from tests.browser.introducing import accept, between, spoken, start, type_words
from tests.browser.stage import Stage, set_up

pytestmark = pytest.mark.asyncio(loop_scope="session")
SHOTS = os.environ.get("TACHIAI_SHOTS")  # noqa: TID251


@pytest_asyncio.fixture(loop_scope="session")
async def voices(browser: Browser, tmp_path: Path) -> AsyncIterator[Stage]:
    """A server that asks for words."""
    async with set_up(browser, tmp_path, TACHIAI_INTRODUCTION__WORDS="voice") as stage:
        yield stage


async def shot(name: str, *people: Agent | Customer) -> None:
    if SHOTS:
        for one in people:
            who = type(one).__name__.lower()
            await one.page.screenshot(path=f"{SHOTS}/{name}-{who}.png", full_page=True)


async def agrees(customer: Customer) -> None:
    """What is signed names the transcript that this page found itself."""
    await customer.type_code()
    await customer.page.wait_for_selector("#consent-wording")
    await customer.page.check("#surface-tab")
    await customer.page.check("#duration-300000")
    await customer.main_action()
    await customer.page.wait_for_selector("#steps [data-step=show][aria-current]")


async def flagged(stage: Stage, words: str) -> None:
    officer = await stage.officer()
    await officer.page.wait_for_selector(f"#flags .flag-sentence:has-text('{words}')")


@pytest.mark.parametrize("locale", ["en-GB", "ja-JP"])
async def test_two_words_are_heard_and_typed_and_one_comes_back(voices: Stage, locale: str) -> None:
    await voices.agent.arrive()
    link, _code = await voices.agent.open_session(voices.reference)
    context = await voices.browser.new_context(locale=locale, viewport={"width": 800, "height": 900})
    customer = Customer(voices.server, context, await context.new_page())
    await accept(customer, link)
    await shot(f"{locale}-1-before", voices.agent, customer)
    await start(voices.agent, customer)
    said = await spoken(voices.agent.page)
    assert "Comparing words" in await voices.agent.page.inner_text("#session-facts")
    await shot(f"{locale}-2-say", voices.agent, customer)
    assert len(said) == 2
    assert (said[0] > "~") == (locale == "ja-JP")  # in the customer's language
    await type_words(customer.page, said[::-1] if said[0] != said[1] else ["", ""])
    await customer.page.wait_for_selector("#words-error:visible")
    await shot(f"{locale}-3-wrong", customer)
    await type_words(customer.page, [word.upper() + " " for word in said])
    (own,) = await spoken(customer.page)
    await shot(f"{locale}-4-say-one", voices.agent, customer)
    await type_words(voices.agent.page, [own])
    await customer.page.wait_for_selector("#code")
    await shot(f"{locale}-5-after", voices.agent, customer)
    await agrees(customer)
    assert customer.complaints == voices.agent.complaints == []


async def test_words_that_do_not_match_end_the_session_and_officers_hear_of_it(voices: Stage) -> None:
    await voices.agent.arrive()
    link, _code = await voices.agent.open_session(voices.reference)
    await accept(voices.customer, link)
    await start(voices.agent, voices.customer)
    said = await spoken(voices.agent.page)
    await type_words(voices.customer.page, ["no such word", said[1]])
    await voices.customer.page.wait_for_selector("#words-error:visible")
    for _ in range(3):
        await type_words(voices.customer.page, [said[1], said[0]])
    await voices.customer.page.wait_for_selector(".next-steps")
    await shot("mismatch", voices.customer)
    await voices.agent.page.wait_for_selector(".ended-card")
    await flagged(voices, "did not match")


async def test_the_customer_calls_out_an_impostor_and_is_told_what_to_do(voices: Stage) -> None:
    await voices.agent.arrive()
    link, _code = await voices.agent.open_session(voices.reference)
    await voices.customer.page.goto(link)
    await voices.customer.main_action()
    await voices.customer.page.click("#doubt button")
    await voices.customer.page.wait_for_selector(".next-steps")
    await voices.agent.page.wait_for_selector(".ended-card")
    await flagged(voices, "impostor")


async def test_a_relay_that_puts_its_own_key_in_the_middle_is_noticed_by_the_page(voices: Stage) -> None:
    """The server is honest here; somebody sits between it and the customer's page, and has made a key pair."""
    other = await person(Customer, voices.server, voices.browser)
    await voices.agent.arrive()
    link, _code = await voices.agent.open_session(voices.reference)
    swapped: list[str] = []

    def swap(message: dict[str, object]) -> dict[str, object]:
        if message["type"] == "exchange.reveal":
            swapped.append(str(message["key"]))
            return {**message, "key": POINT}
        return message

    await between(other.page, to_page=swap)
    await accept(other, link)
    await start(voices.agent, other)
    await other.page.wait_for_selector(".next-steps")
    assert swapped
    await voices.agent.page.wait_for_selector(".ended-card")
    await flagged(voices, "commitment_broken")


async def test_a_lost_page_costs_a_run_and_the_third_run_ends_the_session(voices: Stage) -> None:
    await voices.agent.arrive()
    link, _code = await voices.agent.open_session(voices.reference)
    customer = voices.customer
    await accept(customer, link)
    await start(voices.agent, customer)
    await spoken(voices.agent.page)
    await customer.page.reload()
    await customer.page.wait_for_selector("#screen .notice-warning")
    await shot("second-run", voices.agent, customer)
    await start(voices.agent, customer)
    said = await spoken(voices.agent.page)
    await voices.agent.page.reload()
    await customer.page.wait_for_selector("#screen .notice-warning")
    assert not await customer.page.is_visible("#screen .button-main:has-text('Start')")
    assert json.dumps(said)


POINT = (  # the base point of P-256, uncompressed
    "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"
)
