"""No sequence of events, faults and delays makes the gate forward what it must not.

The invariants look at the gate (the fake one, which honours stamps, epochs and TTL like the real one) and at the log,
never at our own `permitted`. What was agreed and withdrawn is kept by the test itself, in `Told`.
"""

import asyncio
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from audit.event import EventName, Outcome
from session import recording
from session.events import (
    AgreementReopened,
    BadgeAccepted,
    BadgeIssued,
    BadgeShown,
    Connected,
    ConnectionLost,
    ConsentGranted,
    EndDemanded,
    ExtensionOpened,
    HandedOver,
    InvitationClaimed,
    MeetingCodeMatched,
    Paused,
    SessionEvent,
    ShareStarted,
    VerificationSucceeded,
)
from session.gate_port import LEASE_TTL_MS
from session.handing import MOST_HANDED
from session.identity import SessionId, StaffId
from session.model import EndCause, Level, Party, Scope, State, Verification
from session.ports import Sight
from tests.protocol.conductor_rig import AGENT_HERE, Rig
from tests.protocol.machine_steps import (
    CAUSES,
    CUSTOMERS,
    DEVICES,
    GOING_ON,
    GRANTS,
    NAMES,
    SETTINGS,
    SMALL_STEPS,
    Told,
    agreed_since,
    done,
    failed_otherwise,
    gathered,
    intents,
)
from tests.protocol.virtual_loop import VirtualLoop
from tests.storage.session_examples import accepting, consent, fresh, verification, waiting
from tests.unit.introduction_examples import BADGE

names = st.sampled_from(NAMES)
turns = st.integers(0, 6)


