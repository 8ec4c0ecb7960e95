"""Records opened without a live case: never unless settings say so, told to everybody, and over after the minutes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from audit.event import EventName, Outcome
from server.case_settings import CaseSettings
from server.demo import ORGANISATION
from server.identity import new_id
from server.overriding import OPENING
from server.settings import Settings, SettingsRefused, load
from support.identity import CaseId
from tests.protocol.factor_people import mails
from tests.protocol.me_people import on_own_page
from tests.protocol.server_people import Answered, Browser
from tests.protocol.server_stand import Stand, stand
from tests.protocol.staff_passkey_people import staff_id
from verification.login import FRESH_FOR_MS

WHY = "The customer is being robbed at this very moment"
MINUTES = 5
WITHIN_S = 30.0
ALLOWED = Settings(organisation=ORGANISATION, cases=CaseSettings(override_minutes=MINUTES))


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path, settings=ALLOWED) as running:
        yield running


async def override(agent: Browser, customer: str = "K-30518", reason: str = WHY) -> Answered:
    return await agent.ask("POST", "/overrides", {"customer": customer, "reason": reason})


async def refusals(server: Stand) -> list[object]:
    events = [one for one in await server.events() if one.name is EventName.AGENT_CASE_OVERRIDDEN]
    return [one.facts["reason"] for one in events if one.outcome is Outcome.REFUSED]


async def test_unless_settings_say_so_none_is_opened_and_the_page_offers_none(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, Browser(server) as agent:
        await agent.sign_in("agent")
        refused = await override(agent)
        assert (refused.status, refused.body["code"]) == (409, "override_off")
        assert await refusals(server) == ["off"]
        assert 'id="override"' not in (await agent.page("/agent")).body


async def test_it_opens_at_once_for_its_agent_alone_and_everybody_is_told(server: Stand) -> None:
    async with Browser(server) as agent, Browser(server) as other, on_own_page(server, "K-30877") as owner:
        await agent.sign_in("agent")
        await other.sign_in("agent2")
        assert 'id="override"' in (await agent.page("/agent")).body
        opened = await override(agent, "K-30877")
        assert opened.status == 201
        case = opened.body["id"]
        record = await agent.ask("GET", f"/cases/{case}")
        assert (record.body["customer"]["label"], record.body["until_ms"]) == (
            "E••• W•••",
            opened.body["until_ms"],
        )
        assert (await other.ask("GET", f"/cases/{case}")).status == 404
        intent, done = [e for e in await server.events() if e.name is EventName.AGENT_CASE_OVERRIDDEN]
        assert (intent.outcome, done.outcome) == (Outcome.INTENT, Outcome.DONE)
        assert intent.personal == {intent.customer: {"override": WHY}}
        (flag,) = await server.recorded(EventName.SYSTEM_FLAG_RAISED)
        assert (flag.facts["detector"], flag.facts["target"]) == ("overridden", intent.actor.id)
        (mail,) = await mails(server, "record_opened")
        assert mail.to == "emma.wilson@example.com"
        history = (await owner.ask("GET", "/me/history")).body
        assert [one["what"] for one in history["accesses"]] == [
            "refused",
            "record",
            "overridden",
        ]
        assert history["accesses"][2]["who"]["number"] == "A-104"
        assert [one["what"] for one in history["warnings"]] == ["record_overridden"]


async def test_after_its_minutes_nothing_of_it_opens(server: Stand) -> None:
    async with Browser(server) as agent:
        await agent.sign_in("agent")
        case = (await override(agent)).body["id"]
        server.clock.shift_ms += MINUTES * 60_000
        for method, path, body in (
            ("GET", f"/cases/{case}", None),
            ("POST", f"/cases/{case}/unmaskings", {"field": "email"}),
            ("POST", "/sessions", {"case": case}),
        ):
            assert (await agent.ask(method, path, body)).status == 409
        await server.composed.services.provisional.expire()
        assert [one.case for one in await server.recorded(EventName.SYSTEM_CASE_EXPIRED)] == [case]


async def test_nobody_takes_it_over_by_a_handing_over_before_its_customer_verified(server: Stand) -> None:
    async with Browser(server) as agent:
        await agent.sign_in("agent")
        case = CaseId((await override(agent)).body["id"])
        ours, theirs = await staff_id(server, "agent"), await staff_id(server, "agent2")
        roll, now = server.foundation.stores.case_roll, server.clock.now_ms()
        assert not await roll.take(case, theirs, now, kept_by=ours)
        await server.composed.services.provisional.confirm(case, now)
        assert await roll.take(case, theirs, now, kept_by=ours)


async def test_what_is_refused_is_recorded_with_why_and_opens_nothing(server: Stand) -> None:
    async with Browser(server) as agent:
        await agent.sign_in("agent")
        for reason in ("", "x" * 19, " " * 30, "x" * 501):
            assert (await override(agent, reason=reason)).status == 422, reason
        assert (await override(agent, reason="They read out 739 164 to me")).status == 422
        for unknown in ("K-99999", "../K-30518"):
            assert (await override(agent, unknown)).status == 404
        assert (await override(agent)).status == 201
        assert (await override(agent)).status == 429
        told = ["reason"] * 4 + ["secret"] + ["no_customer"] * 2 + ["too_many"]
        assert await refusals(server) == told
        assert OPENING.count == 3
        server.clock.shift_ms += FRESH_FOR_MS
        stale = await override(agent)
        assert (stale.status, stale.body["code"]) == (403, "step_up_required")


async def test_without_the_log_none_is_opened_and_nobody_is_written_to(server: Stand) -> None:
    async with Browser(server) as agent:
        await agent.sign_in("agent")
        server.disk.full = True
        assert (await override(agent)).status == 503
        assert await mails(server, "record_opened") == []


@pytest.mark.parametrize("minutes", [-1, 1, 4, 61])
def test_minutes_that_cannot_be_are_refused_at_the_start(minutes: int) -> None:
    with pytest.raises(SettingsRefused, match="override_minutes"):
        load(environment={}, overrides={"cases": {"override_minutes": minutes}})


async def test_a_block_closes_it_also_for_the_time_after_the_block(server: Stand) -> None:
    async with Browser(server) as agent, Browser(server) as officer:
        await agent.sign_in("agent")
        await officer.sign_in("officer", "security")
        case = (await override(agent)).body["id"]
        path = f"/security/staff/{await staff_id(server, 'agent')}"
        assert (await officer.ask("POST", f"{path}/block", {"minutes": 5})).status < 300
        lifted = await officer.ask("POST", f"{path}/unblock", {"reason": "It was a mistake of ours"})
        assert lifted.status < 300, lifted.body
        assert (await agent.sign_in("agent")).status == 201
        assert (await agent.ask("GET", f"/cases/{case}")).status == 409
        assert [one.case for one in await server.recorded(EventName.SYSTEM_CASE_EXPIRED)] == [case]


async def test_a_block_that_comes_between_the_entry_and_the_row_leaves_no_record_open_after_it(
    server: Stand,
) -> None:
    """As a detector's does, which hears of the entry first."""
    ours, stores = await staff_id(server, "agent"), server.foundation.stores
    loop, until = asyncio.get_running_loop(), server.clock.now_ms() + 60_000

    def blocked() -> None:
        asyncio.run_coroutine_threadsafe(stores.staff.block(ours, until), loop).result(timeout=20)

    async with Browser(server) as agent:
        await agent.sign_in("agent")
        before = await stores.cases.of_agent(ours)
        server.disk.before_next = blocked
        assert (await override(agent)).status == 403
        assert await stores.cases.of_agent(ours) == before
        outcomes = [e.outcome for e in await server.events() if e.name is EventName.AGENT_CASE_OVERRIDDEN]
        assert outcomes == [Outcome.INTENT, Outcome.FAILED]
        assert await mails(server, "record_opened") == []


async def test_an_override_that_is_one_attempt_too_many_opens_nothing_that_outlives_the_block(
    server: Stand,
) -> None:
    async with Browser(server) as agent:
        await agent.sign_in("agent")
        for _ in range(9):
            assert (await agent.ask("GET", f"/cases/{new_id('cas')}")).status == 404
        await override(agent)  # answered or not: the sign-in ends while it is under way
        async with asyncio.timeout(WITHIN_S):
            while (await agent.ask("GET", "/cases")).status != 401:
                continue
        await server.foundation.stores.staff.block(await staff_id(server, "agent"), None)
        assert (await agent.sign_in("agent")).status == 201
        mine = (await agent.ask("GET", "/cases")).body
        assert not [case for case in mine if case["reference"].startswith("X-") and case["live"]]
