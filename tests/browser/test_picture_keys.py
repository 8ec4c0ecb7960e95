"""Which keys a page makes, whatever a server tells it: pages are honest here, messages and views are not."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.pages_stage import PagesStage, set_up

pytestmark = pytest.mark.asyncio(loop_scope="session")
# A customer's page and an agent's in one, and what the server tells each of them.
PAGES = """
const { openDeviceKey } = await import('/static/protocol/device_key.js');
const { keepIntroduced } = await import('/static/protocol/introduced.js');
const { AgentKeys, CustomerKeys } = await import('/static/media/picture_keys.js');
const device = await openDeviceKey('agent'), own = await openDeviceKey();
const documentOf = (number) => JSON.stringify({ device_key: device.publicJwk, number });
const badge = { document: documentOf('A-1'), signature: '' };
const view = { session: 'ses_' + crypto.randomUUID(), case_reference: 'C-1', agent: { number: 'A-1' }, badge,
               exchange: { transcript: '' } };
const told = { customer: view, agent: view };
const found = { failed: false, unable: false, agentDevice: async () => device.publicJwk, ownKey: async () => device };
const customer = new CustomerKeys({ view: () => told.customer, deviceKey: () => own, introduction: () => found });
const agent = new AgentKeys({ view: () => told.agent, introduction: () => found });
const outcome = (promise) => promise.then(
  (agreed) => agreed && (agreed.compared ?? 'made'), (error) => error.reason ?? error.constructor.name);
const secretOf = (byte) => crypto.subtle.importKey(
  'raw', new Uint8Array(32).fill(byte), 'HKDF', false, ['deriveBits']);
const compared = async () => {
  const common = { badge: badge.document, transcript: 'T', secret: await secretOf(7) };
  await keepIntroduced('customer', view, { ...common, device: device.publicJwk });
  await keepIntroduced('agent', view, { ...common, device: own.publicJwk });
};
const after = { ...view, exchange: { transcript: 'T' } };
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


async def test_what_words_vouched_for_is_used_whenever_it_is_known(stage: PagesStage) -> None:
    found = await stage.run(
        PAGES
        + """
        await compared();
        told.customer = told.agent = after;
        const offer = await customer.offer();
        const answer = await agent.answer(offer, 'a device that the server made up');
        return [answer.compared, await outcome(customer.agree(answer.share, offer.key))];"""
    )
    assert found == [True, True]


async def test_no_server_talks_a_page_out_of_the_words_that_it_compared(stage: PagesStage) -> None:
    """No transcript, another agent's number, another badge, another comparison: nothing but another click of the
    person before the page makes it go on with less, or with somebody else."""
    found = await stage.run(
        PAGES
        + """
        const offer = await customer.offer();
        await compared();
        const lies = [
          view,
          { ...view, agent: { number: 'A-2' } },
          { ...view, agent: { number: 'A-2' }, badge: { ...badge, document: documentOf('A-2') } },
          { ...after, badge: { ...badge, document: documentOf('A-2') } },
          { ...after, exchange: { transcript: 'U' } },
        ];
        const outcomes = new Set();
        for (const lie of lies) {
          told.customer = told.agent = lie;
          outcomes.add(await outcome(customer.offer()));
          outcomes.add(await outcome(agent.answer(offer, own.publicJwk)));
        }
        return [...outcomes];"""
    )
    assert found == ["distrusted"]


async def test_keys_are_made_for_the_badge_that_was_accepted_and_no_other(stage: PagesStage) -> None:
    found = await stage.run(
        PAGES
        + """
        const accepted = { badge: badge.document, transcript: '', secret: null, device: device.publicJwk };
        await keepIntroduced('customer', view, accepted);
        const same = await outcome(customer.offer());
        told.customer = { ...view, agent: { number: 'A-2' }, badge: { ...badge, document: documentOf('A-2') } };
        return [same, await outcome(customer.offer())];"""
    )
    assert found == ["made", "distrusted"]


async def test_a_page_that_does_not_know_or_found_somebody_between_makes_no_keys(stage: PagesStage) -> None:
    found = await stage.run(
        PAGES
        + """
        const offer = await customer.offer();
        const outcomes = [];
        told.customer = told.agent = after;
        outcomes.push(await outcome(customer.offer()), await outcome(agent.answer(offer, own.publicJwk)));
        found.failed = true;
        outcomes.push(await outcome(customer.offer()), await outcome(agent.answer(offer, own.publicJwk)));
        Object.assign(found, { failed: false, unable: true, agentDevice: async () => '' });
        told.customer = view;
        outcomes.push(await outcome(customer.offer()));
        found.unable = false;
        outcomes.push(await outcome(customer.offer()));
        return outcomes;"""
    )
    assert found == ["lost", "lost", "distrusted", "distrusted", "unsigned", "badge"]
