"""Two officers and nobody else: who may approve a reset, once, and what comes of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from audit.event import EventName, Outcome
from server.administration.acts import DisableStaff, EnrolCustomer, RequestReset, ResetAsked, ResetCustomer
from server.administration.errors import ActRefused
from support.reset import LIFE_MS
from tests.protocol.administration_ways import Way, add_officer
from tests.protocol.server_people import Answered, Browser
from tests.protocol.server_stand import Stand, stand


@dataclass(slots=True)
class Office:
    """A server with three officers, each signed in, and the way of an operator."""

    stand: Stand
    operator: Way
    officers: list[Browser]

    async def request(self, username: str = "agent") -> ResetAsked:
        desk = "officer" if username.startswith("officer") else "agent"
        return await self.operator.do(RequestReset(username=username, desk=desk))  # type: ignore[arg-type]  # one of two

    async def approve(self, officer: int, asked: ResetAsked) -> Answered:
        return await self.officers[officer].ask("POST", f"/security/approvals/{asked.reset}/approve")

    async def waiting(self, officer: int) -> list[dict[str, Any]]:
        return list((await self.officers[officer].ask("GET", "/security/approvals")).body)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(stand(tmp_path))
        await add_officer(server, "officer2", "S-013")
        await add_officer(server, "officer3", "S-014")
        officers = [await stack.enter_async_context(Browser(server)) for _ in range(3)]
        for browser, username in zip(officers, ("officer", "officer2", "officer3"), strict=True):
            assert (await browser.sign_in(username, "security")).status == 201
        yield Office(server, Way(tmp_path, server), officers)


async def test_two_different_officers_give_one_link_to_the_second(office: Office) -> None:
    asked = await office.request()
    assert asked.approvers == 3
    assert (await office.waiting(0))[0]["subject"]["number"] == "A-104"
    first = await office.approve(0, asked)
    assert (first.status, first.body["url"]) == (200, None)
    second = await office.approve(1, asked)
    assert second.body["url"].startswith(f"{office.stand.url}/enrol#")
    assert await office.waiting(2) == []
    assert (await office.approve(2, asked)).body["code"] == "approval_not_open"
    given = [event for event in await office.stand.events() if event.name is EventName.OFFICER_RESET_APPROVED]
    steps = [event.facts["step"] for event in given if event.outcome is Outcome.INTENT]
    assert steps == ["first", "second"]
    assert len({event.actor.id for event in given if event.outcome is Outcome.INTENT}) == 2
    assert second.body["url"].partition("#")[2] not in str(await office.stand.events())


async def test_what_an_operator_asks_for_a_customer_is_vouched_for_by_two_and_is_no_reset(
    office: Office,
) -> None:
    with pytest.raises(ActRefused, match="customer reset K-30518"):
        await office.operator.do(EnrolCustomer(reference="K-30518"))
    asked = await office.operator.do(ResetCustomer(reference="K-30518"))
    assert (asked.to, asked.approvers) == ("K-30518", 4)  # the demo's supervisor too
    assert await office.waiting(0) == []
    assert (await office.approve(0, asked)).status == 404
    found = (await office.officers[0].ask("GET", "/factor-requests?door=security")).body
    assert [(one["id"], one["phase"], one["vouchers"]) for one in found] == [(asked.reset, "asked", [])]
    assert found[0]["subject"] == {"name": "H••• S•••", "number": "K-30518", "role": "customer"}


async def test_one_officer_is_not_two(office: Office) -> None:
    asked = await office.request()
    await office.approve(0, asked)
    again = await office.approve(0, asked)
    assert (again.status, again.body["code"]) == (409, "approval_twice")
    assert (await office.waiting(0))[0]["mine"] == "twice"
    refused = [event for event in await office.stand.events() if event.outcome is Outcome.REFUSED]
    assert [event.facts["reason"] for event in refused] == ["twice"]


async def test_nobody_approves_their_own(office: Office) -> None:
    asked = await office.request("officer2")
    assert (await office.approve(1, asked)).body["code"] == "approval_own"
    assert (await office.waiting(1))[0]["mine"] == "own"
    assert (await office.approve(0, asked)).status == 200
    assert (await office.approve(2, asked)).body["url"]


async def test_an_approval_of_somebody_who_was_disabled_since_does_not_count(office: Office) -> None:
    asked = await office.request()
    await office.approve(0, asked)
    await office.operator.do(DisableStaff(username="officer", desk="officer"))
    assert (await office.approve(1, asked)).body["url"] is None  # the first one again
    assert (await office.approve(2, asked)).body["url"]


async def test_a_day_later_nothing_is_left_to_approve(office: Office) -> None:
    asked = await office.request()
    await office.approve(0, asked)
    office.stand.clock.shift_ms += LIFE_MS
    await office.officers[1].sign_in("officer2", "security")
    assert (await office.approve(1, asked)).body["code"] == "approval_not_open"
    assert await office.waiting(1) == []


async def test_any_officer_can_refuse_and_that_ends_it(office: Office) -> None:
    asked = await office.request()
    await office.approve(0, asked)
    assert (await office.officers[1].ask("POST", f"/security/approvals/{asked.reset}/refuse")).status == 204
    assert (await office.approve(2, asked)).body["code"] == "approval_not_open"
    assert await office.stand.recorded(EventName.OFFICER_RESET_REFUSED)


async def test_a_new_request_closes_the_one_before(office: Office) -> None:
    before = await office.request()
    await office.approve(0, before)
    after = await office.request()
    assert [waiting["id"] for waiting in await office.waiting(1)] == [after.reset]
    assert (await office.approve(1, before)).body["code"] == "approval_not_open"


async def test_two_second_approvals_at_once_give_one_link(office: Office) -> None:
    asked = await office.request()
    await office.approve(0, asked)
    answers = await asyncio.gather(office.approve(1, asked), office.approve(2, asked))
    assert sorted(answer.status for answer in answers) == [200, 409]
    assert len([answer for answer in answers if answer.body.get("url")]) == 1


async def test_without_the_log_nobody_approves(office: Office) -> None:
    asked = await office.request()
    await office.approve(0, asked)
    office.stand.disk.full = True
    answer = await office.approve(1, asked)
    assert (answer.status, answer.body["code"]) == (503, "not_recorded")
    row = await office.stand.foundation.stores.resets.find(asked.reset)
    assert row is not None
    assert row.second_officer is None


@pytest.mark.parametrize("named", ["x", "rst_", "rst_" + "A" * 22, "cas_" + "A" * 22])
async def test_what_is_not_there_is_not_approved(office: Office, named: str) -> None:
    for act in ("approve", "refuse"):
        answer = await office.officers[0].ask("POST", f"/security/approvals/{named}/{act}")
        assert answer.status == 404
