"""Resets that two officers approve: what waits, approving, refusing. The second approval gives the link, once."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from audit.event import Actor, ActorKind, EventName, Fact
from audit.ports import AuditWriter
from server.administration.register import Register
from server.enrolments import Enrolments, IssuedLink
from server.problems import Problem, not_found
from server.second_pair import SecondPair
from server.storage.stores import Stores
from session.ports import Clock
from support.customer import Customer
from support.identity import CustomerId, StaffId, is_id
from support.independence import Independence
from support.reset import Objection, Reset, Step, approval
from support.staff import Staff
from verification.enrolment import Subject, SubjectKind


class ApprovalRefused(Exception):
    """The rule, in a sentence. The attempt is recorded; nothing was changed."""

    def __init__(self, objection: Objection) -> None:
        super().__init__(_SENTENCES[objection])
        self.objection = objection


@dataclass(frozen=True, slots=True)
class Waiting:
    """A reset with the people in it. `first` is whose approval counts now; `step` what the viewer's would do."""

    reset: Reset
    subject: Staff | Customer
    first: Staff | None
    step: Step | Objection
    requester: Staff | None  # who asked, where that was somebody who works here


class Approvals:
    """Raises LogUnavailable and StoreUnavailable: then nothing was given."""

    def __init__(
        self, stores: Stores, log: AuditWriter, enrolments: Enrolments, second: SecondPair, clock: Clock
    ) -> None:
        self._second_pair = second
        self._resets, self._staff, self._customers = stores.resets, stores.staff, stores.customers
        self._enrolments, self._clock = enrolments, clock
        self._register = Register(log, clock)

    async def waiting(self, officer: Staff) -> list[Waiting]:
        """Recorded before it is shown."""
        await self._register.look(EventName.OFFICER_APPROVALS_READ, _actor(officer), {})
        resets = await self._resets.unfinished(self._clock.now_ms())
        named = {
            name
            for reset in resets
            for name in (reset.subject, reset.first_officer, reset.requested_by)
            if name is not None
        }
        staff = await self._staff.find_all(frozenset(StaffId(name) for name in named))
        customers = await self._customers.find_all(frozenset(CustomerId(name) for name in named))
        people: dict[str, Staff | Customer] = {str(name): found for name, found in staff.items()}
        people |= {str(name): found for name, found in customers.items()}
        now = self._clock.now_ms()
        apart = await self._second_pair.now(now)
        return [_shown(reset, people, officer, apart, now) for reset in resets]

    async def approve(self, named: str, officer: Staff) -> IssuedLink | None:
        """None after the first approval, the link after the second. Raises ApprovalRefused, Problem."""
        reset = await self._reset(named)
        first = await self._staff.find(reset.first_officer) if reset.first_officer is not None else None
        now = self._clock.now_ms()
        step = approval(reset, officer, first, now, await self._second_pair.now(now))
        if isinstance(step, Objection):
            await self._object(reset, officer, step)
            raise ApprovalRefused(step)
        effect = self._first(reset, officer) if step is Step.FIRST else self._second(reset, officer)
        facts: dict[str, Fact] = {"reset": reset.id, "subject": reset.subject, "step": step.value}
        intent = self._register.intent(EventName.OFFICER_RESET_APPROVED, _actor(officer), facts)
        return await self._register.carry_out([intent], effect)

    async def refuse(self, named: str, officer: Staff) -> None:
        """Ends it, whoever refuses. Raises Problem."""
        reset = await self._reset(named)
        if await self._resets.close(reset.id, self._clock.now_ms()):
            facts: dict[str, Fact] = {"reset": reset.id, "subject": reset.subject}
            self._register.taken_away(EventName.OFFICER_RESET_REFUSED, _actor(officer), facts)

    def _first(self, reset: Reset, officer: Staff) -> Callable[[int], Awaitable[IssuedLink | None]]:
        async def approve(_: int) -> None:
            if not await self._resets.approve_first(reset, officer.id, self._clock.now_ms()):
                raise ApprovalRefused(Objection.NOT_OPEN)

        return approve

    def _second(self, reset: Reset, officer: Staff) -> Callable[[int], Awaitable[IssuedLink | None]]:
        async def approve(_: int) -> IssuedLink:
            now = self._clock.now_ms()
            if not await self._resets.approve_second(reset, officer.id, now):
                raise ApprovalRefused(Objection.NOT_OPEN)
            return await self._enrolments.issue(_subject(reset), by=_actor(officer), now=now)

        return approve

    async def _object(self, reset: Reset, officer: Staff, objection: Objection) -> None:
        facts: dict[str, Fact] = {"reset": reset.id, "subject": reset.subject, "reason": objection.value}
        await self._register.refused(EventName.OFFICER_RESET_APPROVED, _actor(officer), facts)

    async def _reset(self, named: str) -> Reset:
        reset = await self._resets.find(named) if is_id(named, "rst") else None
        if reset is None or is_id(reset.subject, "cus"):  # customers' are factor requests, which wait
            raise not_found()
        return reset


def _shown(
    reset: Reset, people: Mapping[str, Staff | Customer], officer: Staff, apart: Independence, now: int
) -> Waiting:
    found = people.get(reset.first_officer or "")
    first = found if isinstance(found, Staff) else None
    counts = first if first is not None and not first.blocked(now) else None
    asker = people.get(reset.requested_by)
    requester = asker if isinstance(asker, Staff) else None
    return Waiting(
        reset, people[reset.subject], counts, approval(reset, officer, first, now, apart), requester
    )


def _subject(reset: Reset) -> Subject:
    kind = SubjectKind.CUSTOMER if is_id(reset.subject, "cus") else SubjectKind.STAFF
    return Subject(kind, reset.subject)


def refusal_of(error: ApprovalRefused) -> Problem:
    return Problem(409, f"approval_{error.objection.value}", str(error))


def _actor(officer: Staff) -> Actor:
    return Actor(ActorKind.OFFICER, officer.id)


_SENTENCES = {
    Objection.NOT_OPEN: "This was decided or ran out meanwhile. Nothing was changed. Load the page again.",
    Objection.NO_OFFICER: "Only security officers and administrators approve. Nothing was changed.",
    Objection.OWN: "Nobody approves their own. Nothing was changed. Two other officers decide.",
    Objection.TWICE: "You have approved already. Nothing was changed. Another officer gives the second approval.",
    Objection.TIED: (
        "Whoever approved first and you got your way to sign in from each other, or from the same person, not long "
        "ago. So you are no second pair of eyes here. Nothing was changed; this was recorded. Somebody else decides."
    ),
}
