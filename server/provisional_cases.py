"""Cases that agents open (`support.provisional`): opening, what waits for a supervisor, and how each comes to its end.

Entry first where something is given; the row first where it is taken away. Whether a reference names anybody is told
neither by the answer nor by its time: a stand-in is made where it names nobody, and every answer comes a quarter of a
second after the question, which is longer than either takes.
"""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import structlog

from audit.event import Actor, ActorKind, EventName, Fact, Outcome
from audit.ports import AuditWriter
from server.administration.register import Register
from server.bus.ports import Counters
from server.clock import TrueClock
from server.identity import new_id
from server.problems import Problem, not_allowed, not_found, too_many
from server.reference_runs import ReferenceRuns, run_facts
from server.second_pair import SecondPair
from server.storage.database import AlreadyThere
from server.storage.stores import Stores
from session.conductor import Conductor
from session.identity import CaseId as SessionCaseId
from session.model import EndCause
from support import asking, provisional
from support.case import Case
from support.customer import Customer
from support.identity import CaseId, CustomerId, StaffId, is_id
from support.intake import plain_text, reference
from support.ports import StoreUnavailable
from support.provisional import Asked, Objection
from support.staff import Staff
from verification.throttle import Rate
from verification.typed_secrets import secret_in

OPENING: Final = Rate(count=10, period_ms=3_600_000)  # of one agent
SHORTEST_REASON: Final = 3
LONGEST_REASON: Final = 200
ANSWER_AFTER_S: Final = 0.25
REFERENCES_TRIED: Final = 3
EXPIRED_EVERY_S: Final = 30.0
_STAND_IN_BYTES: Final = 12
_SYSTEM: Final = Actor(ActorKind.SYSTEM)
_log: Final = structlog.get_logger("provisional cases")


@dataclass(frozen=True, slots=True)
class WaitingCase:
    """`mine`: why the viewer cannot approve it; None if they can."""

    case: Case
    opener: Staff
    mine: Objection | None


class CaseOver(Exception):
    """It was closed, its time ran out, or it is a case like any other by now. Nothing was changed."""


