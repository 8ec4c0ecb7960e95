"""The line of customers who asked first: asking, accepting, the meeting code, and what pages are shown of it.

See session/waiting.py for the law and its terms. An agent's acceptance is two acts, each with its entry first: the case
becomes this agent's, which only one can bring about, and then the session does. A wait that ends before agent and
customer met closes the case that was opened with it, so that accepting is no way to look at a record.
"""

import asyncio
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.ports import AuditWriter
from server.administration.register import Register
from server.circumstances import LiveCircumstances
from server.identity import new_id
from server.labels import LabelBook
from server.line_cases import LineCases, TakenByAnother
from server.principals import StaffPrincipal
from server.problems import Problem, not_allowed, not_found, not_signed_in
from server.signalling.fanout import Fanout
from server.signalling.messages import WaitingShown
from server.signalling.seats import Seats
from server.storage.stores import Stores
from server.tasks import Tasks
from session import meeting_code, recording, waiting
from session.conductor import Conductor
from session.events import EndDemanded, HelpAccepted, MeetingCodeMatched, MeetingCodeRefused
from session.identity import CaseId, CustomerId, LoginId, SessionId
from session.model import Badge, Device, EndCause, Help, Introduction, Party, Session, State
from session.ports import Clock
from support import asking
from support.identity import CustomerId as SupportCustomerId
from verification.typed_secrets import secret_in

NONCE_BYTES: Final = 16
WAITS_KEPT: Final = 200
LOOK_TOLD_EVERY_MS: Final = 10 * 60_000
LOOKERS_KEPT: Final = 4_096
SHOWN_EVERY_S: Final = 0.5
_log: Final = structlog.get_logger("line")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a customer asks with. `words` are their own, "" for none."""

    topic: str
    words: str = field(repr=False)
    language: str


@dataclass(frozen=True, slots=True)
class InLine:
    """One who waits, as agents may know them before they accept."""

    session: Session
    customer_masked: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`topic_text`: a topic in the words of the first language of the settings. `key`: the invitations'."""

    stores: Stores
    log: AuditWriter
    conductor: Conductor
    circumstances: LiveCircumstances
    labels: LabelBook
    seats: Seats
    fanout: Fanout
    tasks: Tasks
    clock: Clock
    organisation: str
    introduction: Introduction
    topic_text: Callable[[str], str]
    key: bytes = field(repr=False)


