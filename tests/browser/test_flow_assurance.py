"""An agent asks for a fresh proof in the middle of a share: two browsers, the real server and gate, a real picture."""

import pytest

from tests.browser.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_fresh_proof_ends_the_picture_first_and_the_customer_shows_again_by_a_new_yes(
    stage: Stage,
) -> None:
    agent, customer = stage.agent, stage.customer
    await stage.share()
    await agent.page.click("#side button:has-text('Ask for a fresh proof')")
    await customer.page.wait_for_selector("#code")
    await agent.sees_dark()  # before a field is there, and as long as it is
    await customer.page.reload()
    await customer.page.wait_for_selector("#code")  # a page loaded anew asks the same, and shows nothing
    await customer.type_fresh_code()
    await customer.page.wait_for_selector("#consent-wording")
    await customer.consent()
    await customer.share()
    await agent.watch()
    await agent.sees_pattern()
    assert not customer.complaints