class ConductorMachine(RuleBasedStateMachine):
    @initialize()
    def start(self) -> None:
        self.loop = VirtualLoop()
        self.rig = Rig()
        self.told = {name: Told() for name in NAMES}
        self.tasks: list[asyncio.Task[object]] = []
        self.runner = self.loop.create_task(self.rig.conductor.run())
        self.loop.turn(5)

    # --- what people do

    @rule(name=names)
    def open(self, name: SessionId) -> None:
        if name not in self.rig.store.rows:
            opened = fresh(name, now=self.rig.clock.utc, customer=CUSTOMERS[name])
            self._try(self.rig.conductor.open(opened), 6)

    @rule(name=names)
    def ask_first(self, name: SessionId) -> None:
        if name not in self.rig.store.rows:
            asked = waiting(name, now=self.rig.clock.utc, customer=CUSTOMERS[name])
            self._try(self.rig.conductor.open(replace(asked, device=DEVICES[name], present=frozenset())), 6)
            self._connect(name, Party.CUSTOMER, 6)

    @rule(name=names, agent=st.sampled_from(["sta_1", "sta_1", "sta_2"]), turns=turns)
    def accept(self, name: SessionId, agent: str, turns: int) -> None:
        self._try(self.rig.conductor.accept(name, accepting(agent, fresh().agent_login)), turns)

    @rule(name=names, turns=turns)
    def claim(self, name: SessionId, turns: int) -> None:
        self._apply(name, InvitationClaimed(DEVICES[name]), turns)

    @rule(name=names, level=st.sampled_from([Level.V1, Level.V1, Level.V2]), minutes=st.sampled_from([5, 30]))
    def walk(self, name: SessionId, level: Level, minutes: int) -> None:
        """Everybody does what they should, as far as it goes: without this no random walk gets anywhere."""
        self._enter(name)
        found = self._found(name, self.rig.clock.utc, level)
        self._apply(name, VerificationSucceeded(found), 9)
        self.grant(name, Scope.TAB, minutes, 9)
        self._try(self.rig.conductor.open_media(name, "v=0"), 9)
        self._ask_for_picture(name, ShareStarted("tab"), 9)

    @rule(first=names, second=names)
    def lure(self, first: SessionId, second: SessionId) -> None:
        """Somebody who shares is sent into another session, up to where a code is asked for."""
        self.open(first)
        self.open(second)
        self.walk(first, Level.V1, 5)
        self._enter(second)

    @rule(name=names, event=st.sampled_from(SMALL_STEPS), turns=turns)
    def step(self, name: SessionId, event: SessionEvent, turns: int) -> None:
        if event in GOING_ON:
            self._ask_for_picture(name, event, turns)
        else:
            self._apply(name, event, turns)

    @rule(
        name=names,
        level=st.sampled_from(Level),
        age=st.sampled_from([0, 9 * 60_000, 10 * 60_000]),
        turns=turns,
    )
    def verify(self, name: SessionId, level: Level, age: int, turns: int) -> None:
        found = self._found(name, self.rig.clock.utc - age, level)
        self._apply(name, VerificationSucceeded(found), turns)

    def _found(self, name: SessionId, at: int, level: Level) -> Verification:
        of = fresh(name, customer=CUSTOMERS[name])
        return verification(at, level=level, device=DEVICES[name], of=of)

    @rule(
        name=names,
        surface=st.sampled_from([Scope.TAB, Scope.TAB, Scope.SCREEN]),
        minutes=st.sampled_from([5, 30, 31]),
        turns=turns,
    )
    def grant(self, name: SessionId, surface: Scope, minutes: int, turns: int) -> None:
        row = self.rig.store.rows.get(name)
        nonce = (row.consent_nonce if row else None) or "guessed"
        agreed = consent(self.rig.clock.utc, surface=surface, minutes=minutes)
        self._apply(name, ConsentGranted(agreed, nonce), turns)

    @rule(name=names, minutes=st.sampled_from([10, 30]), surface=st.sampled_from([Scope.TAB, Scope.SCREEN]))
    def go_on_for_longer(self, name: SessionId, minutes: int, surface: Scope) -> None:
        """Asked for, read, and signed: no picture is asked for by it, and none may come of it."""
        self._apply(name, ExtensionOpened(), 9)
        row = self.rig.store.rows.get(name)
        nonce = row.extension.nonce if row and row.extension else "guessed"
        agreed = consent(self.rig.clock.utc, surface=surface, minutes=minutes)
        self._apply(name, ConsentGranted(agreed, nonce), 9)

    @rule(name=names, turns=turns)
    def agree_to_something_else(self, name: SessionId, turns: int) -> None:
        if (row := self.rig.store.rows.get(name)) and row.state is State.SHARING:
            self.told[name].withdrawn = True
        self._apply(name, AgreementReopened(), turns)

    @rule(name=names, turns=turns)
    def hand_over(self, name: SessionId, turns: int) -> None:
        row = self.rig.store.rows.get(name)
        if row and row.state is State.SHARING and (row.handed is None or row.handed.often < MOST_HANDED):
            self.told[name].withdrawn = True
        self._apply(name, HandedOver(StaffId(""), by=row.agent if row else StaffId("sta_1")), turns)

    @rule(name=names, turns=turns)
    def offer(self, name: SessionId, turns: int) -> None:
        self._try(self.rig.conductor.open_media(name, "v=0"), turns)

    @rule(name=names, turns=turns)
    def pause(self, name: SessionId, turns: int) -> None:
        """A pause counts once the share is on; one that comes earlier is an event like any other."""
        if (row := self.rig.store.rows.get(name)) and row.state is State.SHARING:
            self.told[name].withdrawn = True
        self._apply(name, Paused(), turns)

    @rule(name=names, cause=st.sampled_from(CAUSES), turns=turns)
    def end(self, name: SessionId, cause: EndCause, turns: int) -> None:
        if name in self.rig.store.rows:
            self.told[name].ended = True
        self._apply(name, EndDemanded(cause, StaffId("sta_9")), turns)

    @rule(name=names, party=st.sampled_from(Party), turns=turns)
    def connect(self, name: SessionId, party: Party, turns: int) -> None:
        self._connect(name, party, turns)

    @rule(name=names, turns=turns)
    def reload(self, name: SessionId, turns: int) -> None:
        told = self.told[name]
        if name in self.rig.store.rows:
            told.page, told.withdrawn = f"{told.page}+", True
            told.present.add(Party.CUSTOMER)
        self._apply(name, Connected(Party.CUSTOMER, told.page or "page"), turns)

    @rule(name=names, party=st.sampled_from(Party), turns=turns)
    def disconnect(self, name: SessionId, party: Party, turns: int) -> None:
        self.told[name].present.discard(party)
        self._apply(name, ConnectionLost(party), turns)

    @rule()
    def sign_out(self) -> None:
        login = fresh().agent_login
        for session in self.rig.conductor.live():  # who waits in line has no agent yet
            self.told[session.id].ended |= session.agent_login == login
        self._try(self.rig.conductor.end_all_of_login(login, EndCause.AGENT_SIGNED_OUT), 0)

    # --- what the world does

    @rule(ms=st.sampled_from([50, 300, 3_000, 11_000, 61_000, 6 * 60_000, 31 * 60_000]))
    def let_time_pass(self, ms: int) -> None:
        self._advance(ms)

    @rule(ms=st.sampled_from([-3_600_000, -20_000, 20_000, 3_600_000]))
    def jump_clock(self, ms: int) -> None:
        self.rig.clock.utc += ms
        self._advance(300)

    @rule(of_last=st.integers(1, 3))
    def go_away(self, of_last: int) -> None:
        """Whoever asked is cancelled, as when a connection breaks."""
        for task in [task for task in self.tasks if not task.done()][-of_last:]:
            task.cancel()
        self.loop.turn(2)

    @rule()
    def stamp(self) -> None:
        self.rig.gate.offer_stamps()
        self.loop.turn(3)

    @rule()
    def crash_gate(self) -> None:
        self.rig.gate.crash()
        self.loop.turn(5)

    @rule(fault=st.sampled_from(["fail_next", "fail_but_persist"]), of=st.sampled_from(["store", "log"]))
    def fail_once(self, fault: str, of: str) -> None:
        setattr(self.rig.store if of == "store" else self.rig.log, fault, True)

    @rule(down=st.booleans())
    def store_down(self, down: bool) -> None:
        self.rig.store.down = down

    @rule(live=st.booleans(), what=st.sampled_from(["cases_live", "logins_live"]))
    def change_circumstances(self, live: bool, what: str) -> None:
        setattr(self.rig.circumstances, what, live)
        self._advance(300)

    @rule(sight=st.sampled_from(Sight))
    def change_sight(self, sight: Sight) -> None:
        self.rig.circumstances.seen = sight
        self._advance(LEASE_TTL_MS)  # dark by silence: nothing is revoked while nothing is known

    @precondition(lambda self: len(self.rig.log.entries) > 25)
    @rule()
    def stop_log(self) -> None:
        self.rig.log.fail_from_now = True
        self._advance(300)

    # --- what must hold, all the time

    @invariant()
    def nothing_is_forwarded_that_nobody_asked_for(self) -> None:
        for name in self._forwarded():
            told = self.told[name]
            assert not told.ended, "a withdrawal was undone"
            assert not told.withdrawn, "a picture came back by itself"
            assert told.present == set(Party), "somebody is missing"

    @invariant()
    def nothing_is_forwarded_without_its_entries(self) -> None:
        for name in self._forwarded():
            events = [event for event in self.rig.log.events if event.session == name]
            granted = [event for name in GRANTS for event in intents(events, name)]
            assert self._epoch(name) in [event.facts["epoch"] for event in granted]
            assert intents(events, EventName.CUSTOMER_CODE_VERIFIED)
            agreed = intents(events, EventName.CUSTOMER_CONSENT_GRANTED)[-1]
            assert int(agreed.facts["granted_at_ms"]) <= self.rig.clock.utc < int(agreed.facts["until_ms"])
            assert int(agreed.facts["until_ms"]) - int(agreed.facts["granted_at_ms"]) <= 30 * 60_000
            assert int(agreed.facts["until_ms"]) - agreed_since(events) <= 32 * 60_000

    @invariant()
    def nothing_is_forwarded_without_case_login_and_log(self) -> None:
        circumstances = self.rig.circumstances
        if not (circumstances.cases_live and circumstances.logins_live and self.rig.log.healthy):
            assert self._forwarded() == []
        if circumstances.seen is not Sight.CLEAR:
            assert self._forwarded() == []

    @invariant()
    def no_code_is_asked_for_while_a_picture_of_the_same_person_flows(self) -> None:
        asked = [held for held in self.rig.conductor.live() if held.state is State.VERIFYING]
        for session in asked:
            for name in self._forwarded():
                assert CUSTOMERS[name] != session.customer, "an agent could read the code"
                assert session.device != DEVICES[name], "an agent could read the code"

    @invariant()
    def nobody_is_met_who_was_not_accepted_by_exactly_one(self) -> None:
        for session in self.rig.conductor.live():
            if session.help is None:
                continue
            events = [event for event in self.rig.log.events if event.session == session.id]
            assert len({event.actor.id for event in done(events, EventName.AGENT_HELP_ACCEPTED)}) <= 1
            if session.state is not State.WAITING:
                assert intents(events, EventName.AGENT_MEETING_CONFIRMED)
                assert intents(events, EventName.AGENT_HELP_ACCEPTED)

    @invariant()
    def the_conductor_still_runs(self) -> None:
        assert not self.runner.done()
        assert not [task for task in self.tasks if task.done() and failed_otherwise(task)]

    def teardown(self) -> None:
        if not hasattr(self, "loop"):
            return
        try:
            self._restart_and_compare()
        finally:
            self.runner.cancel()
            self.loop.finish(gathered(self.runner))
            self.loop.close()

    def _restart_and_compare(self) -> None:
        """Everything settles, the server is started anew, and the log and the rows tell one story."""
        self.rig.store.down = self.rig.store.fail_next = self.rig.store.fail_but_persist = False
        self.rig.log.fail_next = self.rig.log.fail_but_persist = False
        self.loop.turn(60)
        self.loop.finish(self.rig.pages_show_what_is_so())
        self.rig.log = self.rig.log.restarted()
        rig = Rig(self.rig.store, self.rig.log)
        rig.clock.utc = self.rig.clock.utc
        self.loop.finish(rig.conductor.recover(rig.log.entries))
        for name in NAMES:
            self._compare(name, rig)

    def _compare(self, name: SessionId, rig: Rig) -> None:
        events = [event for event in rig.log.events if event.session == name]
        ends = [event for event in events if event.name in recording.ENDS]
        row = rig.store.rows.get(name)
        if row is not None:
            assert row.state is State.ENDED
            assert [event.facts["cause"] for event in ends] == [row.end_cause]
            if self.told[name].ended:
                assert row.end_cause is not EndCause.SERVER_RESTARTED
        begun = [
            entry.index
            for entry in rig.log.entries
            if entry.event and entry.event.outcome is Outcome.INTENT and entry.event.session == name
        ]
        assert sorted(begun) == sorted(event.intent for event in events if event.intent is not None)

    def _forwarded(self) -> list[SessionId]:
        return [name for name in NAMES if self.rig.gate.forwarding(name)]

    def _epoch(self, name: SessionId) -> int:
        renewals = [call for call in self.rig.gate.calls if call[:2] == ("renew", name)]
        return int(renewals[-1][2])

    def _enter(self, name: SessionId) -> None:
        self._connect(name, Party.AGENT, 9)
        self._try(self.rig.conductor.accept(name, accepting()), 9)
        ways_in = (InvitationClaimed(DEVICES[name]), MeetingCodeMatched(accepting().nonce))
        for event in (*ways_in, BadgeIssued(BADGE, agent=accepting().agent), BadgeShown(), BadgeAccepted()):
            self._apply(name, event, 9)
        self._connect(name, Party.CUSTOMER, 9)

    def _connect(self, name: SessionId, party: Party, turns: int) -> None:
        told = self.told[name]
        if name in self.rig.store.rows:
            told.present.add(party)
            told.page = told.page or "page"
            told.withdrawn = False  # coming back is asking to go on
        self._apply(
            name, AGENT_HERE if party is Party.AGENT else Connected(party, told.page or "page"), turns
        )

    def _ask_for_picture(self, name: SessionId, event: SessionEvent, turns: int) -> None:
        self.told[name].withdrawn = False
        self._apply(name, event, turns)

    def _apply(self, name: SessionId, event: SessionEvent, turns: int) -> None:
        self._try(self.rig.conductor.apply(name, event), turns)

    def _try(self, work: "asyncio._CoroutineLike[object]", turns: int) -> None:
        """Start it and let the loop turn a few times: it may still be under way when the next rule comes."""
        self.tasks.append(self.loop.create_task(work))
        self.loop.turn(turns + 1)

    def _advance(self, ms: int) -> None:
        self.rig.clock.move(ms)
        self.rig.gate.offer_stamps()
        self.loop.advance(ms)


ConductorMachine.TestCase.settings = SETTINGS
TestConductorMachine = ConductorMachine.TestCase
