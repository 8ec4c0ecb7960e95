"""A code that was used once is tried again in another session: refused, and an officer is told why."""

import pytest

from tests.browser.actors import Customer, Officer, code_of, person
from tests.browser.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_used_code_in_another_session_is_refused_and_flagged(stage: Stage) -> None:
    code = code_of(stage.server.ready["customer"]["totp_secret"])
    await stage.agent.arrive()
    link, _code = await stage.agent.open_session(stage.reference)
    await stage.customer.open_link(link)
    await stage.customer.accept_badge()
    await stage.customer.type_code(code)
    await stage.customer.page.wait_for_selector("#consent-wording")
    await stage.customer.page.click("#screen .button-decline")
    await stage.agent.page.wait_for_selector(".ended-card")

    officer = await stage.officer()
    await stage.agent.page.goto(f"{stage.server.url}/agent")
    link, _code = await stage.agent.open_session(stage.reference)
    other = await person(Customer, stage.server, stage.browser)
    await other.open_link(link)
    await other.accept_badge()
    await other.type_code(code)
    await other.page.wait_for_selector("#code-error:has-text('not')")
    assert await other.page.is_visible("#code")

    await officer.page.wait_for_selector("#flags .flag-sentence:has-text('used code')")
    answer = await officer.api("GET", "/security/log?limit=200")
    recorded = [(entry["name"], entry["outcome"]) for entry in answer["body"]["entries"]]
    assert ("customer:code:replayed", "refused") in recorded
    assert ("system:flag:raised", "done") in recorded
    assert code not in str(answer["body"])
    await flag_names_and_leads(officer, stage.reference, stage.agent.session)


async def flag_names_and_leads(officer: Officer, reference: str, session: str) -> None:
    """It says whom it concerns, and its link shows the entries of that session and no other."""
    flag = await officer.page.inner_text("#flags .flag")
    assert "Aiko Mori (A-104" in flag
    assert reference in flag
    await officer.page.click("#flags .flag a")
    await officer.page.wait_for_selector("#entries code:text-is('customer:code:replayed')")
    assert set(await officer.page.locator("#entries a.identifier").all_inner_texts()) == {session}
