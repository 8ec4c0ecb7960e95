"""An agent hands a customer on to a colleague, or back to the line. See session/handing.py for the law.

The session goes first, and at once. The case of a customer whom the agent had met stays with them until a colleague
takes it: nobody would look after it otherwise. One whom the agent only accepted and never met, whoever else did before,
is nobody's again; that is counted, since accepting, reading and giving back would be a way to browse.
"""

from dataclasses import dataclass
from typing import Final

from server.bus.ports import Counters
from server.line_cases import LineCases
from server.line_desk import Surroundings
from server.principals import StaffPrincipal
from server.problems import Problem, too_many
from session.events import HandedOver
from session.identity import StaffId
from session.model import Session, State
from session.waiting import NOBODY
from support.identity import StaffId as SupportStaffId
from support.staff import Staff
from verification.login import LoginRegistry
from verification.throttle import Rate

GIVEN_BACK: Final = Rate(count=3, period_ms=3_600_000)  # of one agent, without having met the customer


@dataclass(frozen=True, slots=True)
class Colleague:
    """`here`: signed in at this moment."""

    staff: Staff
    here: bool


class HandingDesk:
    def __init__(
        self, around: Surroundings, cases: LineCases, logins: LoginRegistry, counters: Counters
    ) -> None:
        self._around, self._cases = around, cases
        self._logins, self._counters = logins, counters

    async def colleagues(self, agent: StaffPrincipal) -> list[Colleague]:
        """To whom a customer can be handed on: those who are here first, then by name."""
        now = self._around.clock.now_ms()
        roll = await self._around.stores.staff_roll.everybody()
        others = [one.staff for one in roll if one.staff.id != agent.staff.id and _able(one.staff, now)]
        found = [Colleague(staff, bool(self._logins.running(staff.id, now))) for staff in others]
        return sorted(found, key=lambda one: (not one.here, one.staff.name, one.staff.id))

    async def hand_over(self, session: Session, agent: StaffPrincipal, to: str | None) -> None:
        """Raises Problem, IllegalEvent; then nothing was changed."""
        around = self._around
        colleague = await self._colleague(to) if to is not None else None
        unmet = session.state is State.WAITING  # by this agent, whoever had met them before
        if unmet and await self._counters.take(f"given-back/{agent.id}", GIVEN_BACK):
            raise too_many(
                "You gave back customers very often. Nothing was changed. Help this one, or wait an hour."
            )
        to_whom = (StaffId(colleague.id), colleague.name) if colleague is not None else (NOBODY, "")
        event = HandedOver(*to_whom, by=agent.id)
        await around.conductor.apply(session.id, event)
        await around.labels.forget("", [session.id])
        if unmet:
            await self._cases.give_back_surely(session.case, agent.id, around.tasks)

    async def _colleague(self, named: str) -> Staff:
        found = await self._around.stores.staff.find(SupportStaffId(named))
        if found is None or not _able(found, self._around.clock.now_ms()):
            raise Problem(
                422,
                "no_such_colleague",
                "There is nobody of that name who can help customers now. Nothing was changed. Choose somebody else.",
            )
        return found


def _able(staff: Staff, now: int) -> bool:
    return staff.helps_customers and not staff.blocked(now)
