"""A bribed insider browses customers whom nobody asked them to help, at the real console, until they are stopped; what
officer and customers see of it, and how an officer undoes it."""

import json
import secrets
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.actors import Agent, Officer, Person, person
from tests.browser.axe import violations
from tests.browser.stage import Stage, set_up
from tests.forked import forked

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]
EXCUSE = "The customer asked me to have a quick look"
FOUND = "They could not say why"
WHY_LIFTED = "Aiko was checking an alert for the fraud team; ticket F-118"
STOPPED_WITHIN = (
    8  # addresses: three overrides and seven of these make ten attempts, and one more may be under way
)


async def override(agent: Agent, reference: str) -> None:
    """By the form, as its page offers it to everybody."""
    page = agent.page
    await page.goto(f"{agent.server.url}/agent")
    await page.fill("#override-customer", reference)
    await page.fill("#override-reason", EXCUSE)
    await page.click("#override button[type=submit]")
    await page.click("dialog[open] button[value=yes]")


async def browse(agent: Agent) -> int:
    """One's own case, three overrides, two cases by a reference, and then whatever the address bar gives. How many
    addresses were tried before the server let this person in no more."""
    page, url = agent.page, agent.server.url
    await page.click("#cases a:has-text('C-2041')")
    await page.wait_for_selector("#about-customer")
    for reference in ("K-30518", "K-30877", "K-31204"):
        await override(agent, reference)
        await page.wait_for_url(f"{url}/agent/cases/*")
        await page.wait_for_selector("#about-customer")
        await page.locator(".fact button").first.click()
    for reference in ("K-30877", "K-31204"):
        await page.goto(f"{url}/agent")
        await page.fill("#own-case-customer", reference)
        await page.fill("#own-case-reason", "They called")
        await page.click("#own-case button[type=submit]")
        await page.wait_for_selector(f"#cases td:has-text('{reference}')")
    await override(agent, "K-31204")
    await page.wait_for_selector("#override [role=alert]:not([hidden])")
    for tried in range(STOPPED_WITHIN + 1):
        await page.goto(f"{url}/agent/cases/cas_{secrets.token_urlsafe(16)}")
        await page.wait_for_selector("#case .notice-danger, input[name=password]")
        if await page.locator("input[name=password]").count():
            return tried
    raise AssertionError("nobody stopped them")


async def sees_why(officer: Officer) -> None:
    """In a sentence whose figures the entries behind it bear out."""
    page = officer.page
    await page.wait_for_selector("#flags .flag:has(.pill-bad)")
    stopped = page.locator("#flags .flag", has=page.locator(".pill-bad"))
    sentence = await stopped.locator(".flag-sentence").inner_text()
    assert "Reached for what is not theirs at 10 of" in sentence
    assert "Aiko Mori (A-104, Customer help)" in await stopped.inner_text()
    assert await page.locator("#flags .flag:has-text('without a live case, for 5 minutes')").count() == 3
    assert await violations(page) == []
    await stopped.locator("a:has-text('What this person did')").click()
    await page.wait_for_selector("#entries code:text-is('agent:case:refused')")
    assert await page.locator("#entries tr:has(code:text-is('agent:case:refused'))").count() == 7
    opened = page.locator("#entries tr:has(code:text-is('agent:case:overridden'))")
    assert await opened.locator(".pill-good").count() == 3
    assert await page.locator("#entries .acting:has-text('A-104')").count() > 10


async def lift(officer: Officer) -> None:
    page = officer.page
    await page.goto(f"{officer.server.url}/security/staff")
    row = page.locator("#staff tr", has_text="A-104")
    await row.locator(".pill-bad").wait_for()
    await row.locator("button:has-text('Lift')").click()
    await page.fill("#lift-reason", WHY_LIFTED)
    await page.keyboard.press("Enter")
    await row.locator(".pill-good").wait_for()


async def judges(officer: Officer) -> None:
    """Right or not, with what was found; the figures of the detector follow, and the officer keeps their place."""
    page = officer.page
    await page.goto(f"{officer.server.url}/security")
    stopped = page.locator("#flags .flag", has_text="Reached for what is not theirs at 10 of")
    await stopped.locator("button:has-text('It was right')").click()
    assert await violations(page) == []
    await page.fill("#judge-reason", FOUND)
    await page.keyboard.press("Enter")
    await stopped.locator(f"p:has-text('{FOUND}')").wait_for()
    assert "Chie Tanaka (S-012)" in await stopped.inner_text()
    await page.wait_for_selector("#standing tr:has(code:text-is('refused_access')):has-text('100 %')")
    assert await violations(page) == []


