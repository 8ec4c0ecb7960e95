"""Cases: opening, listing, closing, assigning."""

from typing import Final

from audit.event import Actor, EventName
from server.administration import acts
from server.administration.errors import ActRefused
from server.administration.ground import Ground
from server.intake import Different, Intake
from support.case import Case, CaseState
from support.case_rule import live
from support.identity import CustomerId, StaffId
from support.intake import LONGEST_CASE_REFERENCE, LONGEST_REASON, IntakeRefused, plain_text, reference

NOBODY: Final = ""


class CaseOffice:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._intake = Intake(ground.stores, ground.register, ground.clock)

    async def open(self, act: acts.OpenCase, by: Actor) -> acts.CaseLine:
        try:
            named = reference(act.reference, longest=LONGEST_CASE_REFERENCE)
            reason = plain_text(act.reason, what="reason", longest=LONGEST_REASON)
        except IntakeRefused as error:
            raise ActRefused(f"{error} Nothing was changed.") from None
        customer = await self._ground.stores.customer_roll.current(act.customer)
        if customer is None:
            raise ActRefused("There is no customer with this reference. Nothing was changed.")
        agent = await self._agent(act.agent)
        try:
            case, _ = await self._intake.open_case(named, customer.id, reason, agent, by)
        except Different as error:
            raise ActRefused(str(error)) from None
        return (await self._lines([case]))[0]

    async def show_all(self, act: acts.ListCases, by: Actor) -> acts.CaseList:
        await self._ground.register.look(EventName.OPERATOR_CASES_LISTED, by, {"closed_too": act.closed_too})
        cases = await self._ground.stores.case_roll.page(only_open=not act.closed_too)
        return acts.CaseList(cases=await self._lines(cases))

    async def close(self, act: acts.CloseCase, by: Actor) -> acts.CaseLine:
        """Takes access away: the row first, which every lease reads twice a second, then the entry."""
        case = await self._case(act.reference)
        await self._ground.stores.case_roll.close(case.id)
        self._ground.register.taken_away(EventName.OPERATOR_CASE_CLOSED, by, {}, case=case.id)
        return (await self._lines([await self._case(act.reference)]))[0]

    async def assign(self, act: acts.AssignCase, by: Actor) -> acts.CaseLine:
        """Counts as activity: whoever gets it has eight hours."""
        case, agent = await self._case(act.reference), await self._agent(act.agent)
        if case.state is not CaseState.OPEN:
            raise ActRefused("This case is closed. Open another one. Nothing was changed.")
        now = self._ground.clock.now_ms()
        intent = self._ground.register.intent(
            EventName.OPERATOR_CASE_ASSIGNED,
            by,
            {"assigned": agent or NOBODY, "before": case.assigned_agent or NOBODY},
            case=case.id,
            customer=case.customer,
        )
        await self._ground.register.carry_out(
            [intent], lambda _: self._ground.stores.case_roll.assign(case.id, agent, now)
        )
        return (await self._lines([await self._case(act.reference)]))[0]

    async def _agent(self, username: str) -> StaffId | None:
        if username == NOBODY:
            return None
        staff = await self._ground.stores.staff.find_by_username(username)
        if staff is None or not staff.helps_customers:
            raise ActRefused(f"{username!r} is no agent's username. Nothing was changed.")
        return staff.id

    async def _case(self, named: str) -> Case:
        case = await self._ground.stores.case_roll.of_reference(named)
        if case is None:
            raise ActRefused("There is no case with this reference. Nothing was changed.")
        return case

    async def _lines(self, cases: list[Case]) -> list[acts.CaseLine]:
        stores, now = self._ground.stores, self._ground.clock.now_ms()
        agents = await stores.staff.find_all(
            frozenset(case.assigned_agent for case in cases if case.assigned_agent is not None)
        )
        customers = await stores.customers.find_all(frozenset(CustomerId(case.customer) for case in cases))
        names = {staff: found.username for staff, found in agents.items()}
        return [
            acts.CaseLine(
                id=case.id,
                reference=case.reference,
                customer=customers[case.customer].reference,
                reason=case.reason,
                agent=names.get(case.assigned_agent or StaffId(NOBODY), NOBODY),
                state="provisional"
                if case.provisional and case.state is CaseState.OPEN
                else case.state.value,
                live=live(case, case.assigned_agent or NOBODY, now) and case.assigned_agent is not None,
                last_activity_ms=case.last_activity_ms,
            )
            for case in cases
        ]
