"""Lifting a block takes two officers where that was chosen or they work together: asked with a reason, approved by
another, overtaken by a new block."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from audit.event import EventName, Outcome
from server.demo import ORGANISATION
from server.flag_settings import FlagSettings
from server.settings import Settings
from support.identity import StaffId
from tests.protocol.administration_ways import add_officer
from tests.protocol.server_people import Answered, Browser
from tests.protocol.server_stand import Stand, stand
from tests.protocol.staff_passkey_people import staff_id

BY_TWO = Settings(organisation=ORGANISATION, flags=FlagSettings(lift_by_two=True))
WHY = "It was agreed work"


@dataclass(slots=True)
class Office:
    server: Stand
    agent: StaffId
    first: Browser  # an administrator
    second: Browser

    async def blocked_until(self) -> int | None:
        found = await self.server.foundation.stores.staff.find(self.agent)
        assert found is not None
        return found.blocked_until_ms

    async def block(self, minutes: int = 60) -> None:
        path = f"/security/staff/{self.agent}/block"
        assert (await self.first.ask("POST", path, {"minutes": minutes})).status == 204

    async def ask(self) -> Answered:
        return await self.first.ask("POST", f"/security/staff/{self.agent}/unblock", {"reason": WHY})

    async def waiting(self, officer: Browser) -> list[dict[str, Any]]:
        answer = await officer.ask("GET", "/security/block-lifts")
        assert answer.status == 200
        found: list[dict[str, Any]] = answer.body
        return found

    async def asked(self) -> str:
        await self.block()
        answer = await self.ask()
        assert (answer.status, answer.body) == (200, {"lifted": False})
        (lift,) = await self.waiting(self.second)
        return str(lift["id"])

    async def approve(self, officer: Browser, lift: str) -> Answered:
        return await officer.ask("POST", f"/security/block-lifts/{lift}/approve")

    async def told(self) -> list[tuple[str, Outcome]]:
        return [(e.name.value, e.outcome) for e in await self.server.events() if ":lift:" in e.name]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(stand(tmp_path, settings=BY_TWO))
        await add_officer(server, "officer2", "S-013")
        first, second = [await stack.enter_async_context(Browser(server)) for _ in range(2)]
        await first.sign_in("officer", "security")
        await second.sign_in("officer2", "security")
        yield Office(server, await staff_id(server, "agent"), first, second)


async def test_one_asks_another_approves_and_only_then_the_block_is_lifted(office: Office) -> None:
    lift = await office.asked()
    assert await office.blocked_until() is not None
    (mine,), (theirs,) = await office.waiting(office.first), await office.waiting(office.second)
    assert (mine["mine"], theirs["mine"], theirs["reason"]) == ("twice", None, WHY)
    assert (theirs["subject"]["number"], theirs["requested_by"]["number"]) == ("A-104", "S-012")
    refused = await office.approve(office.first, lift)
    assert (refused.status, refused.body["code"]) == (409, "lift_twice")
    assert await office.blocked_until() is not None
    assert (await office.approve(office.second, lift)).status == 204
    assert await office.blocked_until() is None
    assert await office.waiting(office.second) == []
    again = await office.approve(office.second, lift)
    assert (again.status, again.body["code"]) == (409, "lift_not_open")
    told = await office.told()
    assert told == [
        ("officer:lift:requested", Outcome.INTENT),
        ("officer:lift:requested", Outcome.DONE),
        ("officer:lift:approved", Outcome.REFUSED),
        ("officer:lift:approved", Outcome.INTENT),
        ("officer:lift:approved", Outcome.DONE),
        ("officer:lift:approved", Outcome.REFUSED),
    ]
    enabled = await office.server.recorded(EventName.OFFICER_STAFF_ENABLED)
    assert enabled[0].facts == {"staff": office.agent, "reason": WHY}


async def test_of_two_who_approve_at_once_one_does(office: Office) -> None:
    await add_officer(office.server, "officer3", "S-014")
    lift = await office.asked()
    async with Browser(office.server) as third:
        await third.sign_in("officer3", "security")
        answers = await asyncio.gather(*(office.approve(one, lift) for one in (office.second, third)))
    assert sorted(answer.status for answer in answers) == [204, 409]


async def test_a_new_block_ends_the_question_and_so_does_any_officer_who_refuses(office: Office) -> None:
    lift = await office.asked()
    await office.block(120)
    assert await office.waiting(office.second) == []
    assert (await office.approve(office.second, lift)).status == 409
    assert await office.blocked_until() is not None
    again = await office.asked()
    assert (await office.second.ask("POST", f"/security/block-lifts/{again}/refuse")).status == 204
    assert (await office.approve(office.second, again)).status == 409
    assert await office.blocked_until() is not None


async def test_who_asked_and_was_blocked_since_has_asked_nothing(office: Office) -> None:
    lift = await office.asked()
    asker = await staff_id(office.server, "officer")
    stores, now = office.server.foundation.stores, office.server.clock.now_ms()
    await stores.staff.block(asker, now + 60_000)
    await stores.staff.block(asker, None)
    assert (await office.approve(office.second, lift)).status == 409
    assert await office.blocked_until() is not None


async def test_without_the_setting_one_officer_lifts_it_but_not_that_of_a_team_mate(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, Browser(server) as admin, Browser(server) as second:
        await add_officer(server, "officer2", "S-013")
        await admin.sign_in("officer", "security")
        await second.sign_in("officer2", "security")
        office = Office(server, await staff_id(server, "agent"), admin, second)
        await office.block()
        assert (await office.ask()).body == {"lifted": True}
        assert await office.blocked_until() is None
        await moved_to_security(server, office.agent)
        lift = await office.asked()
        refused = await office.approve(second, lift)
        assert (refused.status, refused.body["code"]) == (409, "lift_team")
        assert await office.blocked_until() is not None


async def moved_to_security(server: Stand, agent: StaffId) -> None:
    stores = server.foundation.stores
    found = await stores.staff.find(agent)
    assert found is not None
    assert await stores.staff.change(found, role=found.role, team="Security")


async def test_agents_know_nothing_of_it_and_without_the_log_nothing_is_asked_or_given(
    office: Office,
) -> None:
    lift = await office.asked()
    async with Browser(office.server) as agent:
        await agent.sign_in("agent2")
        for method, path in (("GET", ""), ("POST", f"/{lift}/approve"), ("POST", f"/{lift}/refuse")):
            assert (await agent.ask(method, f"/security/block-lifts{path}")).status in {401, 403, 404}
    office.server.disk.full = True
    assert (await office.approve(office.second, lift)).status == 503
    assert await office.blocked_until() is not None


async def test_a_short_block_shortens_no_longer_one(office: Office) -> None:
    """Else any officer could lift a block by blocking for a minute."""
    await office.block(60)
    until = await office.blocked_until()
    assert until is not None
    for officer in (office.first, office.second):
        path = f"/security/staff/{office.agent}/block"
        assert (await officer.ask("POST", path, {"minutes": 1})).status == 204
    assert await office.blocked_until() == until


async def test_who_is_blocked_is_not_moved_to_where_one_officer_is_enough(office: Office) -> None:
    await office.block()
    path, body = f"/security/staff/{office.agent}/change", {"role": "agent", "team": "Elsewhere"}
    refused = await office.first.ask("POST", path, body)
    assert (refused.status, refused.body["code"]) == (409, "blocked_stays")
    found = await office.server.foundation.stores.staff.find(office.agent)
    assert found is not None
    assert found.team == "Customer help"
