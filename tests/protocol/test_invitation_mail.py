"""An invitation by mail: queued once, to the record's own addresses, and never later than it holds."""

import json
import re
from pathlib import Path
from typing import Any

from audit.event import EventName, Outcome
from server.outbox.message import MAIL_LIFE_MS, Standing, mail_of
from server.storage.outbox import Kept
from session.identity import SessionId
from session.model import INVITATION_LIFE_MS
from support.identity import CaseId
from tests.protocol.server_people import Answered, Browser, Customer
from tests.protocol.server_stand import Stand, stand

E = EventName


def token_of(opened: dict[str, Any]) -> str:
    return str(opened["invitation"]["link"].partition("#")[2])


async def mail(agent: Browser, opened: dict[str, Any], token: str | None = None) -> Answered:
    body = {"token": token or token_of(opened)}
    return await agent.ask("POST", f"/sessions/{opened['session']}/invitation/mail", body)


async def mails(server: Stand) -> list[Kept]:
    return [
        one
        for one in await server.foundation.stores.outbox.latest(readable=True)
        if one.message.about == "invitation"
    ]


async def test_the_mail_names_the_agent_and_its_link_lets_the_customer_in(
    server: Stand, agent: Browser
) -> None:
    opened = await agent.open_session()
    sent = await mail(agent, opened)
    assert sent.status == 204, sent.body
    (kept,) = await mails(server)
    written = mail_of(kept.message.body)
    assert written.to == "haruto.sato@example.com"
    assert "Aiko Mori" in written.subject
    assert all(word in written.text for word in ("A-104", "C-2041", "never ask for a code"))
    assert "If this was you" not in written.text, "that is for what has happened"
    (link,) = re.findall(r"http\S+/join#\S+", written.text)
    async with Customer(server) as customer:
        assert (await customer.claim({"link": link})).status == 201
    assert kept.message.last_at_ms - kept.message.created_at_ms <= INVITATION_LIFE_MS < MAIL_LIFE_MS
    told = [event for event in await server.events() if event.name is E.AGENT_INVITATION_MAILED]
    assert [event.outcome for event in told] == [Outcome.INTENT, Outcome.DONE]
    session = await server.composed.services.conductor.load(SessionId(opened["session"]))
    assert told[0].customer == session.customer
    recorded = json.dumps([dict(event.facts) for event in await server.events()])
    for secret in (token_of(opened), "haruto.sato"):
        assert secret not in recorded + server.written.getvalue()


async def test_it_is_sent_once_and_only_with_the_invitation_of_this_session(
    server: Stand, agent: Browser
) -> None:
    opened = await agent.open_session()
    wrong = await mail(agent, opened, "A" * 22)
    assert (wrong.status, wrong.body["code"]) == (422, "does_not_fit")
    assert (await mail(agent, opened)).status == 204
    again = await mail(agent, opened)
    assert (again.status, again.body["code"]) == (409, "already_mailed")
    assert len(await mails(server)) == 1
    async with Browser(server) as other:
        await other.sign_in("agent2")
        assert (await mail(other, opened)).status == 404


async def test_one_that_was_claimed_or_is_over_is_not_sent(server: Stand, agent: Browser) -> None:
    opened = await agent.open_session()
    async with Customer(server) as customer:
        await customer.claim(opened["invitation"])
        late = await mail(agent, opened)
    assert (late.status, late.body["code"]) == (409, "invitation_over")
    await agent.ask("POST", f"/sessions/{opened['session']}/end")
    second = await agent.open_session()
    server.clock.shift_ms += INVITATION_LIFE_MS
    late = await mail(agent, second)
    assert (late.status, late.body["code"]) == (409, "invitation_over")
    assert await mails(server) == []


async def test_a_mail_that_could_not_be_sent_in_time_never_is(server: Stand, agent: Browser) -> None:
    opened = await agent.open_session()
    assert (await mail(agent, opened)).status == 204
    store = server.foundation.stores.outbox
    (kept,) = await mails(server)
    late = kept.message.last_at_ms
    assert all(due.message.id != kept.message.id for due in await store.due(late, 50))
    if kept.standing is Standing.WAITING:  # the demo's own delivery may have shown it by now
        assert [one.message.id for one in await store.overdue(late)] == [kept.message.id]


async def test_a_customer_gets_five_an_hour_at_most(server: Stand, agent: Browser) -> None:
    for number in range(6):
        opened = await agent.open_session()
        sent = await mail(agent, opened)
        assert sent.status == (204 if number < 5 else 429), (number, sent.body)
        await agent.ask("POST", f"/sessions/{opened['session']}/end")
    assert len(await mails(server)) == 5


async def test_where_no_mails_are_sent_it_says_so(tmp_path: Path) -> None:
    async with stand(tmp_path, demo=False) as server, Browser(server) as agent:
        await agent.sign_in("agent")
        sent = await mail(agent, await agent.open_session())
        assert (sent.status, sent.body["code"]) == (409, "no_mail")


async def test_where_the_case_lives_no_more_none_is_sent(server: Stand, agent: Browser) -> None:
    opened = await agent.open_session()
    assert await server.foundation.stores.case_roll.close(CaseId(await server.case_of("C-2041")))
    late = await mail(agent, opened)
    assert (late.status, late.body["code"]) == (409, "case_not_live")
    assert await mails(server) == []
