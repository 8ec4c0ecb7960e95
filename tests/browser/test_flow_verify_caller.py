"""On the telephone: an agent asks for a verification alone, the customer proves who they are, nobody shows anything."""

import pytest

from tests.browser.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_caller_is_verified_while_both_talk_and_both_pages_say_so(stage: Stage) -> None:
    agent, customer = stage.agent, stage.customer
    await agent.arrive()
    await agent.page.click(f"a:has-text('{stage.reference}')")
    await agent.page.click("button:has-text('Verify this caller')")
    await agent.page.wait_for_selector("#invite-link")
    await customer.type_join_code("".join((await agent.page.inner_text(".spoken-code")).split()))
    assert "Aiko Mori" in await customer.page.inner_text(".badge")
    assert "The picture" not in await customer.page.inner_text("#screen")
    await agent.page.wait_for_selector("#board .introduction")
    await customer.accept_badge()
    await agent.page.wait_for_selector("#board:has-text('Never ask for the code')")
    assert await agent.page.is_hidden("#stage")
    await customer.type_code()
    await agent.page.wait_for_selector("#board:has-text('This is the customer of this case')")
    assert "V1" in await agent.page.inner_text("#board")
    await customer.page.wait_for_selector("#screen h1:has-text('You have proved who you are')")
    await agent.page.click("#board button:has-text('The conversation is over')")
    await agent.page.click("dialog button:has-text('End')")
    await agent.page.wait_for_selector(".ended-card:has-text('The customer was verified: V1')")
    await customer.page.wait_for_selector("#screen h1:has-text('Finished')")
    assert "go on talking there" in await customer.page.inner_text("#screen")
    assert "Nothing of your screen was shown." in await customer.page.inner_text("#screen")
    await customer.page.goto(f"{stage.server.url}/demo/outbox")
    await customer.page.wait_for_selector("h1:has-text('Mails and webhooks')")
    assert agent.complaints == []
