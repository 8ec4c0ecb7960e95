"""Expiry, failures of gate and log, and starts after a crash. Time is the test's own."""

from collections.abc import Iterator

import pytest

from audit.event import Event, EventName, Outcome
from audit.memory import MemoryLog
from session import recording
from session.events import Connected, ConnectionLost, EndDemanded, Paused, Resumed, ShareStarted
from session.identity import SessionId
from session.model import EndCause, Party, State
from session.transitions import step
from tests.protocol.conductor_rig import NAME, Rig
from tests.protocol.virtual_loop import VirtualLoop
from tests.storage.memory_session_store import MemorySessionStore
from tests.storage.session_examples import NOW, fresh, sharing

E = EventName


class Stage:
    """A running conductor in virtual time, with one share on."""

    def __init__(self, minutes: int = 5) -> None:
        self.loop = VirtualLoop()
        self.rig = Rig()
        self.runner = self.loop.create_task(self.rig.conductor.run())
        self.loop.turn(5)
        self.loop.finish(self.rig.sharing(minutes=minutes))

    def advance(self, ms: int, step_ms: int = 250) -> None:
        """Time passes evenly for all clocks, with the gate's stamps as they come."""
        for _ in range(ms // step_ms):
            self.rig.clock.move(step_ms)
            self.rig.gate.offer_stamps()
            self.loop.advance(step_ms)

    @property
    def forwarding(self) -> bool:
        return self.rig.gate.forwarding(NAME)

    @property
    def row_cause(self) -> EndCause | None:
        return self.rig.store.rows[NAME].end_cause

    def close(self) -> None:
        self.runner.cancel()
        self.loop.turn(3)
        self.loop.close()


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    assert not stage.runner.done()
    stage.close()


def test_a_share_flows_at_once_and_goes_on_until_its_consent_ends(stage: Stage) -> None:
    assert stage.forwarding
    stage.advance(5 * 60_000 - 500)
    assert stage.forwarding
    stage.advance(500)
    assert not stage.forwarding
    assert stage.row_cause is EndCause.CONSENT_EXPIRED


def test_a_failing_log_ends_the_share_within_a_second(stage: Stage) -> None:
    stage.rig.log.fail_from_now = True
    stage.advance(500)
    assert not stage.forwarding
    assert stage.row_cause is EndCause.LOG_FAILED
    assert [event.name for event in stage.rig.log.emergency] == [E.SYSTEM_SESSION_ENDED]


@pytest.mark.parametrize(
    ("missing", "cause"),
    [("logins_live", EndCause.AGENT_SIGNED_OUT), ("cases_live", EndCause.BLOCKED)],
)
def test_a_share_without_a_live_case_or_login_ends_and_says_so(
    stage: Stage, missing: str, cause: EndCause
) -> None:
    setattr(stage.rig.circumstances, missing, False)
    stage.advance(500)
    assert not stage.forwarding
    assert stage.row_cause is cause


def test_a_crash_of_the_gate_ends_its_sessions(stage: Stage) -> None:
    stage.rig.gate.crash()
    stage.loop.turn(30)
    assert not stage.forwarding
    assert stage.row_cause is EndCause.GATE_FAILED


def test_a_conductor_that_stands_still_lets_the_picture_stop_by_itself(stage: Stage) -> None:
    stage.rig.clock.move(2_000)
    assert not stage.forwarding


def test_a_clock_set_back_ends_the_share_instead_of_prolonging_it(stage: Stage) -> None:
    stage.rig.clock.utc -= 3_600_000
    stage.advance(500)
    assert not stage.forwarding
    assert stage.row_cause is EndCause.CONSENT_EXPIRED


def test_a_short_loss_is_an_interruption_and_a_long_one_the_end(stage: Stage) -> None:
    rig = stage.rig
    stage.loop.finish(rig.apply(ConnectionLost(Party.CUSTOMER)))
    assert not stage.forwarding
    stage.advance(9_750)
    back = stage.loop.finish(rig.apply(Connected(Party.CUSTOMER, "page_1")))
    assert (back.state, back.epoch) == (State.SHARING, 2)
    assert stage.forwarding
    stage.loop.finish(rig.apply(ConnectionLost(Party.CUSTOMER)))
    stage.advance(10_250)
    assert stage.row_cause is EndCause.CONNECTION_LOST


def test_a_pause_darkens_and_a_resume_shows_without_waiting_for_a_stamp(stage: Stage) -> None:
    stage.loop.finish(stage.rig.apply(Paused()))
    assert not stage.forwarding
    stage.advance(1_000)
    assert not stage.forwarding
    stage.loop.finish(stage.rig.apply(Resumed()))
    assert stage.forwarding


def test_a_store_that_is_down_when_a_share_expires_is_told_later(stage: Stage) -> None:
    stage.rig.store.down = True
    stage.advance(5 * 60_000)
    assert not stage.forwarding
    assert stage.rig.store.rows[NAME].state is State.SHARING
    stage.rig.store.down = False
    stage.advance(500)
    assert stage.row_cause is EndCause.CONSENT_EXPIRED
    assert [event.name for event in stage.rig.log.events].count(E.SYSTEM_SESSION_ENDED) == 1


def test_a_session_that_is_over_is_not_held_any_longer(stage: Stage) -> None:
    stage.loop.finish(stage.rig.apply(EndDemanded(EndCause.AGENT_LEFT)))
    assert stage.rig.conductor.live() == []
    ended = stage.loop.finish(stage.rig.conductor.load(NAME))
    assert ended == stage.rig.store.rows[NAME]
    assert ended.end_cause is EndCause.AGENT_LEFT


async def test_a_start_ends_what_a_crash_left_and_closes_open_intents() -> None:
    rig = Rig()
    await rig.ready()
    await rig.log.append(_share_intent())
    again = Rig(rig.store, rig.log.restarted())
    await again.conductor.recover(again.log.entries)
    assert again.store.rows[NAME].end_cause is EndCause.SERVER_RESTARTED
    assert again.told()[-2:] == [
        (E.SYSTEM_OUTCOME_UNKNOWN, Outcome.UNKNOWN),
        (E.SYSTEM_SESSION_ENDED, Outcome.DONE),
    ]
    unknown = again.log.events[-2]
    assert unknown.facts == {"of": "customer:share:started"}
    assert unknown.intent == len(again.log.entries) - 3


async def test_an_end_that_only_the_log_knows_is_written_into_the_row_and_not_told_twice() -> None:
    rig = Rig()
    await rig.ready()
    ended = step(rig.store.rows[NAME], EndDemanded(EndCause.CUSTOMER_STOPPED), NOW)[0]
    rig.log.append_reducing(recording.end(ended, State.READY, NOW))
    again = Rig(rig.store, rig.log.restarted())
    await again.conductor.recover(again.log.entries)
    assert again.store.rows[NAME].end_cause is EndCause.CUSTOMER_STOPPED
    assert [name for name, _ in again.told()].count(E.CUSTOMER_SESSION_ENDED) == 1
    assert E.SYSTEM_SESSION_ENDED not in dict(again.told())


async def test_an_end_that_only_the_row_knows_is_told() -> None:
    rig = Rig()
    session = await rig.ready()
    row = step(session, EndDemanded(EndCause.AGENT_LEFT), NOW)[0]
    await rig.store.save(row, log_index=None)
    again = Rig(rig.store, rig.log.restarted())
    await again.conductor.recover(again.log.entries)
    assert again.told()[-1] == (E.AGENT_SESSION_ENDED, Outcome.DONE)
    assert again.log.events[-1].facts["cause"] == "agent_left"


async def test_an_end_that_may_stand_before_the_tail_is_not_told_again() -> None:
    rig = Rig()
    await rig.ready()
    await rig.apply(EndDemanded(EndCause.AGENT_LEFT))
    log = rig.log.restarted()
    late = await log.append(recording.opening_refused(fresh(), "case_not_live", NOW))
    again = Rig(rig.store, log)
    await again.conductor.recover(log.entries[late.index :])
    assert len(log.entries) == late.index + 1


async def test_an_opening_without_a_row_is_unknown_and_nothing_more() -> None:
    log = MemoryLog()
    await log.append(recording.opening(fresh(), NOW))
    rig = Rig(MemorySessionStore(), log)
    await rig.conductor.recover(log.entries)
    assert rig.told() == [
        (E.AGENT_SESSION_OPENED, Outcome.INTENT),
        (E.SYSTEM_OUTCOME_UNKNOWN, Outcome.UNKNOWN),
    ]


async def test_a_second_start_finds_nothing_to_do() -> None:
    rig = Rig()
    await rig.ready()
    await rig.conductor.recover(rig.log.entries)
    told = rig.told()
    again = Rig(rig.store, rig.log.restarted())
    await again.conductor.recover(again.log.entries)
    assert again.told() == told


async def test_an_end_found_in_the_row_is_believed_and_darkens() -> None:
    rig = Rig()
    session = await rig.ready()
    row = step(session, EndDemanded(EndCause.OFFICER_ENDED), NOW)[0]
    await rig.store.save(row, log_index=None)
    seen = await rig.apply(ConnectionLost(Party.AGENT))
    assert seen.end_cause is EndCause.OFFICER_ENDED
    assert rig.gate.calls[-1] == ("close", SessionId("ses_1"))
    assert rig.conductor.live() == []


def _share_intent() -> Event:
    told = recording.intent(fresh(), ShareStarted("tab"), sharing(), NOW)
    assert told is not None
    return told
