"""What happens around the steps of a session is on record too: bounded, never waited for, and giving nothing."""

import pytest

from audit.event import Event, EventName, Outcome
from session.events import Connected, ConnectionLost, EndDemanded, Paused, ShareStarted
from session.gate_port import Leg, LegConnected, LegLost, PictureStarted
from session.holding import REMARKS_OF_A_KIND
from session.model import EndCause, Party
from session.ports import Sight
from session.transitions import IllegalEvent
from tests.protocol.conductor_rig import AGENT_HERE, NAME, Rig, let_others_run

E = EventName


def of(rig: Rig, *names: EventName) -> list[Event]:
    return [event for event in rig.log.events if event.name in names]


async def test_who_came_and_went_and_what_was_on_screen_is_told() -> None:
    rig = Rig()
    await rig.verifying()
    await rig.apply(ConnectionLost(Party.AGENT), AGENT_HERE)
    told = [
        (event.name, event.actor.id)
        for event in of(
            rig, E.AGENT_PAGE_CONNECTED, E.CUSTOMER_PAGE_CONNECTED, E.CUSTOMER_BADGE_SHOWN, E.AGENT_PAGE_LOST
        )
    ]
    assert told == [
        (E.AGENT_PAGE_CONNECTED, "sta_1"),
        (E.CUSTOMER_PAGE_CONNECTED, "cus_1"),
        (E.CUSTOMER_BADGE_SHOWN, "cus_1"),
        (E.AGENT_PAGE_LOST, "sta_1"),
        (E.AGENT_PAGE_CONNECTED, "sta_1"),
    ]


async def test_what_has_an_entry_of_its_own_is_not_told_twice() -> None:
    rig = Rig()
    async with rig.running():
        await rig.sharing()
        before = len(of(rig, E.AGENT_PAGE_CONNECTED, E.AGENT_PAGE_LOST))
        await rig.apply(ConnectionLost(Party.AGENT), AGENT_HERE)
        assert len(of(rig, E.AGENT_PAGE_CONNECTED, E.AGENT_PAGE_LOST)) == before
        assert [name for name, _ in rig.told()][-3:] == [
            E.SYSTEM_SHARE_INTERRUPTED,
            E.SYSTEM_SHARE_RESTORED,
            E.SYSTEM_SHARE_RESTORED,
        ]


async def test_a_second_tab_of_who_is_here_already_is_nothing_new() -> None:
    rig = Rig()
    await rig.verifying()
    count = len(rig.log.events)
    await rig.apply(AGENT_HERE, AGENT_HERE)
    assert len(rig.log.events) == count


async def test_the_ways_to_the_gate_and_the_first_picture_are_told_until_the_end() -> None:
    rig = Rig()
    async with rig.running():
        await rig.sharing()
        rig.gate.emit(LegConnected(NAME, Leg.AGENT))
        rig.gate.emit(PictureStarted(NAME, 1))
        rig.gate.emit(LegLost(NAME, Leg.CUSTOMER))
        await let_others_run()
        told = of(rig, E.SYSTEM_LEG_CONNECTED, E.SYSTEM_PICTURE_STARTED, E.SYSTEM_LEG_LOST)
        assert [event.facts for event in told] == [{"leg": "agent"}, {"epoch": 1}, {"leg": "customer"}]
        assert {event.session for event in told} == {NAME}
        await rig.apply(EndDemanded(EndCause.CUSTOMER_STOPPED))
        rig.gate.emit(LegLost(NAME, Leg.AGENT))
        await let_others_run()
        assert len(of(rig, E.SYSTEM_LEG_LOST)) == 1


async def test_a_share_that_goes_dark_without_ending_says_why_and_since_when() -> None:
    rig = Rig()
    async with rig.running():
        await rig.sharing()
        rig.circumstances.seen = Sight.DIM
        for _ in range(5):
            rig.conductor.sweep()
        rig.circumstances.seen = Sight.CLEAR
        for _ in range(5):
            rig.conductor.sweep()
        await rig.conductor.settle()
        (withheld,) = of(rig, E.SYSTEM_LEASE_WITHHELD)
        assert withheld.facts == {"reasons": "case_not_live", "epoch": 1}
        assert [event.facts for event in of(rig, E.SYSTEM_LEASE_RESTORED)] == [{"epoch": 1}]
        rig.circumstances.seen = Sight.DIM
        rig.conductor.sweep()
        await rig.apply(Paused())
        rig.circumstances.seen = Sight.CLEAR
        rig.conductor.sweep()
        await rig.conductor.settle()
        assert len(of(rig, E.SYSTEM_LEASE_RESTORED)) == 1, "a pause ended it, and is told"


async def test_a_start_that_may_not_be_is_told_with_its_reason() -> None:
    rig = Rig()
    await rig.ready()
    rig.circumstances.cases_live = False
    with pytest.raises(IllegalEvent):
        await rig.apply(ShareStarted("tab"))
    await rig.conductor.settle()
    (refused,) = of(rig, E.SYSTEM_LEASE_REFUSED)
    assert (refused.outcome, refused.facts) == (Outcome.REFUSED, {"reasons": "case_not_live"})


async def test_a_browser_that_comes_and_goes_all_day_does_not_fill_the_log() -> None:
    rig = Rig()
    await rig.verifying()
    for _ in range(3 * REMARKS_OF_A_KIND):
        await rig.apply(ConnectionLost(Party.AGENT), Connected(Party.AGENT))
    lost = of(rig, E.AGENT_PAGE_LOST)
    assert len(lost) == REMARKS_OF_A_KIND
    assert [event.facts.get("last_told", False) for event in lost[-2:]] == [False, True]
    assert len(of(rig, E.AGENT_PAGE_CONNECTED)) == REMARKS_OF_A_KIND


async def test_a_remark_is_never_waited_for() -> None:
    rig = Rig()
    await rig.verifying()
    rig.log.fail_from_now = True
    await rig.apply(ConnectionLost(Party.AGENT), AGENT_HERE)
    assert (await rig.conductor.load(NAME)).present == frozenset(Party)
    await rig.apply(EndDemanded(EndCause.LOG_FAILED))
    assert [event.name for event in rig.log.emergency] == [E.SYSTEM_SESSION_ENDED], (
        "the little room is for acts"
    )
