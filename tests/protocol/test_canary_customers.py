"""Canary customers: whoever reaches for one is stopped at once, and until then nothing told that it is one."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from audit.event import EventName, Outcome
from server.administration.canary_acts import AddCanary, ListCanaries, RemoveCanary
from server.administration.errors import ActRefused
from server.case_settings import CaseSettings
from server.demo import ORGANISATION
from server.flag_blocks import BLOCKED_FOR_MS
from server.settings import Settings
from tests.protocol.administration_ways import WAYS, Way, way
from tests.protocol.me_people import on_own_page
from tests.protocol.production_stand import OFFICER, Instance
from tests.protocol.server_people import Answered, Browser
from tests.protocol.server_stand import Stand, stand
from tests.protocol.test_flag_blocks import shut_out

BAIT, ORDINARY = "K-30877", "K-31204"  # neither has a case of this agent that is live
WHY = "The customer is being robbed at this very moment"
ALLOWED = Settings(organisation=ORGANISATION, cases=CaseSettings(override_minutes=5))


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path, settings=ALLOWED) as running:
        yield running


def operator(server: Stand) -> Way:
    return Way(server.foundation.log_folder.parent, server)


def shape(body: Any) -> Any:
    """What an answer looks like, its values left out but for how long a text is not telling."""
    if isinstance(body, dict):
        return {name: shape(value) for name, value in body.items()}
    if isinstance(body, list):
        return [shape(value) for value in body]
    return type(body).__name__


def headers(answer: Answered) -> set[str]:
    return set(answer.headers)


@pytest.mark.parametrize("name", WAYS)
async def test_one_is_marked_listed_and_unmarked_on_record(tmp_path: Path, name: str) -> None:
    async with way(tmp_path, name) as one:
        line = await one.do(AddCanary(customer=BAIT))
        assert (line.reference, line.label) == (BAIT, "E••• W•••")
        assert await one.do(AddCanary(customer=BAIT)) == line, "twice is once"
        for unknown in ("K-99999", ".ref"):
            with pytest.raises(ActRefused, match="Nothing was changed"):
                await one.do(AddCanary(customer=unknown))
        assert (await one.do(ListCanaries())).canaries == [line]
        assert (await one.do(RemoveCanary(customer=BAIT))).marked_at_ms is None
        with pytest.raises(ActRefused, match="Nothing was changed"):
            await one.do(RemoveCanary(customer=BAIT))
        assert (await one.do(ListCanaries())).canaries == []
        told = [event for event in await one.events() if ":canar" in event.name]
    names = [(event.name, event.outcome) for event in told]
    assert names == [
        (EventName.OPERATOR_CANARY_ADDED, Outcome.INTENT),
        (EventName.OPERATOR_CANARY_ADDED, Outcome.DONE),
        (EventName.OPERATOR_CANARIES_LISTED, Outcome.DONE),
        (EventName.OPERATOR_CANARY_REMOVED, Outcome.INTENT),
        (EventName.OPERATOR_CANARY_REMOVED, Outcome.DONE),
        (EventName.OPERATOR_CANARIES_LISTED, Outcome.DONE),
    ]
    assert [event.facts for event in told if event.outcome is Outcome.INTENT] == [{"canary": line.id}] * 2
    assert not any(event.customer or event.personal for event in told), "no customer's search leads here"


async def override(agent: Browser, reference: str) -> Answered:
    return await agent.ask("POST", "/overrides", {"customer": reference, "reason": WHY})


async def by_reference(agent: Browser, reference: str) -> Answered:
    return await agent.ask("POST", "/provisional-cases", {"customer": reference, "reason": "They called"})


@pytest.mark.parametrize("reaching", [override, by_reference])
async def test_who_reaches_for_one_gets_an_answer_like_any_other_and_is_stopped(
    server: Stand, reaching: Any
) -> None:
    await operator(server).do(AddCanary(customer=BAIT))
    async with Browser(server) as agent, Browser(server) as again:
        await agent.sign_in("agent")
        ordinary = await reaching(agent, ORDINARY)
        assert ordinary.status == 201
        bait = await reaching(agent, BAIT)
        assert (bait.status, shape(bait.body), headers(bait)) == (
            201,
            shape(ordinary.body),
            headers(ordinary),
        )
        await shut_out(agent)
        while not (raised := [f for f in await server.recorded(EventName.SYSTEM_FLAG_RAISED) if _ours(f)]):
            continue
        (flag,) = raised
        assert (flag.facts["action"], flag.facts["target_kind"]) == ("block", "agent")
        assert flag.facts["reason.customer"] == flag.customer
        assert (await again.sign_in("agent")).status == 401
        server.clock.shift_ms += BLOCKED_FOR_MS + 1_000
        assert (await again.sign_in("agent")).status == 201
        listed = {row["id"]: row for row in (await again.ask("GET", "/cases")).body}
        rows = [listed.get(answer.body["id"]) for answer in (ordinary, bait)]
        assert shape(rows[0]) == shape(rows[1])
        assert [row and (row["state"], row["live"]) for row in rows[:1]] == [
            row and (row["state"], row["live"]) for row in rows[1:]
        ]
        record = await again.ask("GET", f"/cases/{bait.body['id']}")
        assert record.status == (await again.ask("GET", f"/cases/{ordinary.body['id']}")).status == 409


def _ours(event: Any) -> bool:
    return bool(event.facts["detector"] == "canary")


async def test_a_colleagues_case_of_one_is_refused_as_any_others_and_stops_who_tried(server: Stand) -> None:
    await operator(server).do(AddCanary(customer=BAIT))
    async with Browser(server) as agent:
        await agent.sign_in("agent")
        theirs = await agent.ask("GET", f"/cases/{await server.case_of('C-2056')}")
        assert theirs.status == 404
        await shut_out(agent)
        (flag,) = await server.recorded(EventName.SYSTEM_FLAG_RAISED)
        assert (flag.facts["detector"], flag.facts["action"]) == ("canary", "block")


async def test_the_record_of_one_and_its_own_page_look_like_any_other(server: Stand) -> None:
    """The record opens once for whoever has a live case; then it is over. Compared with another's, field by field."""
    await operator(server).do(AddCanary(customer=BAIT))
    async with (
        Browser(server) as agent,
        Browser(server) as owner_of_other,
        on_own_page(server, BAIT) as bait,
        on_own_page(server, "K-30518") as other,
    ):
        await agent.sign_in("agent2")
        await owner_of_other.sign_in("agent")
        seen = await agent.ask("GET", f"/cases/{await server.case_of('C-2056')}")
        usual = await owner_of_other.ask("GET", f"/cases/{await server.case_of('C-2041')}")
        assert (seen.status, shape(seen.body), headers(seen)) == (200, shape(usual.body), headers(usual))
        await shut_out(agent)
        for path in ("/me", "/me/history", "/me/factors"):
            theirs, ours = await bait.ask("GET", path), await other.ask("GET", path)
            assert (theirs.status, headers(theirs)) == (ours.status, headers(ours)), path
            assert "canar" not in str(theirs.body).lower()
        history = (await bait.ask("GET", "/me/history")).body
        assert [one["what"] for one in history["accesses"]] == ["record"]
        assert history["warnings"] == []


