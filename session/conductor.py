"""The shell around the law, and the one way into a session: load, step, then the order rule.

`giving` and `taking` hold the two halves of the order rule; `register` holds the sessions; `leases` answers the gate.
"""

import asyncio
import contextlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from audit.event import Event
from audit.ports import OpenedEntry
from session import admission, fingerprint, recording, remarks
from session.admission import Crowd
from session.deadlines import AGREED
from session.elsewhere import Elsewhere
from session.errors import OpeningRefused, SessionElsewhere, TooCrowded
from session.events import (
    EndDemanded,
    FingerprintSeen,
    HelpAccepted,
    Prompting,
    SessionEvent,
    ShareStarted,
    TimePassed,
)
from session.gate_port import Gate, GateLost, LegConnected, LegLost, Opened, PictureStarted, Stamp
from session.giving import Giving
from session.holding import Holding
from session.homes import OnlyHome
from session.identity import CaseId, CustomerId, LoginId, SessionId, StaffId
from session.intents import Intents
from session.keeping import Keeping
from session.leases import Leases
from session.model import EndCause, Session, State
from session.permission import Obstacle
from session.ports import (
    Circumstances,
    Clock,
    HeardLog,
    Homes,
    Notices,
    SessionStore,
    Sight,
    StoreUnavailable,
)
from session.recovery import Recovery
from session.register import Register
from session.taking import Taking
from session.transitions import IllegalEvent, SurfaceRefused
from session.verifying import rests_on

SWEEP_EVERY_S: Final = 0.25
MediaNews = LegConnected | LegLost | PictureStarted

_END_FOR: Final = {
    Obstacle.LOG_UNHEALTHY: EndCause.LOG_FAILED,
    Obstacle.LOGIN_NOT_LIVE: EndCause.AGENT_SIGNED_OUT,
    Obstacle.CASE_NOT_LIVE: EndCause.BLOCKED,
    Obstacle.CONSENT_NOT_OF_NOW: EndCause.CONSENT_EXPIRED,  # it ran out, or the wall clock was set back
}


_CROWDED: Final = {
    Crowd.CUSTOMER_UNDER_WAY: "This customer is in a session already. Nothing was opened. End that one first.",
    Crowd.CASE_TAKEN: "This case has a session already. Nothing was opened. End that one first.",
    Crowd.TOO_MANY: "You have too many sessions open. Nothing was opened. End those that you do not need.",
    Crowd.LINE_FULL: "So many people wait that nobody more can be taken. Nothing was opened. Try again in a while.",
}


