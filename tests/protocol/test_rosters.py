"""Who is to work when, from the operator's file to the flag about a look outside of it."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit.event import EventName, Outcome
from server.administration.roster_acts import ImportRoster
from server.identity import new_id
from tests.protocol.administration_ways import WAYS, Way, way
from tests.protocol.doubt import doubted, proved_by_code
from tests.protocol.production_stand import OFFICER, Instance
from tests.protocol.server_people import Browser
from tests.protocol.server_stand import Stand, stand
from tests.protocol.staff_passkey_people import staff_id
from tests.protocol.test_flag_blocks import AT_ONCE_S, WITHIN_S, shut_out
from tests.protocol.test_flags_after_a_start import raised

HOUR_MS = 3_600_000


def moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def file_of(*shifts: tuple[str, int, int]) -> bytes:
    rows = [f"{agent},{moment(begins)},{moment(ends)}" for agent, begins, ends in shifts]
    return "\n".join(["agent,from,to", *rows]).encode()


async def relearned(server: Stand) -> None:
    async with asyncio.timeout(WITHIN_S):
        while "relearning" in server.composed.tasks.names:  # noqa: ASYNC110  (the task ends without a word)
            await asyncio.sleep(0.01)


async def planned(server: Stand, username: str, hours_away: int) -> None:
    """A shift of an hour that begins so many hours from now; looks now are outside of it."""
    begins = server.clock.now_ms() + hours_away * HOUR_MS
    operator = Way(server.foundation.log_folder.parent, server)
    result = await operator.do(ImportRoster(content=file_of((username, begins, begins + HOUR_MS))))
    assert (result.shifts, result.people, result.bad) == (1, 1, [])


@pytest.mark.parametrize("name", WAYS)
async def test_a_file_is_taken_in_whole_and_recorded_or_nothing_of_it(tmp_path: Path, name: str) -> None:
    async with way(tmp_path, name) as one:
        now = 1_000 * int(datetime.now(UTC).timestamp())  # noqa: TID251  (the way has no clock)
        good = ("agent", now, now + HOUR_MS)
        for wrong in ("nobody", "officer"):
            result = await one.do(ImportRoster(content=file_of(good, (wrong, now, now + HOUR_MS))))
            assert [(bad.line, result.shifts) for bad in result.bad] == [(3, 0)]
        assert (await one.do(ImportRoster(content=b"agent,from\n"))).bad_in_all == 1
        taken = await one.do(ImportRoster(content=file_of(good, ("agent2", now, now + 2 * HOUR_MS))))
        assert (taken.shifts, taken.people, taken.bad) == (2, 2, [])
        events = await one.events()
    (whole,) = [event for event in events if event.name is EventName.OPERATOR_ROSTER_IMPORTED]
    shifts = [event for event in events if event.name is EventName.OPERATOR_SHIFT_PLANNED]
    assert (whole.outcome, whole.facts["shifts"], whole.facts["people"]) == (Outcome.DONE, 2, 2)
    assert [event.facts["to_ms"] for event in shifts] == [now + HOUR_MS, now + 2 * HOUR_MS]


async def test_a_look_outside_of_the_roster_is_flagged_and_one_without_a_roster_is_not(
    tmp_path: Path,
) -> None:
    async with stand(tmp_path) as server, Browser(server) as agent, Browser(server) as other:
        await relearned(server)
        await planned(server, "agent", hours_away=3)
        await agent.sign_in("agent")
        await other.sign_in("agent2")
        assert (await other.ask("GET", f"/cases/{await server.case_of('C-2056')}")).status == 200
        assert (await agent.ask("GET", f"/cases/{await server.case_of('C-2041')}")).status == 200
        (flag,) = await raised(server, "off_roster")
        assert (flag.facts["target"], flag.facts["action"]) == (await staff_id(server, "agent"), "step_up")
        assert int(flag.facts["reason.minutes"]) > 120
        await doubted(agent)
        assert (await proved_by_code(agent, "agent")).status == 204
        assert (await agent.ask("GET", "/cases")).status == 200


async def test_with_refused_access_beside_it_the_agent_is_blocked_after_few_attempts(tmp_path: Path) -> None:
    """By themselves fewer than ten attempts are a flag and no block."""
    async with stand(tmp_path) as server, Browser(server) as agent:
        await relearned(server)
        await planned(server, "agent", hours_away=3)
        await agent.sign_in("agent")
        await agent.ask("GET", f"/cases/{new_id('cas')}")
        await doubted(agent)
        assert (await proved_by_code(agent, "agent")).status == 204
        for _ in range(9):
            if (await agent.ask("GET", f"/cases/{new_id('cas')}")).status == 401:
                break
        async with asyncio.timeout(AT_ONCE_S):
            await shut_out(agent)
        async with asyncio.timeout(WITHIN_S):
            while len(flags := await server.recorded(EventName.SYSTEM_FLAG_RAISED)) < 3:
                continue
        told = [(flag.facts["detector"], flag.facts["action"]) for flag in flags]
        assert told == [("off_roster", "step_up"), ("refused_access", "flag"), ("off_roster", "block")]


async def test_the_roster_is_known_again_after_a_start(tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        await planned(server, "agent", hours_away=40)
    async with stand(tmp_path, shift_ms=36 * HOUR_MS) as server, Browser(server) as agent:
        await relearned(server)
        await agent.sign_in("agent")
        await agent.ask("GET", f"/cases/{await server.case_of('C-2041')}")
        assert len(await raised(server, "off_roster")) == 1


async def test_the_command_says_what_it_took_in_and_what_is_wrong(tmp_path: Path) -> None:
    instance, file = Instance(tmp_path), tmp_path / "roster.csv"
    assert (await instance.init(*OFFICER)).code == 0
    file.write_bytes(b"agent,from,to\naiko,2026-11-30T09:00,2026-11-30T17:00\n")
    refused = await instance.said("roster", "import", str(file))
    assert refused.code == 2
    assert "line 2: A time is written as in" in refused.err
    await instance.said("agent", "invite", "aiko", "--name=Aiko", "--number=A-1", "--team=Help")
    now = 1_000 * int(datetime.now(UTC).timestamp())  # noqa: TID251  (the command's own clock is the machine's)
    file.write_bytes(file_of(("aiko", now, now + HOUR_MS)))
    assert "1 shifts of 1 people" in (await instance.said("roster", "import", str(file))).err