async def test_one_that_was_marked_long_ago_still_counts_after_a_start(tmp_path: Path) -> None:
    async with stand(tmp_path, settings=ALLOWED) as before:
        await operator(before).do(AddCanary(customer=BAIT))
        await operator(before).do(AddCanary(customer=ORDINARY))
        await operator(before).do(RemoveCanary(customer=ORDINARY))
    month = 30 * 24 * 3_600_000
    async with stand(tmp_path, settings=ALLOWED, shift_ms=month) as server, Browser(server) as agent:
        await agent.sign_in("agent")
        assert (await override(agent, ORDINARY)).status == 201
        assert (await agent.ask("GET", "/cases")).status == 200
        assert (await override(agent, BAIT)).status == 201
        await shut_out(agent)


async def test_the_command_says_what_it_did(tmp_path: Path) -> None:
    instance, file = Instance(tmp_path), tmp_path / "customers.csv"
    assert (await instance.init(*OFFICER)).code == 0
    file.write_text("reference,name,email,phone\nK-1,Mei Ono,mei.ono@example.com,\n", encoding="utf-8")
    await instance.said("customer", "import", str(file))
    assert "K-1 is a canary since" in (await instance.said("canary", "add", "K-1")).err
    listed = await instance.said("canary", "list", "--json")
    assert [line["reference"] for line in listed.json["canaries"]] == ["K-1"]
    assert "no canary any more" in (await instance.said("canary", "remove", "K-1")).err
    unknown = await instance.said("canary", "remove", "K-1")
    assert (unknown.code, unknown.err.strip()) == (2, "This customer is no canary. Nothing was changed.")