async def reads_notice(owner: Person, reference: str) -> None:
    """On their own page, after coming from the organisation's site."""
    page, url = owner.page, owner.server.url
    answer = await page.context.request.post(
        f"{url}/api/v1/demo/handoffs", data={"customer": reference}, headers={"Origin": url}
    )
    await page.goto((await answer.json())["url"])
    await page.click("#screen .button-main")
    await page.wait_for_selector("#screen .notice:has-text('although no case of yours was open')")
    await page.click("a[href='#looks']")
    await page.wait_for_selector(".look")
    assert "Aiko Mori (A-104), Customer help" in await page.inner_text(".looks")


async def all_of_it_is_on_record(stage: Stage) -> None:
    """The flags with what followed, the block, and who undid it and why."""
    record = await stage.record()
    raised = [one["facts"] for one in record if one["name"] == "system:flag:raised"]
    assert [(one["detector"], one["action"]) for one in raised] == [
        *[("overridden", "flag")] * 3,
        ("refused_access", "flag"),
        ("refused_access", "block"),
    ]
    enforced = [one for one in record if one["name"] == "system:block:enforced"]
    assert [one["facts"]["staff"] for one in enforced] == [raised[-1]["target"]]
    lifted = [one for one in record if one["name"] == "officer:staff:enabled"]
    assert [one["outcome"] for one in lifted] == ["intent", "done"]
    assert lifted[0]["facts"] == {"staff": raised[-1]["target"], "reason": WHY_LIFTED}
    judged = [one for one in record if one["name"] == "officer:flag:confirmed"]
    assert [one["outcome"] for one in judged] == ["intent", "done"]
    assert (judged[0]["facts"]["detector"], judged[0]["facts"]["reason"]) == ("refused_access", FOUND)
    named = {one["index"]: one for one in record}
    rests_on = [named[int(index)] for index in str(raised[-1]["entries"]).split()]
    assert len(rests_on) == 10
    assert {one["actor"]["id"] for one in rests_on} == {raised[-1]["target"]}


async def test_an_insider_is_stopped_and_everybody_sees_what_they_should(
    browser: Browser, tmp_path: Path
) -> None:
    async with set_up(browser, tmp_path, TACHIAI_CASES__OVERRIDE_MINUTES="5") as stage:
        agent, officer = stage.agent, await stage.officer()
        await agent.arrive()
        assert await browse(agent) <= STOPPED_WITHIN
        await sees_why(officer)
        assert (await agent.page.context.request.get(f"{stage.server.url}/api/v1/cases")).status == 401
        await judges(officer)
        await lift(officer)
        owner = await person(Person, stage.server, browser)
        await reads_notice(owner, "K-30877")
        await all_of_it_is_on_record(stage)
        assert not [*officer.complaints, *owner.complaints]


async def marked(stage: Stage, reference: str) -> None:
    """By the operator's command, while the server runs."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(stage.folder), "TACHIAI_DATA": str(stage.server.data)}
    process = await forked("canary", "add", reference, "--json", environment=environment)
    out, err = await process.communicate()
    assert (process.returncode, json.loads(out)["reference"]) == (0, reference), err


async def case_by_reference(agent: Agent, reference: str) -> str:
    """What the page shows of it: the row of the list, in which nothing but the reference differs."""
    page = agent.page
    await page.goto(f"{agent.server.url}/agent")
    await page.fill("#own-case-customer", reference)
    await page.fill("#own-case-reason", "They called")
    await page.click("#own-case button[type=submit]")
    row = page.locator("#cases tr", has=page.locator(f"td:text-is('{reference}')")).first
    cells = [await cell.inner_text() for cell in await row.locator("td").all()]
    return " | ".join(cells[1:]).replace(reference, "…")


async def test_one_look_up_of_a_canary_is_enough_and_shows_what_any_other_shows(
    browser: Browser, tmp_path: Path
) -> None:
    async with set_up(browser, tmp_path) as stage:
        agent, officer = stage.agent, await stage.officer()
        await agent.arrive()
        await marked(stage, "K-30877")
        shown = [await case_by_reference(agent, reference) for reference in ("K-31204", "K-30877")]
        assert shown[0] == shown[1]
        await officer.page.wait_for_selector("#flags .flag-sentence:has-text('canary customer')")
        assert "Aiko Mori (A-104" in await officer.page.inner_text("#flags .flag")
        assert await violations(officer.page) == []
        await agent.page.wait_for_selector("input[name=password]")  # the page leaves by itself
        assert "canar" not in (await agent.page.inner_text("body")).lower()
        record = [one["name"] for one in await stage.record()]
        assert record.index("operator:canary:added") < record.index("system:flag:raised")
        assert "system:block:enforced" in record
        assert not officer.complaints
