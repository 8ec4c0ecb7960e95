"""Blocks that are lifted: by one officer, or asked for by one and approved by another (`support.block_lift`)."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from audit.event import Actor, ActorKind, EventName, Fact
from audit.ports import AuditWriter
from server.administration.register import Register
from server.identity import new_id
from server.problems import Problem, not_found
from server.second_pair import SecondPair
from server.storage.stores import Stores
from session.ports import Clock
from support.block_lift import LIFE_MS, BlockLift, Objection, approval, two_needed
from support.identity import StaffId, is_id
from support.staff import Staff

_SENTENCES: Final = {
    Objection.NOT_OPEN: (
        "This waits for nobody any more: it was decided, or it ran out, or there is a new block. Nothing was changed."
    ),
    Objection.NO_OFFICER: "Only security officers and administrators approve. Nothing was changed.",
    Objection.OWN: "Nobody lifts their own block. Nothing was changed. Two other officers decide.",
    Objection.TWICE: "You asked for this. Nothing was changed. Another officer approves.",
    Objection.TEAM: "You are of the same team. Nothing was changed. An officer of another team approves.",
    Objection.TIED: (
        "You and whoever asked got your way to sign in from each other, or from the same person, not long ago. Nothing "
        "was changed; this was recorded. Somebody else approves."
    ),
}


class LiftRefused(Exception):
    """Nothing was changed."""

    def __init__(self, objection: Objection) -> None:
        super().__init__(_SENTENCES[objection])
        self.objection = objection


@dataclass(frozen=True, slots=True)
class WaitingLift:
    """`mine`: why the viewer cannot approve it; None if they can."""

    lift: BlockLift
    blocked: Staff
    asker: Staff
    mine: Objection | None


class BlockLifts:
    """Raises Problem, LogUnavailable and StoreUnavailable: then nothing was given."""

    def __init__(
        self, stores: Stores, log: AuditWriter, second: SecondPair, clock: Clock, *, always_two: bool
    ) -> None:
        self._lifts, self._staff, self._second = stores.block_lifts, stores.staff, second
        self._clock, self._always_two = clock, always_two
        self._register = Register(log, clock)

    def two_needed(self, blocked: Staff, admin: Staff) -> bool:
        return two_needed(blocked, admin, always=self._always_two)

    async def ask(self, blocked: Staff, admin: Staff, reason: str) -> bool:
        """Whether the block is lifted now; False where another officer has to approve. `reason` is one line."""
        now = self._clock.now_ms()
        about: dict[str, Fact] = {"staff": blocked.id, "reason": reason}
        if not self.two_needed(blocked, admin):
            intent = self._register.intent(EventName.OFFICER_STAFF_ENABLED, _officer(admin), about)
            await self._register.carry_out([intent], lambda _: self._staff.block(blocked.id, None))
            return True
        lift = BlockLift(new_id("lft"), blocked.id, admin.id, reason, now, now + LIFE_MS)
        intent = self._register.intent(
            EventName.OFFICER_LIFT_REQUESTED, _officer(admin), {**about, "lift": lift.id}
        )
        await self._register.carry_out([intent], partial(self._lifts.add, lift))
        return False

    async def waiting(self, officer: Staff) -> list[WaitingLift]:
        """Recorded before it is shown."""
        facts: dict[str, Fact] = {"what": "block_lifts"}
        await self._register.look(EventName.OFFICER_APPROVALS_READ, _officer(officer), facts)
        now = self._clock.now_ms()
        lifts = await self._lifts.unfinished(now)
        people = await self._staff.find_all(
            frozenset(named for one in lifts for named in (one.staff, one.asked_by))
        )
        apart = await self._second.now(now)
        shown = []
        for one in lifts:
            blocked, asker = people[one.staff], people[one.asked_by]
            mine = approval(one, blocked, asker, officer, now, apart)
            shown.append(WaitingLift(one, blocked, asker, mine))
        return [one for one in shown if one.mine is not Objection.NOT_OPEN]

    async def approve(self, named: str, officer: Staff) -> None:
        """Of two at once one succeeds. Raises LiftRefused."""
        lift, blocked = await self._named(named)
        now = self._clock.now_ms()
        asker = await self._staff.find(lift.asked_by)
        facts: dict[str, Fact] = {"lift": lift.id, "staff": lift.staff, "asked_by": lift.asked_by}
        objection = approval(lift, blocked, asker, officer, now, await self._second.now(now))
        if objection is not None:
            await self._register.refused(
                EventName.OFFICER_LIFT_APPROVED, _officer(officer), {**facts, "reason": objection.value}
            )
            raise LiftRefused(objection)
        approved = self._register.intent(EventName.OFFICER_LIFT_APPROVED, _officer(officer), facts)
        enabled = self._register.intent(
            EventName.OFFICER_STAFF_ENABLED, _officer(officer), {"staff": lift.staff, "reason": lift.reason}
        )

        async def write(_index: int) -> None:
            if not await self._lifts.approve(lift, officer.id, self._clock.now_ms()):
                raise LiftRefused(Objection.NOT_OPEN)

        await self._register.carry_out([approved, enabled], write)

    async def refuse(self, named: str, officer: Staff) -> None:
        """Ends it, whoever refuses; but not the blocked one, who has no say in it."""
        lift, blocked = await self._named(named)
        if officer.id == blocked.id:
            raise LiftRefused(Objection.OWN)
        if await self._lifts.close(lift.id, self._clock.now_ms()):
            facts: dict[str, Fact] = {"lift": lift.id, "staff": lift.staff}
            self._register.taken_away(EventName.OFFICER_LIFT_REFUSED, _officer(officer), facts)

    async def _named(self, named: str) -> tuple[BlockLift, Staff]:
        lift = await self._lifts.find(named) if is_id(named, "lft") else None
        blocked = await self._staff.find(StaffId(lift.staff)) if lift is not None else None
        if lift is None or blocked is None:
            raise not_found()
        return lift, blocked


def problem_of(refused: LiftRefused) -> Problem:
    return Problem(409, f"lift_{refused.objection.value}", str(refused))


def _officer(officer: Staff) -> Actor:
    return Actor(ActorKind.OFFICER, officer.id)
