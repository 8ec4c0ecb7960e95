"""Which keys a page makes, whatever a server tells it: pages are honest here, messages and views are not."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.pages_stage import PagesStage, set_up

pytestmark = pytest.mark.asyncio(loop_scope="session")
# A customer's page and an agent's in one: `agree` is what both make of an honest way between them.
PAGES = """
const { openDeviceKey } = await import('/static/protocol/device_key.js');
const { AgentKeys, CustomerKeys } = await import('/static/media/picture_keys.js');
const device = await openDeviceKey('agent'), own = await openDeviceKey();
const badge = { document: JSON.stringify({ device_key: device.publicJwk, number: 'A-1' }), signature: '' };
const view = { session: 'ses_' + crypto.randomUUID(), case_reference: 'C-1', agent: { number: 'A-1' }, badge,
               exchange: { transcript: '' } };
const told = { customer: view, agent: view };
const customer = new CustomerKeys({ view: () => told.customer, deviceKey: () => own,
                                    agentDevice: async () => device.publicJwk });
const agent = new AgentKeys({ view: () => told.agent, deviceKey: async () => device });
const outcome = (promise) => promise.then((found) => found && found.compared, (error) => error.reason ?? error.constructor.name);
"""


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[PagesStage]:
    async with set_up(browser) as made:
        await made.page.goto(f"{made.url}/problem")
        yield made


async def test_keys_for_an_offer_that_is_over_are_left_alone_and_are_no_attack(stage: PagesStage) -> None:
    """They were on the way while the customer's page connected anew."""
    found = await stage.run(
        PAGES
        + """
        const first = await customer.offer();
        const late = await agent.answer(first, own.publicJwk);
        const second = await customer.offer();
        const stale = await outcome(customer.agree(late.share, first.key));
        const { share } = await agent.answer(second, own.publicJwk);
        const swapped = await outcome(customer.agree(late.share, second.key));
        return { stale, swapped, fresh: await outcome(customer.agree(share, second.key)) };"""
    )
    assert found == {"stale": None, "swapped": "KeyShareRefused", "fresh": False}
