"""Those who wait without having signed in: asking, accepting, the code, and signing in. See support/visit.py.

What a visit is changed to happens by one conditional write, so that of two at once one does. Entry first where it
gives: a place, an agent, the knowledge that the two talk to each other, a session. What ends it is done first.
"""

import asyncio
import hashlib
import secrets
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import structlog

from audit.event import Actor, ActorKind, EventName, Fact
from server.administration.register import Register
from server.identity import new_id
from server.line_desk import LineDesk, Surroundings, Wish, whole_code
from server.principals import StaffPrincipal
from server.problems import Problem, not_allowed, not_found
from session import meeting_code
from session.identity import CustomerId, SessionId, StaffId
from session.model import RESERVED_MS, Device, Session
from session.ports import StoreUnavailable
from support.identity import is_id
from support.visit import FAILURES_ALLOWED, WAIT_MS, Visit, VisitEnd
from verification.login import LoginRegistry

MOST_OPEN: Final = 200
TOKEN_BYTES: Final = 32
TOKEN_LENGTH: Final = 43
NONCE_BYTES: Final = 16
SEEN_EVERY_MS: Final = 10_000
LOOKED_AFTER_EVERY_S: Final = 2.0
_VISITOR: Final = Actor(ActorKind.CUSTOMER)
_SYSTEM: Final = Actor(ActorKind.SYSTEM)
_log: Final = structlog.get_logger("line")


