"""Detectors on trial, whose flags nothing follows; and what a detector would have said, read from the log."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.detectors.precision import Verdict
from audit.detectors.registry import CERTAIN, TUNABLE, all_detectors
from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from server.administration.errors import ActRefused
from server.administration.flag_acts import WhatIf
from server.demo import ORGANISATION
from server.flag_settings import FlagSettings
from server.settings import Settings, SettingsRefused, load
from server.storage.flag_verdicts import GivenVerdict
from server.storage.flags import StoredFlag
from tests.protocol.administration_ways import WAYS, Way, way
from tests.protocol.server_people import Browser
from tests.protocol.server_stand import Stand, stand
from tests.protocol.staff_passkey_people import staff_id

DAY_MS = 24 * 3_600_000
WITHIN_S = 30.0
TRIED = Settings(organisation=ORGANISATION, flags=FlagSettings(shadow=["searching"]))


def look_ups(agent: str, number: int, at_ms: int) -> Iterator[Event]:
    """Each by a reference that runs on."""
    for count in range(number):
        facts: dict[str, Fact] = {"run": count + 1} if count else {}
        yield Event(
            EventName.AGENT_CASE_OPENED,
            Outcome.INTENT,
            at_ms + count * 1_000,
            Actor(ActorKind.AGENT, agent),
            case=f"cas_{at_ms}{count}",
            customer=f"cus_{count}",
            facts=facts,
        )


async def flags_of(server: Stand) -> list[tuple[object, object]]:
    async with asyncio.timeout(WITHIN_S):
        flags = await server.recorded(EventName.SYSTEM_FLAG_RAISED)
    return [(flag.facts["detector"], flag.facts["action"]) for flag in flags]


async def test_a_detector_on_trial_is_recorded_and_shown_as_such(tmp_path: Path) -> None:
    async with stand(tmp_path, settings=TRIED) as server, Browser(server) as officer:
        await officer.sign_in("officer", "security")
        agent = await staff_id(server, "agent")
        for event in look_ups(agent, 5, server.clock.now_ms()):
            await server.log.append(event)
        assert await flags_of(server) == [("searching", "shadow")]
        async with asyncio.timeout(WITHIN_S):
            while not (shown := (await officer.ask("GET", "/security/flags")).body):
                continue
        assert [(one["detector"], one["action"]) for one in shown] == [("searching", "shadow")]


async def test_without_a_trial_the_same_is_a_flag(tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        for event in look_ups(await staff_id(server, "agent"), 5, server.clock.now_ms()):
            await server.log.append(event)
        assert await flags_of(server) == [("searching", "step_up")]


@pytest.mark.parametrize("name", ["canary", "burst", "refused_access", "serching", ""])
def test_what_is_certain_or_unknown_cannot_be_on_trial(name: str) -> None:
    with pytest.raises(SettingsRefused, match=r"flags\.shadow"):
        load(environment={}, overrides={"flags": {"shadow": [name]}})


def test_every_other_detector_can_and_each_tunable_one_is_made_with_its_threshold() -> None:
    names = {one.name for one in all_detectors()}
    assert names >= CERTAIN
    assert load(environment={}, overrides={"flags": {"shadow": sorted(names - CERTAIN)}}).flags.shadow
    for name, (make, shipped) in TUNABLE.items():
        assert make(shipped).name == name


async def raise_and_judge(server: Stand, index: int, target: str, at_ms: int, verdict: Verdict) -> None:
    stores, officer = server.foundation.stores, await staff_id(server, "officer")
    await stores.flags.add(
        StoredFlag(index, at_ms, "refused_access", target, 9.0, "flag.refused_access", "flag")
    )
    await stores.flag_verdicts.give(GivenVerdict(index, verdict, officer, "why", at_ms), index)


def refused(agent: str, number: int, at_ms: int) -> Iterator[Event]:
    for count in range(number):
        yield Event(
            EventName.AGENT_CASE_REFUSED,
            Outcome.REFUSED,
            at_ms + count * 1_000,
            Actor(ActorKind.AGENT, agent),
            facts={"reason": "no_case"},
        )


@pytest.mark.parametrize("name", WAYS)
async def test_what_a_detector_would_have_said_is_told_in_numbers_and_changes_nothing(
    tmp_path: Path, name: str
) -> None:
    async with stand(tmp_path) as server:
        now = server.clock.now_ms()
        for event in (
            *refused("sta_long_ago", 9, now - 40 * DAY_MS),
            *refused("sta_bad", 12, now - 5 * DAY_MS),
            *refused("sta_clumsy", 5, now - 3 * DAY_MS),
        ):
            await server.log.append(event)
        await raise_and_judge(server, 200_000, "sta_bad", now - 5 * DAY_MS, Verdict.CONFIRMED)
        await raise_and_judge(server, 200_001, "sta_clumsy", now - 3 * DAY_MS, Verdict.DISMISSED)
    async with way(tmp_path, name) as one:
        shipped = await one.do(WhatIf(detector="refused_access"))
        assert (shipped.threshold, shipped.shipped, shipped.weeks) == (9.0, 9.0, 4)
        assert (shipped.flags, shipped.blocks, shipped.agents, shipped.agent_weeks) == (3, 1, 2, 2)
        assert shipped.rate == 1.5
        assert (shipped.confirmed_kept, shipped.dismissed_kept) == (1, 1)
        stricter = await one.do(WhatIf(detector="refused_access", threshold=14.0))
        assert (stricter.blocks, stricter.agents) == (1, 1)
        assert (stricter.confirmed, stricter.confirmed_kept) == (1, 1)
        assert (stricter.dismissed, stricter.dismissed_kept) == (1, 0)
        assert (await one.do(WhatIf(detector="refused_access", weeks=1))).flags == 3
        assert (await one.do(WhatIf(detector="canary"))).flags == 0
        for wrong in (WhatIf(detector="nobody"), WhatIf(detector="canary", threshold=2.0)):
            with pytest.raises(ActRefused, match=r"(There are|These have)"):
                await one.do(wrong)
        events = await one.events()
    looks = [e for e in events if e.name is EventName.OPERATOR_LOG_READ]
    assert looks[0].facts == {"what": "what_if", "detector": "refused_access", "weeks": 4}


async def test_a_running_server_answers_others_while_it_reads(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, Browser(server) as agent:
        await agent.sign_in("agent")
        for event in refused("sta_bad", 12, server.clock.now_ms()):
            await server.log.append(event)
        async with asyncio.timeout(WITHIN_S):
            while len(before := await flags_of(server)) < 2:
                continue
        operator = Way(server.foundation.log_folder.parent, server)
        told, cases = await asyncio.gather(
            operator.do(WhatIf(detector="refused_access", weeks=26)), agent.ask("GET", "/cases")
        )
        assert (told.flags, told.blocks, cases.status) == (2, 1, 200)
        assert await flags_of(server) == before, "nothing is raised by it"
