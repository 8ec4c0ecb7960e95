"""A customer's own page in real Chromium: from the organisation's site to its answer, proofs that hold, a passkey."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, ViewportSize

from tests.browser.virtual_authenticator import authenticator
from tests.protocol.enrolment_people import customer_of, link_for
from tests.protocol.server_people import Browser as Person
from tests.protocol.server_stand import Stand, stand

pytestmark = pytest.mark.asyncio(loop_scope="session")
NARROW = ViewportSize(width=360, height=800)


@asynccontextmanager
async def customer_page(browser: Browser) -> AsyncIterator[Page]:
    """Whatever the page complains about fails the test."""
    async with await browser.new_context(locale="en-GB", viewport=NARROW) as context:
        page = await context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        assert complaints == []


async def hand_over(server: Stand, page: Page, reference: str = "K-30518") -> None:
    """As the organisation's own site would."""
    async with Person(server) as site:
        answer = await site.ask("POST", "/demo/handoffs", {"customer": reference})
    await page.goto("about:blank")
    await page.goto(answer.body["url"])
    await page.wait_for_selector("#screen .button-main")


async def go(page: Page, server: Stand, name: str, landmark: str) -> None:
    await page.goto(f"{server.url}/me#{name}")
    await page.wait_for_selector(landmark)
    assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


async def test_a_customer_asks_whether_it_is_us_and_keeps_the_proof_of_who_looked(
    browser: Browser, tmp_path: Path
) -> None:
    async with stand(tmp_path) as server, Person(server) as agent, customer_page(browser) as page:
        assert (await agent.sign_in("agent")).status == 201
        case = await server.case_of("C-2041")
        await agent.ask("POST", f"/cases/{case}/unmaskings", {"field": "email"})
        await hand_over(server, page)
        assert "#" not in page.url, "the token is out of sight before anybody clicks"
        await page.click("#screen .button-main")
        await page.wait_for_selector(".talking .notice-info")
        assert "No. Nobody of ours" in await page.inner_text(".talking")
        assert "Haruto Sato" in await page.inner_text(".own-name")
        await agent.ask("POST", f"/cases/{case}/contact", {"channel": "phone"})
        await page.wait_for_selector(".talking .notice-good")
        shown = await page.inner_text(".talking")
        for part in ("Yes. We are in contact with you", "Aiko Mori", "A-104", "By phone", "C-2041"):
            assert part in shown
        await page.click("a[href='#looks']")
        await page.wait_for_selector(".look")
        assert "This was shown in full: E-mail" in await page.inner_text(".looks")
        async with page.expect_download() as download:
            await page.locator(".look:has-text('shown in full') button").click()
        await proof_holds(page, server, await (await download.value).path())
        await signs_out(page, server)


async def test_a_customer_asks_first_and_reads_the_ticket_to_the_agent_who_accepts(
    browser: Browser, tmp_path: Path
) -> None:
    """The other way in, whole: what both of them see, up to the badge, on a telephone's display."""
    async with (
        stand(tmp_path) as server,
        customer_page(browser) as page,
        customer_page(browser) as desk,
        customer_page(browser) as behind,
    ):
        await page.goto(f"{server.url}/")
        await page.click("a:has-text('I need help')")
        await page.wait_for_selector("h1:has-text('Sign in first')")
        await waits(server, page, "K-30518", "A payment or a transfer")
        await waits(server, behind, "K-30877", "Something else")
        await behind.wait_for_selector(".place-number:has-text('2')")
        assert "We cannot say" in await behind.inner_text("#screen")
        await accepts_the_first(server, desk)
        await page.wait_for_selector(".ticket .spoken-code")
        assert "Aiko Mori" in await page.inner_text("h1")
        await behind.wait_for_selector(".place-number:has-text('1')")
        await desk.fill("#ticket", "123 456")
        await desk.click("#board button[type=submit]")
        await desk.wait_for_selector("#ticket-error:has-text('Never ask for one')")
        await desk.fill("#ticket", "".join((await page.inner_text(".ticket .spoken-code")).split()))
        for each in (page, desk, behind):
            assert await each.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        await desk.click("#board button[type=submit]")
        await page.wait_for_selector("#screen h1:has-text('Is this who you are talking to')")
        assert "A-104" in await page.inner_text(".badge")
        await behind.click("text=Leave the line")
        await behind.wait_for_selector("h1:has-text('You left the line')")


async def accepts_the_first(server: Stand, desk: Page) -> None:
    await desk.goto(f"{server.url}/agent/sign-in")
    password, code = server.accounts["agent"].password, server.fresh_code("agent")
    for name, value in {"username": "agent", "password": password, "code": code}.items():
        await desk.fill(f"input[name={name}]", value or "")
    await desk.click("form button[type=submit]:has-text('Sign in')")
    await desk.wait_for_selector("#line tbody tr >> nth=1")
    first = desk.locator("#line tbody tr").first
    assert "A payment or a transfer" in await first.inner_text()
    assert "Haruto Sato" not in await desk.inner_text("#line")
    await first.locator("button:has-text('Accept')").click()