class Overtaken(Exception):
    """The visit changed meanwhile, or is over. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Told:
    """A visit as its own page is told of it. `over`: why it is; `place` and `expected_ms` in line alone, `code` once
    somebody accepted and until they typed it."""

    visit: Visit
    over: VisitEnd | None
    place: int | None
    expected_ms: int | None
    code: str | None


class VisitDesk:
    """Raises LogUnavailable and StoreUnavailable: then nothing was given."""

    def __init__(self, around: Surroundings, line: LineDesk, logins: LoginRegistry) -> None:
        self._store, self._clock, self._key = around.stores.visits, around.clock, around.key
        self._line, self._logins, self._register = line, logins, Register(around.log, around.clock)
        self._in_doubt = around.circumstances.in_doubt
        self._since: list[int] = []  # when those in line asked, as was read last

    # --- the visitor

    async def ask(self, topic: str, language: str) -> tuple[Told, str]:
        """The wait, and the token of the visitor's cookie. Raises Problem."""
        token, now = secrets.token_urlsafe(TOKEN_BYTES), self._clock.now_ms()
        visit = Visit(new_id("vis"), topic, language, now, now, now + WAIT_MS, _hash(token))
        facts = {"topic": topic, "language": language}
        await self._given(EventName.CUSTOMER_VISIT_OPENED, _VISITOR, visit, facts, partial(self._add, visit))
        await self._read()
        return self._told(visit), token

    async def told(self, token: str) -> Told | None:
        """None where there is none. Counts as a sign of life."""
        visit, now = await self._found(token), self._clock.now_ms()
        if visit is None:
            return None
        if visit.over(now) is None and now - visit.seen_at >= SEEN_EVERY_MS:
            await self._store.seen(visit.id, now)
        return self._told(visit)

    def _told(self, visit: Visit) -> Told:
        now = self._clock.now_ms()
        over = visit.over(now)
        in_line = visit.in_line(now)
        place = 1 + self._line.length() + bisect_left(self._since, visit.opened_at) if in_line else None
        accepted = over is None and visit.agent and visit.met_at is None
        code = meeting_code.in_groups(self._code(visit)) if accepted else None
        return Told(visit, over, place, self._line.expected_ms() if in_line else None, code)

    async def prolong(self, token: str) -> Told:
        """Raises Problem."""
        visit, now = await self._own(token), self._clock.now_ms()
        if not visit.may_prolong(now):
            raise Problem(
                409, "not_now", "There is time enough left, or the wait is over. Nothing was changed."
            )
        change = self._changed(visit, until=now + WAIT_MS, seen_at=now)
        try:
            await self._given(EventName.CUSTOMER_VISIT_PROLONGED, _VISITOR, visit, {}, change)
        except Overtaken as error:
            raise Problem(409, "overtaken", "Something changed meanwhile. Look again.") from error
        return self._told(await self._own(token))

    async def leave(self, token: str) -> None:
        """Raises Problem where there is no such visit."""
        await self._end(await self._own(token), VisitEnd.LEFT, EventName.CUSTOMER_VISIT_ENDED, _VISITOR)

    async def signed_in(self, token: str, customer: CustomerId, device: Device) -> tuple[Session, str]:
        """The session that the visitor's agent goes on with, and the token of its customer's cookie. Raises Problem and
        what `LineDesk.ask` raises; then the visit goes on."""
        visit, now = await self._own(token), self._clock.now_ms()
        if visit.met_at is None or visit.over(now) is not None:
            raise _not_met()
        kept_until = now + RESERVED_MS  # for this agent; then whoever is free may accept
        if not await self._took(visit, until=kept_until, end=VisitEnd.SIGNED_IN, ended_at=now):
            raise _not_met()
        try:
            session, cookie = await self._line.ask(customer, device, Wish(visit.topic, "", visit.language))
            facts = {"visit": visit.id, "session": session.id}
            await self._register.look(
                EventName.CUSTOMER_VISIT_PROVED, Actor(ActorKind.CUSTOMER, customer), facts
            )
            await self._store.led_to(visit.id, session.id)
        except BaseException:
            await self._store.reopen(visit.id)
            raise
        return session, cookie

    # --- the agent

    async def open_to(self, agent: StaffPrincipal) -> list[Visit]:
        """Those in line, and those that this agent accepted, the longest first. They show nothing about anybody."""
        _must_help(agent)
        now = self._clock.now_ms()
        found = [visit for visit in await self._read() if visit.over(now) is None]
        return [visit for visit in found if visit.agent in {"", agent.id}]

    async def accept(self, named: str, agent: StaffPrincipal) -> Visit:
        """Raises Problem."""
        _must_help(agent)
        visit, now = await self._named(named), self._clock.now_ms()
        if visit.agent == agent.id and visit.over(now) is None:
            return visit
        actor = Actor(ActorKind.AGENT, agent.id)
        if not visit.in_line(now):
            await self._refused(visit, actor, "taken" if visit.agent else "over")
            raise _taken()
        change = self._changed(
            visit,
            agent=agent.id,
            login=agent.login,
            nonce=secrets.token_urlsafe(NONCE_BYTES),
            mistyped=0,
            accepted_at=now,
            until=now + WAIT_MS,
        )
        facts: dict[str, Fact] = {"login": agent.login, "waited_ms": max(0, now - visit.opened_at)}
        try:
            await self._given(EventName.AGENT_VISIT_ACCEPTED, actor, visit, facts, change)
        except Overtaken as error:
            raise _taken() from error
        self._line.waited(visit.opened_at, now)
        await self._read()
        return await self._named(named)

    async def heard(self, named: str, typed: str, agent: StaffPrincipal) -> Visit:
        """What this visit's agent typed, judged: the visit after it. Raises Problem."""
        visit, now = await self._theirs(named, agent), self._clock.now_ms()
        folded = whole_code(typed)
        if visit.met_at is not None or visit.over(now) is not None:
            raise _waits_no_more()
        actor = Actor(ActorKind.AGENT, agent.id)
        if meeting_code.same(folded, self._code(visit)):
            change = self._changed(visit, met_at=now, until=now + WAIT_MS)
            try:
                await self._given(EventName.AGENT_VISIT_CONFIRMED, actor, visit, {}, change)
            except Overtaken as error:
                raise _waits_no_more() from error
            return await self._named(named)
        last = visit.mistyped + 1 >= FAILURES_ALLOWED
        ending = {"end": VisitEnd.MISMATCH, "ended_at": now} if last else {}
        if not await self._took(visit, mistyped=visit.mistyped + 1, **ending):
            raise _waits_no_more()
        await self._refused(visit, actor, "code")
        return await self._named(named)

    async def end(self, named: str, agent: StaffPrincipal) -> None:
        """Raises Problem."""
        visit = await self._theirs(named, agent)
        actor = Actor(ActorKind.AGENT, agent.id)
        await self._end(visit, VisitEnd.AGENT, EventName.AGENT_VISIT_ENDED, actor)

    # --- what goes on by itself

    async def run(self) -> None:
        """For ever: what ran out ends, and whoever is without an agent again is in line again."""
        while True:
            try:
                await self._look_after(await self._read())
            except StoreUnavailable:
                _log.warning("who waits without a sign-in cannot be looked after at the moment")
            await asyncio.sleep(LOOKED_AFTER_EVERY_S)

    async def _look_after(self, visits: list[Visit]) -> None:
        now = self._clock.now_ms()
        for visit in visits:
            over = visit.over(now)
            if over is not None:
                await self._end(visit, over, EventName.SYSTEM_VISIT_ENDED, _SYSTEM)
            elif visit.agent and not self._at_work(visit, now):
                back = {"agent": "", "login": "", "nonce": "", "accepted_at": None, "met_at": None}
                if await self._took(visit, **back, until=now + WAIT_MS):
                    self._told_of_end(EventName.SYSTEM_VISIT_RETURNED, _SYSTEM, visit, {})

    def _at_work(self, visit: Visit, now: int) -> bool:
        """Whether its agent can go on: signed in, and beyond doubt."""
        return self._logins.live(visit.login, now) and not self._in_doubt(StaffId(visit.agent))

    # --- how

    async def _found(self, token: str) -> Visit | None:
        return await self._store.of_token(_hash(token)) if len(token) == TOKEN_LENGTH else None

    async def _own(self, token: str) -> Visit:
        visit = await self._found(token)
        if visit is None:
            raise not_found()
        return visit

    async def _named(self, named: str) -> Visit:
        visit = await self._store.find(named) if is_id(named, "vis") else None
        if visit is None:
            raise not_found()
        return visit

    async def _theirs(self, named: str, agent: StaffPrincipal) -> Visit:
        """Somebody else's is as if there were none."""
        visit = await self._named(named)
        if visit.agent != agent.id or visit.login != agent.login:
            raise not_found()
        return visit

    async def _given(
        self,
        name: EventName,
        actor: Actor,
        visit: Visit,
        facts: Mapping[str, Fact],
        effect: Callable[[int], Awaitable[None]],
    ) -> None:
        await self._register.carry_out(
            [self._register.intent(name, actor, {"visit": visit.id, **facts})], effect
        )

    async def _add(self, visit: Visit, _index: int) -> None:
        if not await self._store.add(visit, at_most=MOST_OPEN):
            raise Problem(
                409,
                "no_place_in_line",
                "Very many people are waiting. Nothing was changed. Try again in a few minutes.",
            )

    def _changed(self, visit: Visit, **values: Any) -> Callable[[int], Awaitable[None]]:
        async def change(_index: int) -> None:
            if not await self._took(visit, **values):
                raise Overtaken

        return change

    async def _took(self, visit: Visit, **values: Any) -> bool:
        return await self._store.change(visit, **values)

    async def _end(self, visit: Visit, why: VisitEnd, name: EventName, actor: Actor) -> None:
        """Whoever ended it meanwhile has told so."""
        if await self._took(visit, end=why, ended_at=self._clock.now_ms()):
            self._told_of_end(name, actor, visit, {"cause": why.value})
            await self._read()

    def _told_of_end(self, name: EventName, actor: Actor, visit: Visit, facts: dict[str, Fact]) -> None:
        self._register.taken_away(name, actor, {"visit": visit.id, **facts})

    async def _refused(self, visit: Visit, actor: Actor, reason: str) -> None:
        await self._register.refused(
            EventName.AGENT_VISIT_REFUSED, actor, {"visit": visit.id, "reason": reason}
        )

    async def _read(self) -> list[Visit]:
        """All that have no end yet."""
        found, now = await self._store.still_open(), self._clock.now_ms()
        self._since = [visit.opened_at for visit in found if visit.in_line(now)]
        return found

    def _code(self, visit: Visit) -> str:
        return meeting_code.made(self._key, SessionId(visit.id), visit.nonce)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _must_help(agent: StaffPrincipal) -> None:
    if not agent.staff.helps_customers:
        raise not_allowed()


def _taken() -> Problem:
    return Problem(
        409,
        "already_accepted",
        "A colleague has accepted this visitor already, or they left. Nothing was changed.",
    )


def _waits_no_more() -> Problem:
    return Problem(
        409, "waits_no_more", "This visitor waits no more, or was met already. Nothing was changed."
    )


def _not_met() -> Problem:
    return Problem(
        409,
        "not_met",
        "Nobody of ours has met you in this wait, or it is over. Nothing was changed. Ask for help again.",
    )
