"""Cases that agents open, over HTTP: what they show, what they tell of a reference, and who makes them cases."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import pytest

from audit.event import EventName, Outcome
from server import provisional_cases
from server.administration.acts import ListCases, ListCustomers
from server.provisional_cases import OPENING
from server.storage.givings import SqlGivings
from support.case_rule import LIVE_FOR_MS
from support.independence import Giving
from support.provisional import STAND_IN
from tests.protocol.administration_ways import Way
from tests.protocol.factor_people import add_supervisor
from tests.protocol.me_people import on_own_page
from tests.protocol.server_people import Answered, Browser, Customer, in_verifying
from tests.protocol.server_stand import Stand, stand
from tests.protocol.staff_passkey_people import staff_id

KNOWN, UNKNOWN = "K-30877", "K-99999"


class Desk(Browser):
    """An agent or a supervisor, at their desk."""

    async def opens(self, customer: str = KNOWN, reason: str = "Asked at the counter") -> Answered:
        return await self.ask("POST", "/provisional-cases", {"customer": customer, "reason": reason})

    async def invites(self, opened: dict[str, Any]) -> dict[str, Any]:
        invited = await self.ask("POST", "/sessions", {"case": opened["id"], "contact": "text"})
        assert invited.status == 201, invited.body
        await self.show_badge(invited.body["session"], opened["reference"])
        return dict(invited.body)

    async def approves(self, case: str) -> Answered:
        return await self.ask("POST", f"/provisional-cases/{case}/approve")

    async def declines(self, case: str) -> Answered:
        return await self.ask("POST", f"/provisional-cases/{case}/decline")

    async def row(self, case: str) -> dict[str, Any]:
        return next(row for row in (await self.ask("GET", "/cases")).body if row["id"] == case)


@pytest.fixture
async def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stand]:
    monkeypatch.setattr(provisional_cases, "ANSWER_AFTER_S", 0.0)
    async with stand(tmp_path) as running:
        yield running


@asynccontextmanager
async def signed_in(server: Stand, *names: str) -> AsyncIterator[list[Desk]]:
    async with AsyncExitStack() as stack:
        desks = [await stack.enter_async_context(Desk(server)) for _ in names]
        for desk, name in zip(desks, names, strict=True):
            assert (await desk.sign_in(name)).status == 201
        yield desks


async def test_a_case_that_an_agent_opened_shows_what_they_typed_and_nothing_that_is_known(
    server: Stand,
) -> None:
    async with signed_in(server, "agent") as (agent,):
        opened = await agent.opens()
        assert opened.status == 201
        case = opened.body["id"]
        row = await agent.row(case)
        assert (row["provisional"], row["live"], row["named"], row["customer_label"]) == (
            True,
            True,
            KNOWN,
            "",
        )
        assert row["until_ms"] == opened.body["until_ms"]
        record = await agent.ask("GET", f"/cases/{case}")
        assert (record.status, record.body["code"]) == (409, "case_provisional")
        for method, path, body in (
            ("POST", "unmaskings", {"field": "email"}),
            ("GET", "notes", None),
            ("POST", "contact", {"channel": "phone"}),
        ):
            assert (await agent.ask(method, f"/cases/{case}/{path}", body)).status == 409
        events = [event for event in await server.events() if event.name is EventName.AGENT_CASE_OPENED]
        assert [event.outcome for event in events] == [Outcome.INTENT, Outcome.DONE]
        assert (events[0].facts, events[0].case) == ({}, case)


async def test_an_unknown_reference_is_answered_as_a_known_one_at_every_step(server: Stand) -> None:
    found = []
    for named in (KNOWN, UNKNOWN):
        async with signed_in(server, "agent") as (agent,), Customer(server) as joins:
            opened = await agent.opens(named)
            row = await agent.row(opened.body["id"])
            invited = await agent.invites(opened.body)
            claimed = await joins.claim(invited["invitation"])
            async with (
                agent.socket(session=invited["session"]) as at_agent,
                joins.socket(purpose="session") as at_joins,
            ):
                await at_joins.send({"type": "badge.shown"})
                await at_joins.view("introducing")
                await at_joins.send({"type": "badge.accept"})
                await at_joins.view("verifying")
                seen = await at_agent.view("verifying")
                wrong = await joins.type_code("000000")
            told = [row[name] for name in ("provisional", "customer_label", "live", "reason", "state")]
            found.append(
                (
                    opened.status,
                    sorted(opened.body),
                    told,
                    seen["customer_label"],
                    claimed.status,
                    (wrong.status, wrong.body["outcome"]),
                )
            )
    assert found[0] == found[1]
    assert found[0][3] == ""


async def test_no_answer_comes_sooner_for_a_reference_that_names_nobody(
    server: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provisional_cases, "ANSWER_AFTER_S", 0.25)
    loop = asyncio.get_running_loop()
    async with signed_in(server, "agent") as (agent,):
        for named in (KNOWN, UNKNOWN):
            asked_at = loop.time()
            assert (await agent.opens(named)).status == 201
            assert loop.time() - asked_at >= 0.25


async def test_whether_the_customer_is_in_another_session_is_not_told_either(server: Stand) -> None:
    async with in_verifying(server), signed_in(server, "agent2") as (other,):
        opened = await other.opens("K-30518")
        invited = await other.invites(opened.body)
        async with Customer(server) as joins:
            assert (await joins.claim(invited["invitation"])).status == 409


async def test_it_becomes_a_case_once_its_own_customer_has_verified_in_it(server: Stand) -> None:
    async with signed_in(server, "agent") as (agent,), Customer(server) as customer:
        opened = (await agent.opens("K-30518")).body
        case, invited = opened["id"], await agent.invites(opened)
        assert (await customer.claim(invited["invitation"])).status == 201
        async with (
            agent.socket(session=invited["session"]) as at_agent,
            customer.socket(purpose="session") as at_customer,
        ):
            await at_customer.send({"type": "badge.shown"})
            await at_customer.view("introducing")
            await at_customer.send({"type": "badge.accept"})
            await at_customer.view("verifying")
            assert (await customer.type_code(server.fresh_code("K-30877"))).body["outcome"] != "verified"
            assert (await agent.row(case))["provisional"]
            assert (await customer.type_code()).body["outcome"] == "verified"
            assert (await at_agent.view("consenting"))["customer_label"] == "Haruto Sato"
        assert not (await agent.row(case))["provisional"]
        assert (await agent.ask("GET", f"/cases/{case}")).body["customer"]["label"] == "H••• S•••"
        confirmed = [e for e in await server.events() if e.name is EventName.CUSTOMER_CASE_CONFIRMED]
        assert [(one.outcome, one.case) for one in confirmed] == [
            (Outcome.INTENT, case),
            (Outcome.DONE, case),
        ]


async def test_a_supervisor_who_did_not_open_it_approves_and_of_two_at_once_one_does(server: Stand) -> None:
    await add_supervisor(server, "mei", "A-300")
    async with signed_in(server, "agent", "agent2", "agent2") as (agent, ben, ben_again):
        case = (await agent.opens()).body["id"]
        (shown,) = (await ben.ask("GET", "/provisional-cases")).body
        assert (shown["id"], shown["named"], shown["mine"]) == (case, KNOWN, None)
        assert (shown["opener_number"], shown["reason"]) == ("A-104", "Asked at the counter")
        assert len(await server.recorded(EventName.AGENT_PROVISIONAL_CASES_READ)) == 1
        both = await asyncio.gather(ben.approves(case), ben_again.approves(case))
        assert sorted(one.status for one in both) == [204, 409]
        assert {one.body["code"] for one in both if one.status == 409} == {"case_waits_no_more"}
        assert (await agent.ask("GET", f"/cases/{case}")).body["customer"]["label"] == "E••• W•••"
        assert (await ben.approves(case)).status == 409
        assert (await ben.ask("GET", "/provisional-cases")).body == []


async def test_nobody_approves_an_own_case_nor_one_of_another_team_nor_after_a_handed_link(
    server: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_supervisor(server, "mei", "A-300")  # of another team
    async with signed_in(server, "agent", "agent2", "mei") as (agent, ben, mei):
        of_agent, of_ben = (await agent.opens()).body["id"], (await ben.opens(UNKNOWN)).body["id"]
        assert (await agent.approves(of_agent)).status == 403
        assert (await ben.approves(of_ben)).body["code"] == "case_own"
        assert [one["mine"] for one in (await ben.ask("GET", "/provisional-cases")).body] == [None, "own"]
        for act in (mei.approves, mei.declines):
            foreign, nothing = await act(of_agent), await act("cas_" + "A" * 22)
            assert (foreign.status, foreign.body) == (404, nothing.body)
        assert [one["id"] for one in (await mei.ask("GET", "/provisional-cases")).body] == [of_ben]
        pair = Giving(await staff_id(server, "agent"), await staff_id(server, "agent2"))
        monkeypatch.setattr(SqlGivings, "since", AsyncMock(return_value=frozenset({pair})))
        assert (await ben.approves(of_agent)).body["code"] == "case_tied"
        assert (await mei.approves(of_ben)).status == 204  # of a supervisor's case any other supervisor
        assert (await agent.row(of_agent))["provisional"]
        refused = [e for e in await server.events() if e.outcome is Outcome.REFUSED]
        assert [e.facts["reason"] for e in refused if e.case] == ["own", "other_team", "other_team", "tied"]


async def test_of_a_yes_and_a_no_at_once_one_holds(server: Stand) -> None:
    async with signed_in(server, "agent", "agent2", "agent2") as (agent, ben, ben_again):
        for _ in range(4):
            case = (await agent.opens()).body["id"]
            yes, no = await asyncio.gather(ben.approves(case), ben_again.declines(case))
            assert sorted((yes.status, no.status)) == [204, 409]
            opens = (await agent.ask("GET", f"/cases/{case}")).status
            assert (opens == 200) == (yes.status == 204)


async def test_a_no_and_the_end_of_eight_hours_close_it_for_good(server: Stand) -> None:
    async with signed_in(server, "agent", "agent2") as (agent, ben):
        declined, dies = (await agent.opens()).body["id"], (await agent.opens(UNKNOWN)).body["id"]
        invited = await agent.ask("POST", "/sessions", {"case": declined, "contact": "text"})
        assert (await ben.declines(declined)).status == 204
        left = [one.case for one in server.composed.services.conductor.live()]
        assert (invited.status, left) == (201, [])
        assert (await ben.declines(declined)).status == 409
        assert (await agent.ask("POST", "/sessions", {"case": declined})).status == 409
        await server.recorded(EventName.AGENT_CASE_DECLINED)
        server.clock.shift_ms += LIVE_FOR_MS - 60_000
        await server.foundation.stores.cases.record_activity(dies, server.clock.now_ms())
        server.clock.shift_ms += 60_000
        for desk, name in ((agent, "agent"), (ben, "agent2")):
            await desk.sign_in(name)
        assert (await agent.ask("POST", "/sessions", {"case": dies})).status == 409
        assert (await ben.approves(dies)).body["code"] == "case_waits_no_more"
        await server.composed.services.provisional.expire()
        (expired,) = await server.recorded(EventName.SYSTEM_CASE_EXPIRED)
        assert expired.case == dies
        assert (await agent.row(dies))["state"] == "closed"


async def test_what_is_no_reference_or_no_reason_is_refused_and_ten_an_hour_are_enough(server: Stand) -> None:
    async with signed_in(server, "agent") as (agent,):
        for customer, reason in (
            ("", "why not"),
            ("../x", "why not"),
            ("K 1", "why not"),
            ("K-1", "  "),
            ("K-1", "ab"),
            ("K-1", "x" * 201),
            ("K-1", "a\u202eb c"),
            ("K-1", None),
        ):
            refused = await agent.ask("POST", "/provisional-cases", {"customer": customer, "reason": reason})
            assert refused.status == 422, (customer, reason)
        assert (await agent.opens(reason="The code was 739 164")).body["code"] == "secret_in_words"
        for _ in range(OPENING.count - 1):
            assert (await agent.opens()).status == 201
        assert (await agent.opens()).status == 429
        refused_for = [
            e.facts["reason"]
            for e in await server.recorded(EventName.AGENT_CASE_OPENED)
            if e.outcome is Outcome.REFUSED
        ]
        assert refused_for == ["secret", "too_many"]


async def test_a_supervisor_who_approves_unread_four_times_of_four_is_flagged(server: Stand) -> None:
    async with signed_in(server, "agent", "agent2") as (agent, ben):
        for _ in range(4):
            assert (await ben.approves((await agent.opens()).body["id"])).status < 300
        (flag,) = await server.recorded(EventName.SYSTEM_FLAG_RAISED)
        told = [flag.facts[name] for name in ("detector", "target", "reason.quick", "reason.approvals")]
        assert told == ["quick_approval", await staff_id(server, "agent2"), 4, 4]


async def test_references_tried_one_after_another_are_a_flag_and_stand_in_no_entry(server: Stand) -> None:
    async with signed_in(server, "agent") as (agent,):
        for number in (4, 6, 5, 8, 7):
            assert (await agent.opens(f"Z-10{number}")).status == 201
        intents = [
            e for e in await server.recorded(EventName.AGENT_CASE_OPENED) if e.outcome is Outcome.INTENT
        ]
        assert [dict(one.facts) for one in intents] == [{}, {}, {"run": 3}, {}, {"run": 5}]
        (flag,) = await server.recorded(EventName.SYSTEM_FLAG_RAISED)
        assert (flag.facts["detector"], flag.facts["reason"]) == ("searching", "flag.searching.run")
        assert flag.facts["target"] == intents[0].actor.id


async def test_without_the_log_none_is_opened_approved_or_shown(server: Stand) -> None:
    async with signed_in(server, "agent", "agent2") as (agent, ben):
        case = (await agent.opens()).body["id"]
        server.disk.full = True
        assert (await agent.opens(UNKNOWN)).status == 503
        assert (await ben.approves(case)).status == 503
        assert (await ben.ask("GET", "/provisional-cases")).status == 503
        assert await server.foundation.stores.provisional.is_one(case)


async def test_stand_ins_are_no_customers_of_the_operators_lists(server: Stand) -> None:
    async with signed_in(server, "agent") as (agent,):
        await agent.opens(UNKNOWN)
    way = Way(server.foundation.log_folder.parent, server)
    listed = await way.do(ListCustomers())
    assert [one.reference for one in listed.customers] == ["K-30518", "K-30877", "K-31204"]
    shown = [one for one in (await way.do(ListCases())).cases if one.state == "provisional"]
    assert [(one.agent, one.customer.startswith(STAND_IN)) for one in shown] == [("agent", True)]


async def test_the_customer_sees_on_their_own_page_who_opened_and_who_approved(server: Stand) -> None:
    async with signed_in(server, "agent", "agent2") as (agent, ben), on_own_page(server) as owner:
        case = (await agent.opens("K-30518")).body
        assert (await ben.approves(case["id"])).status == 204
        told = [
            (one["what"], one["who"]["number"], one["case_reference"])
            for one in (await owner.ask("GET", "/me/history")).body["accesses"]
        ]
        assert told[:2] == [("approved", "A-117", case["reference"]), ("opened", "A-104", case["reference"])]