async def waits(server: Stand, page: Page, reference: str, topic: str) -> None:
    await hand_over(server, page, reference)
    await page.click("#screen .button-main")
    await page.click("a[href='/help']")
    await page.click("#screen form button[type=submit]")
    await page.wait_for_selector("#help-error:not([hidden])")
    await page.check(f"label:has-text('{topic}') input")
    await page.fill("#help-words", "My transfer of Monday\nis gone")
    await page.click("#screen form button[type=submit]")
    await page.wait_for_selector("h1:has-text('You are in line')")


async def signs_out(page: Page, server: Stand) -> None:
    await go(page, server, "sign-ins", ".own-facts")
    assert "not checked here yet" in await page.inner_text("#screen")
    await page.click("text=Sign out >> nth=0")
    await page.wait_for_selector("h1:has-text('not signed in')")
    await page.reload()
    await page.wait_for_selector("h1:has-text('not signed in')")


async def proof_holds(page: Page, server: Stand, file: Path) -> None:
    """On the page that anybody may use, in a browser of whoever has the file."""
    checking = await page.context.new_page()
    await checking.goto(f"{server.url}/receipt")
    await checking.set_input_files("#receipt-file", str(file))
    await checking.wait_for_selector(".receipt-result .notice-good")
    shown = await checking.inner_text(".receipt-result")
    for part in ("shown in full", "Aiko Mori (A-104), Customer help", "C-2041"):
        assert part in shown
    await checking.close()


async def test_a_link_that_was_used_says_what_to_do(browser: Browser, tmp_path: Path) -> None:
    async with stand(tmp_path) as server, customer_page(browser) as page, customer_page(browser) as other:
        async with Person(server) as site:
            url = (await site.ask("POST", "/demo/handoffs", {"customer": "K-30518"})).body["url"]
        await page.goto(url)
        await page.wait_for_selector("dd:has-text('Haruto Sato')")
        await page.click("#screen .button-main")
        await page.wait_for_selector(".talking .notice")
        await other.goto(url)
        await other.wait_for_selector("h1:has-text('did not open')")
        await says_whom_it_signs_out(page, server)
        assert "Go back to where you are signed in" in await other.inner_text("#screen")


async def says_whom_it_signs_out(page: Page, server: Stand) -> None:
    await hand_over(server, page, "K-30877")
    assert "Haruto Sato (K-30518) is signed in" in await page.inner_text("#screen .notice-danger")
    assert "Emma Wilson" in await page.inner_text("#screen .facts")
    await page.click("#screen .button-main")
    await page.wait_for_selector(".own-name:has-text('Emma Wilson')")


async def test_a_passkey_opens_the_page_adds_another_and_has_a_copy_made(
    browser: Browser, tmp_path: Path
) -> None:
    async with stand(tmp_path) as server, customer_page(browser) as page:
        await authenticator(page)
        await page.goto((await link_for(server, await customer_of(server, "C-2041"))).url)
        await page.click("#screen .button-main")
        await page.click("text=Add a passkey")
        await page.wait_for_selector("#passkey-label", state="detached")
        await page.goto(f"{server.url}/me")
        await page.click("text=Use a passkey")
        await page.wait_for_selector(".talking .notice")
        await go(page, server, "data", "text=Save it to read")
        async with page.expect_download() as download:
            await page.click("text=Save it for programs")
        copy = json.loads((await (await download.value).path()).read_text("utf-8"))
        assert copy["reference"] == "K-30518"
        await page.click("text=Ask to be erased")
        await page.wait_for_selector("dialog[open]")
        await page.click("dialog button[value=yes]")
        await page.wait_for_selector("#screen [role=alert]:not([hidden])")
        assert "a case of yours is open" in await page.inner_text("#screen")
        await go(page, server, "factors", ".look")
        assert "My device" in await page.inner_text("#screen")
        await page.click("form button[type=submit]")  # this authenticator has one already
        await page.wait_for_selector("#passkey-error:not([hidden])")
        await has_new_recovery_codes(page)
        await types_two_codes(page, server)


async def has_new_recovery_codes(page: Page) -> None:
    """On the screen once: neither the way back nor loading the page anew shows them again."""
    await page.click("text=Have ten new ones made")
    await page.click("#screen button:has-text('Have ten new ones made')")
    await page.wait_for_selector("#recovery-codes")
    assert await page.locator("#recovery-codes li").count() == 10
    assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    await page.click("text=I have kept them")
    await page.wait_for_selector("text=Codes that you have not used yet: 10")
    await page.go_back()
    await page.wait_for_selector("#screen button:has-text('Have ten new ones made')")
    assert await page.locator("#recovery-codes").count() == 0


async def types_two_codes(page: Page, server: Stand) -> None:
    await go(page, server, "app-clock", "#app-clock-second")
    await page.fill("#app-clock-first", "123456")
    await page.fill("#app-clock-second", "234567")
    await page.click("#screen form button[type=submit]")
    await page.wait_for_selector("#app-clock-error:not([hidden])")
    assert await page.input_value("#app-clock-first") == ""