class LineDesk:
    """Raises LogUnavailable, NotRecorded and StoreUnavailable: then nothing was given."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self.cases = LineCases(around.stores, Register(around.log, around.clock), around.clock)
        self._waits: deque[tuple[int, int]] = deque(maxlen=WAITS_KEPT)
        self._looked: OrderedDict[LoginId, int] = OrderedDict()
        self._places: dict[SessionId, int] = {}
        self._moved = asyncio.Event()
        around.fanout.observe(self._follow)

    # --- the customer

    async def ask(self, customer: CustomerId, device: Device, wish: Wish) -> tuple[Session, str]:
        """The session, and the token of its customer's cookie. Raises OpeningRefused (with TooCrowded), IntakeRefused,
        Problem."""
        around = self._around
        found = await around.stores.customers.find(SupportCustomerId(customer))
        if found is None or found.gone:
            raise not_signed_in()
        words = asking.own_words(wish.words)
        self._must_hold_no_secret(customer, words)
        reason = words or around.topic_text(wish.topic)
        case = await self.cases.opened(customer, wish.topic, reason)
        asked = waiting.asked_for(
            SessionId(new_id("ses")),
            CaseId(case.id),
            customer,
            device,
            Help(wish.topic, wish.language),
            around.clock.now_ms(),
        )
        try:
            session = await around.conductor.open(asked)
        except BaseException:
            await self.cases.close(CaseId(case.id))
            raise
        try:
            return session, await around.stores.customer_cookies.issue(session.id, around.clock.now_ms())
        except BaseException:
            await around.conductor.apply(session.id, EndDemanded(EndCause.CUSTOMER_STOPPED))
            raise

    def shown(self, session: Session) -> WaitingShown | None:
        """To the customer. The code is made here and kept nowhere."""
        if session.state is not State.WAITING or session.help is None:
            return None
        place, code = None, None
        if session.agent == waiting.NOBODY:
            place = self._places.get(session.id) or waiting.place_of(session, self._around.conductor.live())
        else:
            code = meeting_code.in_groups(self._code(session, session.help))
        return WaitingShown(
            place=place,
            expected_ms=self.expected_ms() if place is not None else None,
            until_ms=session.invitation_expires_at,
            code=code,
            handed_by=session.handed.by_name if session.handed else "",
            handed_to=session.handed.to_name if session.handed else "",
        )

    # --- the agent

    async def line(self, agent: StaffPrincipal) -> list[InLine]:
        """Who waits, the longest first. A page asks for it every few seconds; on record is that somebody looks, again
        after ten minutes."""
        _must_help(agent)
        await self._told_of_look(agent)
        now = self._around.clock.now_ms()
        line = waiting.in_line(self._around.conductor.live())
        kept = await self._around.stores.visits.kept_for(now)
        waits = [
            one for one in line if waiting.open_to(one, agent.id, now) and _free(kept.get(one.id), agent)
        ]
        return [InLine(one, (await self._around.labels.of(one.id)).customer_masked) for one in waits]

    async def accept(self, name: SessionId, agent: StaffPrincipal) -> Session:
        """This agent's from here on, and the case live for them. Whom this agent met in the same sign-in, before they
        had signed in, need not read out another code. Raises Problem, OpeningRefused, SessionUnknown, IllegalEvent."""
        _must_help(agent)
        around, session = self._around, await self._around.conductor.load(name)
        if session.help is None:
            raise not_found()
        if session.agent == agent.id:
            return session
        if session.state is not State.WAITING:
            raise _waits_no_more()
        keeper = await self._keeper(session, agent)
        try:
            await self.cases.take(session, agent)
        except TakenByAnother as error:
            raise self._taken(session, agent) from error
        try:
            accepted = await self._accepted(session, agent)
        except BaseException:
            await self.cases.give_back(session, agent.id)
            raise
        if keeper is None:
            self.waited(session.state_since, around.clock.now_ms())
        await around.labels.forget("", [name])
        if self._name_agent(accepted, agent):  # of a page that came meanwhile
            around.fanout.show_again(accepted)
        if keeper == (agent.id, agent.login) and accepted.help is not None:
            return await around.conductor.apply(name, MeetingCodeMatched(accepted.help.nonce))
        return accepted

    async def heard(self, session: Session, typed: str) -> Session:
        """What the agent of this session typed, judged: the session after it. Raises Problem where it is no code at
        all, which costs nothing; IllegalEvent."""
        folded = whole_code(typed)
        if session.state is not State.WAITING or session.help is None or not session.help.nonce:
            raise _waits_no_more()
        right = meeting_code.same(folded, self._code(session, session.help))
        nonce = session.help.nonce
        event = MeetingCodeMatched(nonce) if right else MeetingCodeRefused(nonce)
        return await self._around.conductor.apply(session.id, event)

    # --- beside those who have not signed in (`visit_desk`)

    def length(self) -> int:
        """How many are in line."""
        return len(waiting.in_line(self._around.conductor.live()))

    def expected_ms(self) -> int | None:
        """How long people waited lately, as a rule; None where too few did."""
        return waiting.expected_ms(self._waits, self._around.clock.now_ms())

    def waited(self, since_ms: int, until_ms: int) -> None:
        """Somebody was accepted."""
        self._waits.append((until_ms, max(0, until_ms - since_ms)))

    # --- what goes on by itself

    async def run(self) -> None:
        """For ever: whoever waits sees the line move."""
        while True:
            await self._moved.wait()
            self._moved.clear()
            around = self._around
            line = waiting.in_line(around.conductor.live())
            before, self._places = self._places, {one.id: place for place, one in enumerate(line, 1)}
            for one in line:
                if before.get(one.id) != self._places[one.id]:
                    around.fanout.show_again(one)
            await asyncio.sleep(SHOWN_EVERY_S)

    def _follow(self, session: Session) -> None:
        if session.help is None:
            return
        self._moved.set()
        if session.state is not State.WAITING:
            self._places.pop(session.id, None)
        if session.state is State.ENDED and waiting.unmet(session):
            self._around.tasks.start(
                self.cases.close_surely(session.case), name="close a case that nobody took up"
            )

    def _must_hold_no_secret(self, customer: CustomerId, words: str) -> None:
        """They would be shown to an agent. On record is what it looked like, never what it was. Raises Problem."""
        found = secret_in(words)
        if found is None:
            return
        actor, facts = Actor(ActorKind.CUSTOMER, customer), {"reason": found.value}
        now = self._around.clock.now_ms()
        self._around.log.append_reducing(
            Event(
                EventName.CUSTOMER_HELP_REFUSED, Outcome.REFUSED, now, actor, customer=customer, facts=facts
            )
        )
        raise Problem(
            422,
            "secret_in_words",
            "Your text looks as if a code or a recovery phrase were in it. It was not kept and nobody saw it. Take it "
            "out: none of us ever needs one.",
        )

    async def _accepted(self, session: Session, agent: StaffPrincipal) -> Session:
        around = self._around
        await around.circumstances.follow(session.case)
        staff = agent.staff
        self._name_agent(session, agent)
        return await around.conductor.accept(
            session.id,
            HelpAccepted(
                agent.id,
                agent.login,
                Badge(staff.name, staff.number, around.organisation),
                around.introduction,
                secrets.token_urlsafe(NONCE_BYTES),
            ),
        )

    def _name_agent(self, session: Session, agent: StaffPrincipal) -> bool:
        """The customer's socket was seated when there was no agent. Shown only once the session has this agent. Whether
        there was something to do."""
        seat, staff = self._around.seats.of(session.id, Party.CUSTOMER), agent.staff
        if seat is None or seat.labels.agent_number == staff.number:
            return False
        seat.labels = replace(
            seat.labels,
            agent_name=staff.name,
            agent_number=staff.number,
            agent_team=staff.team,
            agent_role=staff.role.value,
        )
        return True

    async def _keeper(self, session: Session, agent: StaffPrincipal) -> tuple[str, str] | None:
        """For which agent and sign-in this customer is kept, who came from a wait without sign-in. Raises Problem where
        they are not this agent's to accept."""
        now = self._around.clock.now_ms()
        keeper = (await self._around.stores.visits.kept_for(now)).get(session.id)
        open_to_them = waiting.open_to(session, agent.id, now) and _free(keeper, agent)
        if session.agent != waiting.NOBODY or not open_to_them:
            raise self._taken(session, agent)
        return keeper

    def _taken(self, session: Session, agent: StaffPrincipal) -> Problem:
        now = self._around.clock.now_ms()
        self._around.log.append_reducing(recording.acceptance_refused(session, agent.id, "taken", now))
        return Problem(
            409, "already_accepted", "A colleague has accepted this customer already. Nothing was changed."
        )

    async def _told_of_look(self, agent: StaffPrincipal) -> None:
        now = self._around.clock.now_ms()
        last = self._looked.get(agent.login)
        if last is not None and 0 <= now - last < LOOK_TOLD_EVERY_MS:
            return
        await self._around.log.append(
            Event(
                name=EventName.AGENT_LINE_READ,
                outcome=Outcome.DONE,
                at_ms=now,
                actor=Actor(ActorKind.AGENT, agent.id),
                facts={"login": agent.login},
            )
        )
        self._looked[agent.login] = now
        self._looked.move_to_end(agent.login)
        while len(self._looked) > LOOKERS_KEPT:
            self._looked.popitem(last=False)

    def _code(self, session: Session, asked: Help) -> str:
        return meeting_code.made(self._around.key, session.id, asked.nonce)


def whole_code(typed: str) -> str:
    """The meeting code that was meant. Raises Problem where it is none, which costs nothing."""
    folded = meeting_code.fold(typed)
    if folded is None:
        raise Problem(
            422,
            "meeting_mistyped",
            "This is not a whole code: it has eight characters and begins with a letter. No try was used. Ask the "
            "customer to read it out again.",
        )
    return folded


def _free(keeper: tuple[str, str] | None, agent: StaffPrincipal) -> bool:
    """Whoever came from a wait without sign-in is for the agent who met them there."""
    return keeper is None or keeper[0] == agent.id


def _must_help(agent: StaffPrincipal) -> None:
    if not agent.staff.helps_customers:
        raise not_allowed()


def _waits_no_more() -> Problem:
    return Problem(
        409,
        "waits_no_more",
        "This customer waits no more: they left, or the time was over. Nothing was changed.",
    )
