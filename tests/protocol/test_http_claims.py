"""An invitation lets exactly one browser in, and only if that could be recorded; a failed try costs nothing."""

import asyncio

import pytest
from sqlalchemy import text

from audit.event import EventName, Outcome
from session.identity import SessionId
from tests.protocol.server_people import Browser, Customer
from tests.protocol.server_stand import Stand


async def run(server: Stand, statement: str) -> None:
    async with server.foundation.database.writing() as connection:
        await connection.execute(text(statement))


async def fail_writes(server: Stand, table: str, when: str) -> None:
    """The database refuses this from now on, as a broken one would."""
    await run(
        server, f"CREATE TRIGGER broken BEFORE {when} ON {table} BEGIN SELECT RAISE(FAIL, 'broken'); END"
    )


async def mend_writes(server: Stand) -> None:
    await run(server, "DROP TRIGGER broken")


@pytest.mark.parametrize(
    ("table", "when"), [("customer_cookies", "INSERT"), ("invitations", "UPDATE"), ("sessions", "UPDATE")]
)
async def test_a_claim_that_could_not_be_written_may_be_tried_again(
    server: Stand, agent: Browser, table: str, when: str
) -> None:
    opened = await agent.open_session()
    async with Customer(server) as customer:
        await fail_writes(server, table, when)
        assert (await customer.claim(opened["invitation"])).status >= 500
        await mend_writes(server)
        assert (await customer.claim(opened["invitation"])).status == 201
        assert (await customer.ask("GET", "/customer/session")).body["state"] == "joined"


async def test_of_many_browsers_one_is_let_in(server: Stand, agent: Browser) -> None:
    opened = await agent.open_session()
    async with asyncio.TaskGroup() as group:
        tries = [group.create_task(claimed(server, opened, by_code=bool(n % 2))) for n in range(8)]
    assert sorted(done.result() for done in tries) == [201] + [404] * 7
    entries = [
        event for event in await server.events() if event.name is EventName.CUSTOMER_INVITATION_CLAIMED
    ]
    assert [event.outcome for event in entries] == [Outcome.INTENT, Outcome.DONE]


async def claimed(server: Stand, opened: dict[str, dict[str, str]], *, by_code: bool) -> int:
    async with Customer(server) as customer:
        status = (await customer.claim(opened["invitation"], by_code=by_code)).status
        seen = (await customer.ask("GET", "/customer/session")).status
        assert seen == (200 if status == 201 else 401)
        return status


async def test_the_invitation_of_an_ended_session_is_like_none(server: Stand, agent: Browser) -> None:
    opened = await agent.open_session()
    await agent.ask("POST", f"/sessions/{opened['session']}/end")
    async with Customer(server) as customer:
        ended = await customer.claim(opened["invitation"])
        unknown = await customer.claim({"link": "/join#" + "A" * 22})
        assert (ended.status, ended.body) == (unknown.status, unknown.body) == (404, unknown.body)


async def test_an_invitation_is_withdrawn_when_its_session_ends(server: Stand, agent: Browser) -> None:
    opened = await agent.open_session()
    before = await server.foundation.stores.invitations.find(SessionId(opened["session"]))
    await agent.ask("POST", f"/sessions/{opened['session']}/end")
    async with asyncio.timeout(10):
        while (
            after := await server.foundation.stores.invitations.find(SessionId(opened["session"]))
        ) == before:
            continue
    assert before is not None
    assert after is not None
    assert after.expires_at < before.expires_at


async def test_a_browser_that_is_in_a_session_is_told_so_and_may_come_back_later(
    server: Stand, agent: Browser
) -> None:
    first = await agent.open_session("C-2041")
    async with Browser(server) as other, Customer(server) as customer:
        await other.sign_in("agent2")
        second = await other.open_session("C-2056")
        assert (await customer.claim(first["invitation"])).status == 201
        for _ in range(2):
            refused = await customer.claim(second["invitation"])
            assert (refused.status, refused.body["code"]) == (409, "already_in_session")
        assert (await customer.ask("GET", "/customer/session")).body["session"] == first["session"]
        await agent.ask("POST", f"/sessions/{first['session']}/end")
        assert (await customer.claim(second["invitation"])).status == 201
    refusals = [event.name for event in await server.events()]
    assert EventName.CUSTOMER_INVITATION_REFUSED not in refusals, "nobody guessed"
