"""Passkeys in real Chromium with its virtual authenticator: made by an enrolment link, used in a session, refused where
nobody unlocks it, where it is somebody else's or a copy, and not even asked where the page would not know for what."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route

from audit.event import EventName
from tests.browser.virtual_authenticator import VirtualAuthenticator, authenticator
from tests.protocol.enrolment_people import customer_of, link_for
from tests.protocol.server_people import Browser as Person
from tests.protocol.server_stand import Stand, stand

pytestmark = pytest.mark.asyncio(loop_scope="session")


@asynccontextmanager
async def at_verification(server: Stand, agent: Person, page: Page) -> AsyncIterator[str]:
    """The customer's page where it asks who they are; the session ends on leaving. Gives its id."""
    opened = await agent.open_session()
    await page.goto("about:blank")
    await page.goto(opened["invitation"]["link"])
    await page.click("#screen .button-main")
    await page.wait_for_selector(".badge")
    await page.click("#screen .button-main")
    await page.wait_for_selector("#use-passkey")
    yield opened["session"]
    await agent.ask("POST", f"/sessions/{opened['session']}/end")


async def enrol(server: Stand, page: Page, reference: str = "C-2041") -> None:
    await page.goto((await link_for(server, await customer_of(server, reference))).url)
    await page.click("#screen .button-main")
    await page.fill("#passkey-label", "my phone")
    await page.click("text=Add a passkey")
    await page.wait_for_selector("#passkey-label", state="detached")


async def refused(page: Page) -> str:
    await page.click("#use-passkey")
    place = page.locator("section[aria-labelledby=passkey-title] [role=alert]:not([hidden])")
    await place.wait_for()
    return await place.inner_text()


async def reasons(server: Stand) -> list[Any]:
    return [
        event.facts["reason"]
        for event in await server.events()
        if event.name is EventName.CUSTOMER_PASSKEY_REFUSED
    ]


async def test_a_passkey_made_by_a_link_proves_its_customer_and_no_other(
    browser: Browser, tmp_path: Path
) -> None:
    async with (
        stand(tmp_path) as server,
        Person(server) as agent,
        await browser.new_context(locale="en-GB") as context,
        await browser.new_context(locale="en-GB") as other_context,
    ):
        assert (await agent.sign_in("agent")).status == 201
        page, other = await context.new_page(), await other_context.new_page()
        own, others = await authenticator(page), await authenticator(other)
        await enrol(server, page)
        await enrol(server, other, "C-2056")
        (credential,) = await own.credentials()
        assert credential["rpId"] == "localhost"
        assert credential["isResidentCredential"]
        as_made = await own.credentials()
        async with at_verification(server, agent, page):
            async with page.expect_request("**/verification/passkey") as sent:
                await page.click("#use-passkey")
            await page.wait_for_selector("#consent-wording")
        async with at_verification(server, agent, other):
            assert "not accepted here" in await refused(other)  # another customer's
            assert await again(other, (await sent.value).post_data) == "refused"  # what was good once
        await shut_where_it_should_be(server, agent, page, own)
        assert await reasons(server) == ["owner", "challenge"]
        await others.become_copy(as_made)
        await shut_by_the_copy(server, agent, page, other)


async def shut_by_the_copy(server: Stand, agent: Person, page: Page, other: Page) -> None:
    async with at_verification(server, agent, other):
        assert "not accepted here" in await refused(other)
    async with at_verification(server, agent, page):
        assert "not accepted here" in await refused(page)
    assert (await reasons(server))[2:] == ["counter", "disabled"]
    flags = [event.facts["detector"] for event in await server.recorded(EventName.SYSTEM_FLAG_RAISED)]
    assert flags == ["copied_passkey"]


async def again(page: Page, body: str | None) -> Any:
    """What a page has sent before, sent once more by this one."""
    script = """async (body) => {
      const answer = await fetch('/api/v1/customer/session/verification/passkey',
        { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
      return (await answer.json()).outcome;
    }"""
    return await page.evaluate(script, body)


async def shut_where_it_should_be(
    server: Stand, agent: Person, page: Page, own: VirtualAuthenticator
) -> None:
    async with at_verification(server, agent, page):
        await own.unlocks(False)
        assert "No passkey was used" in await refused(page)
        await own.unlocks(True)
        await page.route("**/passkey-options", other_level)
        assert "tell the organisation" in await refused(page)
        await page.unroute("**/passkey-options")
        await page.click("#use-passkey")
        await page.wait_for_selector("#consent-wording")


async def other_level(route: Route) -> None:
    """Somebody between who wants another thing signed."""
    answer = await route.fetch()
    body = await answer.json()
    await route.fulfill(response=answer, body=json.dumps({**body, "agent": "sta_somebody_else"}))


async def test_under_another_name_of_the_machine_no_passkey_is_made_or_used(
    browser: Browser, tmp_path: Path
) -> None:
    """A passkey is for the one public address: the browser itself refuses every other."""
    async with stand(tmp_path) as server, await browser.new_context(locale="en-GB") as context:
        page = await context.new_page()
        device = await authenticator(page)
        link = (await link_for(server, await customer_of(server))).url
        await page.goto(link.replace("localhost", "127.0.0.1"))
        await page.click("#screen .button-main")
        await page.fill("#passkey-label", "my phone")
        await page.click("text=Add a passkey")
        await page.wait_for_selector("#passkey-error:has-text('cannot use passkeys here')")
        assert await device.credentials() == []