class ProvisionalCases:
    """Raises LogUnavailable and StoreUnavailable: then nothing was given."""

    def __init__(
        self,
        stores: Stores,
        log: AuditWriter,
        second: SecondPair,
        counters: Counters,
        conductor: Conductor,
        clock: TrueClock,
        runs: ReferenceRuns,
    ) -> None:
        self._stores, self._second, self._counters = stores, second, counters
        self._log, self._conductor, self._clock, self._runs = log, conductor, clock, runs
        self._register = Register(log, clock)

    # --- the agent

    async def open(self, named: str, reason: str, agent: Staff) -> Case:
        """The same for a reference that names somebody and for one that names nobody. Raises IntakeRefused, Problem
        (403, 422, 429)."""
        until = asyncio.get_running_loop().time() + ANSWER_AFTER_S
        asked, run = await self._checked(named, reason, agent)
        found = await self._stores.customer_roll.current(asked.named)
        known = found if found is not None and not found.gone else None
        case = await self._opened(asked, known, agent, run)
        await asyncio.sleep(max(0.0, until - asyncio.get_running_loop().time()))
        return case

    async def _checked(self, named: str, reason: str, agent: Staff) -> tuple[Asked, Mapping[str, Fact]]:
        """And what the log is told of references that run on."""
        if not agent.helps_customers:
            raise not_allowed()
        cleaned = plain_text(reason, what="reason", longest=LONGEST_REASON)
        if len(cleaned) < SHORTEST_REASON:
            raise Problem(
                422, "reason_short", "Say in a few words why you open this case. Nothing was opened."
            )
        asked = Asked(reference(named.strip()), cleaned)
        run = run_facts(self._runs.typed(agent.id, asked.named, self._clock.now_ms()))
        if await self._counters.take(f"provisional/{agent.id}", OPENING):
            await self._refused(EventName.AGENT_CASE_OPENED, agent, {**run, "reason": "too_many"})
            raise too_many(
                "You have opened many cases in the last hour. Nothing was opened. Ask a supervisor, or wait."
            )
        if secret_in(cleaned) is not None:
            await self._refused(EventName.AGENT_CASE_OPENED, agent, {"reason": "secret"})
            raise Problem(
                422,
                "secret_in_words",
                "Your text looks as if a code or a recovery phrase were in it. It was not kept. Take it out: none of "
                "us ever needs one.",
            )
        return asked, run

    async def _opened(
        self, asked: Asked, known: Customer | None, agent: Staff, run: Mapping[str, Fact]
    ) -> Case:
        for left in reversed(range(REFERENCES_TRIED)):
            now = self._clock.now_ms()
            stands = None if known is not None else _stand_in(now)
            customer = known or stands
            if customer is None:
                raise AssertionError("where nobody is known there is a stand-in")
            random = secrets.token_bytes(asking.REFERENCE_BYTES)
            case = provisional.opened(CaseId(new_id("cas")), random, customer.id, asked, agent, now)
            intent = self._register.intent(
                EventName.AGENT_CASE_OPENED, _agent(agent), run, case=case.id, customer=customer.id
            )
            try:
                await self._register.carry_out([intent], partial(self._add, case, stands))
            except AlreadyThere:
                if not left:
                    raise
            else:
                return case
        raise AssertionError("the last try returns or raises")

    async def _add(self, case: Case, stands: Customer | None, _index: int) -> None:
        await self._stores.provisional.add(case, stands)

    # --- the supervisor

    async def waiting(self, supervisor: Staff) -> list[WaitingCase]:
        """Those of their team, and of other supervisors. Recorded before it is shown."""
        await self._register.look(EventName.AGENT_PROVISIONAL_CASES_READ, _agent(supervisor), {})
        now = self._clock.now_ms()
        cases = await self._stores.provisional.waiting(now)
        people = await self._people(cases)
        apart = await self._second.now(now)
        found = [
            WaitingCase(case, opener, provisional.approval(case, opener, supervisor, now, apart))
            for case in cases
            if (opener := people.get(case.opened_by or StaffId(""))) is not None
        ]
        return [one for one in found if provisional.within_reach(one.opener, supervisor)]

    async def approve(self, named: str, supervisor: Staff) -> None:
        """Of two at once one succeeds. Raises Problem."""
        case, opener = await self._named(named)
        now = self._clock.now_ms()
        mine = provisional.approval(case, opener, supervisor, now, await self._second.now(now))
        if mine is not None:
            facts: dict[str, Fact] = {"reason": mine.value}
            await self._refused(EventName.AGENT_CASE_APPROVED, supervisor, facts, case)
            raise _problem(mine)
        try:
            await self._make_live(EventName.AGENT_CASE_APPROVED, _agent(supervisor), case)
        except CaseOver as error:
            raise _problem(Objection.NOT_OPEN) from error

    async def decline(self, named: str, supervisor: Staff) -> None:
        """It is closed at once, and what runs in it ends; the entry follows. Raises Problem."""
        case, opener = await self._named(named)
        if opener is None or not provisional.within_reach(opener, supervisor):
            await self._refused(
                EventName.AGENT_CASE_DECLINED, supervisor, {"reason": Objection.OTHER_TEAM.value}, case
            )
            raise not_found()
        if not await self._closed(case.id, EventName.AGENT_CASE_DECLINED, _agent(supervisor)):
            raise _problem(Objection.NOT_OPEN)

    # --- what goes on by itself

    async def confirm(self, case: CaseId, now_ms: int) -> None:
        """The customer of this case has proved in a session of it who they are: it is active, and provisional no
        more."""
        if not await self._stores.provisional.is_one(case):
            return await self._stores.cases.confirm(case, now_ms)
        found = await self._stores.cases.find(case)
        if found is None:
            return None
        try:
            by = Actor(ActorKind.CUSTOMER, found.customer)
            await self._make_live(EventName.CUSTOMER_CASE_CONFIRMED, by, found)
        except CaseOver:
            _log.info("a provisional case was over when its customer proved who they are", case=case)

    async def expire(self) -> None:
        """Those whose eight hours are over are closed. Nothing happens in them since that moment anyway."""
        for case in await self._stores.provisional.over(self._clock.now_ms()):
            await self._closed(case, EventName.SYSTEM_CASE_EXPIRED, _SYSTEM)

    async def _closed(self, case: CaseId, name: EventName, by: Actor) -> bool:
        """With its sessions, also those in which nobody proved anything yet: a proof must not come after the end."""
        if not await self._stores.provisional.close(case):
            return False
        self._register.taken_away(name, by, {}, case=case)
        await self._conductor.end_all_of_case(SessionCaseId(case), EndCause.BLOCKED)
        return True

    async def _make_live(self, name: EventName, by: Actor, case: Case) -> None:
        """Raises CaseOver."""

        async def write(_index: int) -> None:
            if not await self._stores.provisional.make_live(case.id, self._clock.now_ms()):
                raise CaseOver

        intent = self._register.intent(name, by, {}, case=case.id, customer=case.customer)
        await self._register.carry_out([intent], write)

    async def _named(self, named: str) -> tuple[Case, Staff | None]:
        case = await self._stores.cases.find(CaseId(named)) if is_id(named, "cas") else None
        if case is None or case.opened_by is None:
            raise not_found()
        return case, await self._stores.staff.find(case.opened_by)

    async def _people(self, cases: Sequence[Case]) -> Mapping[StaffId, Staff]:
        openers = frozenset(case.opened_by for case in cases if case.opened_by is not None)
        return await self._stores.staff.find_all(openers)

    async def _refused(
        self, name: EventName, agent: Staff, facts: Mapping[str, Fact], case: Case | None = None
    ) -> None:
        intent = self._register.intent(name, _agent(agent), facts, case=case.id if case is not None else None)
        await self._log.append(replace(intent, outcome=Outcome.REFUSED))


class ProvisionalExpiry:
    """Implements Keeper."""

    name: Final = "provisional cases"

    def __init__(self, cases: ProvisionalCases, every_s: float = EXPIRED_EVERY_S) -> None:
        self._cases, self._every_s = cases, every_s

    async def run(self) -> None:
        while True:
            try:
                await self._cases.expire()
            except StoreUnavailable as error:
                _log.warning("provisional cases that are over could not be closed yet", reason=str(error))
            await asyncio.sleep(self._every_s)


def _stand_in(now_ms: int) -> Customer:
    return provisional.stand_in(CustomerId(new_id("cus")), secrets.token_hex(_STAND_IN_BYTES), now_ms)


def _agent(staff: Staff) -> Actor:
    return Actor(ActorKind.AGENT, staff.id)


def _problem(objection: Objection) -> Problem:
    if objection is Objection.ROLE:
        return not_allowed()
    if objection is Objection.OTHER_TEAM:
        return not_found()
    if objection is Objection.OWN:
        return Problem(
            409, "case_own", "You opened this case, or it is yours: another supervisor approves it."
        )
    if objection is Objection.TIED:
        return Problem(
            409,
            "case_tied",
            "One of you two gave the other the way to sign in, not long ago. Another supervisor approves this case.",
        )
    return Problem(
        409,
        "case_waits_no_more",
        "This case waits for nobody any more: it was approved, confirmed or closed, or its time is over.",
    )
