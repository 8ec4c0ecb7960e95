"""From nothing to the whole main job in earnest: `init`, `serve` behind the sample nginx over TLS, and every person by
the links and pages that an operator's commands give them."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.async_api import Browser

from server.clock import SystemClock
from tests.browser.actors import Agent, Customer, Officer, Person, pattern_tab, person
from tests.browser.demo_server import free_port
from tests.browser.introducing import introduced
from tests.browser.virtual_authenticator import authenticator
from tests.protocol.production_stand import Instance
from tests.protocol.proxies import Proxy, nginx

pytestmark = pytest.mark.asyncio(loop_scope="session")

PASSWORD = "seven herons over the canal"
STEP_S = 30
CUSTOMERS = "reference,name,email,phone\nK-7,Mary Example,mary@example.com,+44 20 7946 0001\n"


@dataclass(frozen=True, slots=True)
class House:
    """The instance, its proxy, and what an operator types."""

    instance: Instance
    proxy: Proxy
    officers_link: str
    ready: dict[str, Any]

    @property
    def url(self) -> str:
        return self.proxy.url

    async def typed(self, *arguments: str) -> Any:
        said = await self.instance.said(*arguments, "--json")
        assert said.code == 0, said.err
        return said.json


@asynccontextmanager
async def in_earnest(folder: Path) -> AsyncIterator[House]:
    instance, port = Instance(folder / "instance"), free_port()
    made = await instance.init(
        "--officer-username=chie",
        "--officer-name=Chie Tanaka",
        f"--base-url=https://localhost:{port}",
        "--json",
    )
    assert made.code == 0, made.err
    async with instance.served() as (_process, ready):
        upstream = int(ready["listening"].rpartition(":")[2])
        async with nginx(folder / "nginx", upstream, port=port) as proxy:
            yield House(instance, proxy, made.json["officer"]["link"], ready)


def code(secret: str) -> str:
    return pyotp.TOTP(secret).at(step() * STEP_S)


def step() -> int:
    return SystemClock().now_ms() // 1000 // STEP_S


async def the_next_code(after: int) -> None:
    """A code is good once, so whoever has just confirmed an authenticator waits for its next one, as people do."""
    await asyncio.sleep(max(0.0, (after + 1) * STEP_S - SystemClock().now_ms() / 1000))
    assert step() > after


async def enrolled(who: Person, link: str, *, staff: bool) -> str:
    """From the link to a confirmed authenticator; gives its secret."""
    page = who.page
    await page.goto(link)
    await page.click("#screen .button-main")
    if staff:
        await page.fill("#password", PASSWORD)
        await page.keyboard.press("Enter")
    await page.click("summary")
    secret = re.sub(r"\s", "", await page.inner_text("#enrol-key"))
    assert len(base64.b32decode(secret)) == 20
    await page.fill("#enrol-code", code(secret))
    await page.keyboard.press("Enter")
    if not staff:
        await page.click("#screen button:has-text('Show my recovery codes')")
        await page.click("#screen button:has-text('I have kept them')")
    await page.wait_for_selector("#screen h1:has-text('Done'), #screen h1:has-text('ready')")
    return secret


async def enrolled_with_passkey(who: Person, link: str) -> str:
    await authenticator(who.page)
    secret = await enrolled(who, link, staff=True)
    await who.page.click("#screen form button[type=submit]")
    await who.page.wait_for_selector("#screen form", state="detached")
    return secret


async def signed_in_by_passkey(officer: Person) -> None:
    await officer.page.goto(f"{officer.server.url}/security/sign-in")
    await officer.page.click("#passkey button")
    await officer.page.wait_for_url(f"{officer.server.url}/security")


async def signed_in(who: Person, door: str, username: str, secret: str) -> None:
    await who.page.goto(f"{who.server.url}/{door}/sign-in")
    await who.page.fill("input[name=username]", username)
    await who.page.fill("input[name=password]", PASSWORD)
    await who.page.fill("input[name=code]", code(secret))
    await who.page.click("form button[type=submit]:has-text('Sign in')")
    await who.page.wait_for_url(f"{who.server.url}/{door}")
    cookies = await who.context.cookies()
    assert any(cookie["name"].startswith("__Host-") for cookie in cookies)
    for cookie in cookies:
        assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Strict")


@pytest.mark.timeout(240)  # half a minute of it is for the next code to come
async def test_the_whole_job_in_earnest_behind_nginx_from_init_to_a_log_that_verifies(
    browser: Browser, tmp_path: Path
) -> None:
    async with in_earnest(tmp_path) as house:
        officer = await person(Officer, house, browser, ignore_https_errors=True)
        agent = await person(Agent, house, browser, ignore_https_errors=True)
        customer = await person(Customer, house, browser, ignore_https_errors=True)
        await enrolled_with_passkey(officer, house.officers_link)
        invited = await house.typed("agent", "invite", "alice", "--name=Alice", "--number=A-1", "--team=Help")
        agents = await enrolled_with_passkey(agent, invited["url"])
        (tmp_path / "customers.csv").write_text(CUSTOMERS)
        await house.typed("customer", "import", str(tmp_path / "customers.csv"))
        given = await house.typed("customer", "enrol", "K-7")
        customers = await enrolled(customer, given["url"], staff=False)
        await house.typed("case", "open", "C-7", "--customer=K-7", "--reason=Locked out", "--agent=alice")
        await the_next_code(after=step())
        await signed_in_by_passkey(officer)
        await signed_in(agent, "agent", "alice", agents)
        await share_and_stop(agent, customer, lambda: code(customers))
        for someone in (officer, agent, customer):
            assert not someone.complaints
            await someone.context.close()
    verified = await house.instance.said(
        "audit", "verify", str(house.instance.data / "log"), f"--key={house.ready['verifier_key']}"
    )
    assert verified.code == 0, verified.out


async def share_and_stop(agent: Agent, customer: Customer, code_now: Callable[[], str]) -> None:
    link, _spoken = await agent.open_session("C-7")
    assert link.startswith(f"{agent.server.url}/join#")
    await agent.page.click(
        "#board button:has-text('Confirm with my passkey')"
    )  # before that there is no badge
    await agent.page.wait_for_selector("#board button:has-text('Confirm')", state="detached")
    await pattern_tab(customer.context)
    await introduced(agent, customer, link)
    await customer.type_code(code_now())
    await customer.page.wait_for_selector("#consent-wording")
    await customer.consent()
    await customer.share()
    await agent.watch()
    await agent.sees_pattern()
    stopped_at = await customer.press(".share-bar .button-stop")
    assert await agent.dark_after(stopped_at) < 1_000
    await agent.ended_with("stopped")
