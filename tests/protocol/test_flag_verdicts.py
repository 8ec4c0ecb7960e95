"""Officers judge flags: with a reason, on record, never about themselves; and the figures of each detector follow."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from audit.event import EventName, Outcome
from server.flag_verdicts import WEEK_MS, WEEKS
from server.storage.flags import StoredFlag
from tests.protocol.server_people import Answered, Browser
from tests.protocol.server_stand import Stand, stand
from tests.protocol.staff_passkey_people import staff_id

FOUND = "Asked the team: it was agreed work"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as running:
        yield running


async def flagged(server: Stand, index: int, target: str, detector: str = "burst", weeks_ago: int = 0) -> str:
    at_ms = server.clock.now_ms() - weeks_ago * WEEK_MS
    row = StoredFlag(index, at_ms, detector, target, 1.0, "flag.burst", "block")
    assert await server.foundation.stores.flags.add(row)
    return str(index)


async def judge(officer: Browser, flag: str, verdict: str = "dismissed", reason: str = FOUND) -> Answered:
    return await officer.ask(
        "POST", f"/security/flags/{flag}/verdict", {"verdict": verdict, "reason": reason}
    )


async def test_a_verdict_is_recorded_shown_and_can_be_replaced_and_lifts_no_block(server: Stand) -> None:
    agent = await staff_id(server, "agent")
    flag = await flagged(server, 100_000, agent)
    until = server.clock.now_ms() + 30 * 60_000
    await server.foundation.stores.staff.block(agent, until)
    async with Browser(server) as officer:
        await officer.sign_in("officer", "security")
        (shown,) = (await officer.ask("GET", "/security/flags")).body
        assert (shown["state"], shown["verdict"]) == ("open", None)
        async with officer.socket(purpose="oversight") as oversight:
            assert (await judge(officer, flag)).status == 204
            while (shown := (await oversight.next("state"))["view"]["flags"][0])["state"] == "open":
                continue
        assert shown["state"] == "dismissed"
        verdict = shown["verdict"]
        assert (verdict["officer"], verdict["reason"]) == ("Chie Tanaka (S-012)", FOUND)
        assert (await judge(officer, flag, "confirmed", "They could not say why")).status == 204
        (shown,) = (await officer.ask("GET", "/security/flags")).body
        assert shown["state"] == "confirmed"
    names = {EventName.OFFICER_FLAG_CONFIRMED, EventName.OFFICER_FLAG_DISMISSED}
    told = [event for event in await server.events() if event.name in names]
    assert [event.outcome for event in told] == [Outcome.INTENT, Outcome.DONE] * 2
    assert told[0].facts == {"flag": 100_000, "detector": "burst", "reason": FOUND}
    found = await server.foundation.stores.staff.find(agent)
    assert found is not None
    assert found.blocked_until_ms == until


async def test_nobody_judges_a_flag_about_themselves_and_none_that_is_not_there(server: Stand) -> None:
    mine = await flagged(server, 100_000, await staff_id(server, "officer"), "officer_recovered")
    async with Browser(server) as officer, Browser(server) as agent:
        await officer.sign_in("officer", "security")
        await agent.sign_in("agent")
        refused = await judge(officer, mine)
        assert (refused.status, refused.body["code"]) == (409, "flag_own")
        pair = StoredFlag(
            200_000,
            server.clock.now_ms(),
            "quick_approval",
            await staff_id(server, "agent2"),
            9.0,
            "flag.quick_approval.pair",
            "flag",
            reason_facts={"asker": await staff_id(server, "officer")},
        )
        assert await server.foundation.stores.flags.add(pair)
        assert (await judge(officer, "200000")).status == 409, "of a pair it concerns both"
        for unknown in ("99", "-1", "x", "1" * 40, "٣", "100000.0"):
            assert (await judge(officer, unknown)).status == 404, unknown
        for reason in ("", "  ", "x" * 201, "two\nlines"):
            assert (await judge(officer, mine, reason=reason)).status in {400, 422}, reason
        assert (await judge(officer, mine, verdict="maybe")).status in {400, 422}
        assert (await judge(agent, mine)).status in {401, 403, 404}
    assert not [event for event in await server.events() if ":flag:" in event.name]


async def test_the_figures_say_how_right_each_detector_was_and_what_is_left_of_the_budget(
    server: Stand,
) -> None:
    agent = await staff_id(server, "agent")
    bursts = [await flagged(server, 100_000 + n, agent, weeks_ago=10) for n in range(4)]
    told = await flagged(server, 200_000, agent, "overridden")
    await flagged(server, 300_000, agent, "searching", weeks_ago=WEEKS + 1)
    async with Browser(server) as officer:
        await officer.sign_in("officer", "security")
        for flag, verdict in zip(bursts, ("confirmed", "confirmed", "dismissed"), strict=False):
            assert (await judge(officer, flag, verdict)).status == 204
        assert (await judge(officer, told, "dismissed")).status == 204
        found = (await officer.ask("GET", "/security/flag-standing")).body
    by_name = {one["detector"]: one for one in found["detectors"]}
    assert set(by_name) == {"burst", "overridden"}, "what is older than 13 weeks is left out"
    burst = by_name["burst"]
    assert (burst["raised"], burst["confirmed"], burst["dismissed"]) == (4, 2, 1)
    assert (round(burst["low"], 3), round(burst["high"], 3)) == (0.208, 0.939)
    assert (found["agents"], found["budget"]) == (2, 0.02)
    assert found["weeks"] == pytest.approx(10, abs=0.01)
    assert found["spent"] == pytest.approx(1 / 20, rel=0.01), "overrides are no suspicions"


async def test_without_the_log_no_verdict_is_given(server: Stand) -> None:
    flag = await flagged(server, 100_000, await staff_id(server, "agent"))
    async with Browser(server) as officer:
        await officer.sign_in("officer", "security")
        server.disk.full = True
        assert (await judge(officer, flag)).status == 503
        assert await server.foundation.stores.flag_verdicts.of([100_000]) == {}