class Conductor:
    """One for each process. `run` must be running, or nothing expires and no lease is renewed."""

    def __init__(
        self,
        store: SessionStore,
        log: HeardLog,
        gate: Gate,
        notices: Notices,
        circumstances: Circumstances,
        clock: Clock,
        homes: Homes | None = None,
    ) -> None:
        self._homes = homes or OnlyHome()
        self._store, self._log, self._gate = store, log, gate
        self._circumstances, self._clock = circumstances, clock
        self._keeping = Keeping(store, log)
        self._leases = Leases(gate, log, circumstances)
        self._register = Register(store, self._keeping, self._leases, notices, self._homes)
        self._taking = Taking(self._register, self._leases, notices, clock)
        self._giving = Giving(
            store,
            Intents(log, clock),
            self._keeping,
            self._register,
            self._leases,
            self._taking,
            notices,
            self._homes,
            clock,
        )
        self._recovery = Recovery(store, log, self._keeping, clock)
        self._elsewhere = Elsewhere(store, log, self._register, self._taking, self._homes, clock)
        self._opening: dict[SessionId, Session] = {}
        self._observers: list[Callable[[MediaNews], None]] = []

    async def open(self, session: Session, *, unknown: bool = False) -> Session:
        """Open a session in `invited`, in place of an unclaimed one of the same case; or one that its customer asks
        for, in `waiting`, in place of the former wait. `unknown`: see `admission.crowd`.

        Raises OpeningRefused (with TooCrowded), NotRecorded or StoreUnavailable: then there is none.
        """
        self._must_be_openable(session, unknown)
        self._opening[session.id] = session
        try:
            await self._end_each(
                [held for held in self._register.alive() if admission.replaces(session, held.truth)],
                EndDemanded(EndCause.CUSTOMER_STOPPED if session.help is not None else EndCause.AGENT_LEFT),
            )
            return await self._giving.open(session)
        finally:
            self._opening.pop(session.id, None)

    async def accept(self, session: SessionId, accepted: HelpAccepted) -> Session:
        """Give a customer who waits to an agent, whose live case it is by now. Raises as `apply`, and OpeningRefused
        (with TooCrowded)."""
        waits = (await self._register.find(session)).truth
        if (reason := self._why_not_accepted(waits, accepted)) is not None:
            now = self._clock.now_ms()
            self._log.append_reducing(recording.acceptance_refused(waits, accepted.agent, reason, now))
            if reason == Crowd.TOO_MANY.value:
                raise TooCrowded(_CROWDED[Crowd.TOO_MANY])
            raise OpeningRefused("You cannot accept anybody at the moment. Nothing was changed.")
        return await self.apply(session, accepted)

    async def apply(self, session: SessionId, event: SessionEvent) -> Session:
        """Let `event` happen. What takes access away has darkened the gate before this first waits.

        Raises SessionUnknown, SessionElsewhere, IllegalEvent (with SurfaceRefused and Overtaken), NotRecorded,
        StoreUnavailable (with CutOff); after any of these nothing was given. A taking in a session that is held here
        raises neither of the last two: it counts, and is written as soon as can be. One that another server moves can
        be ended here, in its row.
        """
        try:
            holding = await self._register.find(session)
        except SessionElsewhere as found:
            if not isinstance(event, EndDemanded):
                raise
            return await self._elsewhere.end(found.row, event)
        asked = _with_nonce(event)
        try:
            if self._taking.at_once(holding, asked):
                await self._register.settle(holding)
                return holding.truth
            return await self._giving.give(holding, asked)
        except SurfaceRefused:
            if isinstance(asked, ShareStarted):
                now = self._clock.now_ms()
                self._remark(holding, recording.share_refused(holding.truth, asked, now))
            raise

    async def open_media(self, session: SessionId, customer_offer: str) -> Opened:
        """Both legs, from the customer's offer, where there is an agreement, interrupted or not. Nothing flows by this
        alone.

        Raises SessionUnknown, IllegalEvent, StoreUnavailable, SdpRefused or GateUnavailable.
        """
        holding = await self._register.find(session)
        _must_have_agreed(holding.truth)
        if (seen := fingerprint.named_in(customer_offer)) != holding.truth.media_fingerprint:
            _must_have_agreed(await self.apply(session, FingerprintSeen(seen)))
        opened = await self._gate.open(session, customer_offer)
        try:
            _must_have_agreed(holding.truth)
        except IllegalEvent:
            self._leases.close(session)  # it ended, or the agreement went, while the gate worked
            raise
        return opened

    async def answer_media(self, session: SessionId, agent_answer: str) -> None:
        """The agent's answer to the gate's offer. Raises as `open_media`."""
        _must_have_agreed((await self._register.find(session)).truth)
        await self._gate.answer(session, agent_answer)

    async def load(self, session: SessionId) -> Session:
        """What holds now; of one that another server moves, its row. Raises SessionUnknown or StoreUnavailable."""
        try:
            return (await self._register.find(session)).truth
        except SessionElsewhere as found:
            return found.row

    def at_hand(self, session: SessionId) -> Session | None:
        """As `load`, of one that this server moves, and without waiting; None for any other."""
        held = self._register.held(session)
        return held.truth if held is not None else None

    def live(self) -> list[Session]:
        """Every session that this server moves and that has not ended, the oldest first."""
        return sorted((held.truth for held in self._register.alive()), key=lambda session: session.opened_at)

    def held(self) -> frozenset[SessionId]:
        """Every session that this server moves or is about to open."""
        return frozenset((*(held.truth.id for held in self._register.alive()), *self._opening))

    def media_may_flow(self, session: Session, now: int) -> bool:
        """Whether a lease would be renewed at `now` (UTC ms). For pages; the gate asks nobody but its lease."""
        return self._leases.permitted(session, now)

    def observe_media(self, observer: Callable[[MediaNews], None]) -> None:
        """`observer` is called with what the gate tells of legs and pictures. It must not wait or raise."""
        self._observers.append(observer)

    async def end_all_of_login(self, login: LoginId, cause: EndCause) -> None:
        """Every session of this sign-in goes dark before this first waits."""
        with contextlib.suppress(StoreUnavailable):  # their servers then find the sign-in's end
            await self._end_chosen(lambda session: session.agent_login == login, EndDemanded(cause))

    async def end_all_of_agent(self, agent: StaffId, cause: EndCause, by: StaffId | None) -> None:
        """As `end_all_of_login`, for all sign-ins of one agent."""
        with contextlib.suppress(StoreUnavailable):  # as above, and then find the block
            await self._end_chosen(lambda session: session.agent == agent, EndDemanded(cause, by))

    async def end_all_of_customer(self, customer: CustomerId, cause: EndCause, proved_by: str = "") -> None:
        """As `end_all_of_login`, for all that this customer is in or invited to, or for those that were proved by that
        method. Raises StoreUnavailable where those that other servers move cannot be ended now."""
        await self._end_chosen(lambda one: rests_on(one, customer, proved_by), EndDemanded(cause))

    async def end_all(self, cause: EndCause) -> None:
        """For a server that stops: every session, dark at once and then written, as far as can be."""
        await self._end_each(self._register.alive(), EndDemanded(cause))

    async def end_held(self, sessions: Iterable[SessionId], cause: EndCause) -> None:
        """As `end_all_of_login`, for those of the sessions that are held here."""
        named = frozenset(sessions)
        chosen = [held for held in self._register.alive() if held.truth.id in named]
        await self._end_each(chosen, EndDemanded(cause))

    async def end_all_of_case(self, case: CaseId, cause: EndCause) -> None:
        """As `end_all_of_customer`, for all in this case."""
        await self._end_chosen(lambda one: one.case == case, EndDemanded(cause))

    async def recover(self, tail: Sequence[OpenedEntry]) -> None:
        """At start, before `run` and before anybody is served: what a crash left open is closed and recorded.

        `tail` is the decrypted end of the log, at least since the oldest unfinished session was opened; a day of it
        finds every end that was not told. Raises LogUnavailable or StoreUnavailable: then the server must not start.
        """
        await self._recovery.run(tail, alone=not self._homes.shared)

    async def learn_ended(self, sessions: Iterable[SessionId]) -> None:
        """The store says that these have ended: dark before anything is asked again."""
        await self._elsewhere.learn(sessions)

    async def end_orphans(self) -> None:
        """What a server that is gone has left ends. Raises StoreUnavailable or LogUnavailable."""
        await self._elsewhere.end_orphans(self._recovery, self._opening.__contains__)

    async def run(self) -> None:
        """For ever: renew leases, end what is over, write what could not be written."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._read_gate())
            tasks.create_task(self._watch())
            tasks.create_task(self._register.keep_settling(SWEEP_EVERY_S))

    def sweep(self) -> None:
        """End what is over by now, and every share that may not go on: dark at once, written by the settling."""
        now = self._clock.now_ms()
        for holding in self._register.alive():
            self._end_if_forbidden(holding, now)
            if holding.truth.state is not State.ENDED and holding.due(now):
                self._taking.at_once(holding, TimePassed())

    async def settle(self) -> None:
        """One try to write everything that is true but not yet written. `run` does this by itself."""
        await self._register.settle_all()

    async def _watch(self) -> None:
        while True:
            self.sweep()
            await asyncio.sleep(SWEEP_EVERY_S)

    async def _read_gate(self) -> None:
        """Never waits for anything but the gate: a slow store must not cost other sessions their leases."""
        async for event in self._gate.events():
            match event:
                case Stamp():
                    held = self._register.held(event.session)
                    self._leases.stamped(held.truth if held else None, event, self._clock.now_ms())
                case GateLost(sessions):
                    self._end_lost(sessions)
                case LegConnected() | LegLost() | PictureStarted():
                    self._remark_media(event)
                    for observer in self._observers:
                        observer(event)

    def _remark_media(self, news: MediaNews) -> None:
        held = self._register.held(news.session)
        if held is not None and held.truth.state is not State.ENDED:
            self._remark(held, remarks.of_media(held.truth, news, self._clock.now_ms()))

    def _remark(self, holding: Holding, entry: Event) -> None:
        holding.remark(entry)
        self._register.to_be_settled(holding)

    def _end_lost(self, sessions: Iterable[SessionId]) -> None:
        for session in sessions:
            held = self._register.held(session)
            if held is not None and held.truth.state is not State.ENDED:
                self._taking.at_once(held, EndDemanded(EndCause.GATE_FAILED))

    def _end_if_forbidden(self, holding: Holding, now: int) -> None:
        if holding.truth.state is not State.SHARING:
            holding.withheld = False  # what ended the sharing has an entry of its own
            self._end_if_others_now(holding, now)
            return
        sight, obstacles = self._circumstances.sight(), self._leases.obstacles(holding.truth, now)
        if self._ended_by(holding, obstacles, sight, now):
            return
        if obstacles and not holding.withheld:
            self._remark(holding, remarks.lease_withheld(holding.truth, obstacles, now))
        elif holding.withheld and not obstacles:
            self._remark(holding, remarks.lease_restored(holding.truth, now))
        holding.withheld = bool(obstacles)

    def _end_if_others_now(self, holding: Holding, now: int) -> None:
        """A proof dies with the case's transfer and the agent's sign-in, whatever the session waits for; so it ends."""
        session = holding.truth
        if session.state is State.ENDED or (session.verification is None and session.assertion is None):
            return
        gone = self._leases.between(session, now)
        self._ended_by(holding, gone, self._circumstances.sight(), now)

    def _ended_by(self, holding: Holding, obstacles: Iterable[Obstacle], sight: Sight, now: int) -> bool:
        for obstacle in obstacles:
            cause = _cause(obstacle, sight)
            if cause is EndCause.AGENT_SIGNED_OUT and self._circumstances.blocked(holding.truth.agent, now):
                cause = EndCause.BLOCKED
            if cause is not None:
                self._taking.at_once(holding, EndDemanded(cause))
                return True
        return False

    async def _end_chosen(self, chosen: Callable[[Session], bool], demanded: EndDemanded) -> None:
        """Here at once; where another server moves them, in their rows. Raises StoreUnavailable for those alone."""
        await self._end_each([held for held in self._register.alive() if chosen(held.truth)], demanded)
        if self._homes.shared:
            await self._elsewhere.end_each(chosen, demanded)

    async def _end_each(self, holdings: list[Holding], demanded: EndDemanded) -> None:
        for holding in holdings:
            self._taking.at_once(holding, demanded)
        await asyncio.gather(*(self._register.settle(holding) for holding in holdings))

    def _must_be_openable(self, session: Session, unknown: bool) -> None:
        now = self._clock.now_ms()
        crowd = admission.crowd(session, [*self.live(), *self._opening.values()], unknown=unknown)
        if session.help is None and not self._circumstances.login_live(session.agent_login, now):
            reason = "login_not_live"
        elif session.help is None and not self._circumstances.case_live(session.case, session.agent, now):
            reason = "case_not_live"
        elif crowd is not None:
            self._log.append_reducing(recording.opening_refused(session, crowd.value, now))
            raise TooCrowded(_CROWDED[crowd])
        else:
            return
        self._log.append_reducing(recording.opening_refused(session, reason, now))
        raise OpeningRefused("A session needs a live case that is assigned to you. Nothing was opened.")

    def _why_not_accepted(self, waits: Session, accepted: HelpAccepted) -> str | None:
        now = self._clock.now_ms()
        if not self._circumstances.login_live(accepted.login, now):
            return "login_not_live"
        if not self._circumstances.case_live(waits.case, accepted.agent, now):
            return "case_not_live"
        return None if admission.may_accept(accepted.agent, self.live()) else Crowd.TOO_MANY.value


def _cause(obstacle: Obstacle, sight: Sight) -> EndCause | None:
    """Why a share that meets this obstacle ends; None if it stays, dark."""
    if obstacle is not Obstacle.CASE_NOT_LIVE or sight is Sight.CLEAR:
        return _END_FOR.get(obstacle)
    return EndCause.CONNECTION_LOST if sight is Sight.LOST else None


def _must_have_agreed(session: Session) -> None:
    interrupted = session.state is State.INTERRUPTED  # legs made now are there when everybody is back
    if (session.resume_to if interrupted else session.state) not in AGREED:
        reason = "There is no agreement to share, so no connection for a picture is made."
        raise IllegalEvent(session.state, ShareStarted("unknown"), reason)


def _with_nonce(event: SessionEvent) -> SessionEvent:
    """The law is pure, so the randomness of a consent prompt comes with the event."""
    if isinstance(event, Prompting) and not event.consent_nonce:
        return replace(event, consent_nonce=urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b"=").decode())
    return event
