"""A case that an agent opens: provisional, until somebody else stands for it. Pure.

1. It shows what the agent typed, and nothing that we know: whether the organisation's reference names anybody is told
   by nothing. One that names nobody gets a stand-in, whom nobody can prove to be, so that all goes on alike.
2. It is live for sessions, not for the record, and for eight hours from its opening, whatever happens in it.
3. It becomes a case like any other once the customer whom the reference names has proved in a session of it who they
   are, another system of the organisation names it, or a supervisor approves: another person than who opened it and
   who has it, of the opener's team, or of any where a supervisor opened it.
4. A supervisor's no, and the end of the eight hours, close it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from support.asking import spoken_reference
from support.case import Case, CaseState, Origin
from support.case_rule import LIVE_FOR_MS, died
from support.customer import Customer
from support.identity import CaseId, CustomerId
from support.independence import Independence
from support.staff import Role, Staff

PREFIX: Final = "P-"  # of the references of such cases
STAND_IN: Final = ".nobody-"  # no reference that an organisation may use begins with a dot


class Objection(StrEnum):
    """Why a supervisor's approval does nothing. Recorded, so append only. Outwardly OTHER_TEAM is "not there"."""

    NOT_OPEN = "not_open"
    ROLE = "role"
    OTHER_TEAM = "other_team"
    OWN = "own"
    TIED = "tied"  # to the one who opened it, or has it (`support.independence`)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the agent typed, checked."""

    named: str
    reason: str


def opened(
    name: CaseId, random: bytes, customer: CustomerId, asked: Asked, agent: Staff, now_ms: int
) -> Case:
    """`random`: five bytes, for the reference that people say."""
    return Case(
        id=name,
        reference=spoken_reference(PREFIX, random),
        customer=customer,
        origin=Origin.AGENT,
        reason=asked.reason,
        assigned_agent=agent.id,
        state=CaseState.OPEN,
        last_activity_ms=now_ms,
        provisional=True,
        opened_by=agent.id,
        ends_at_ms=now_ms + LIVE_FOR_MS,
        named=asked.named,
    )


def stand_in(name: CustomerId, random: str, now_ms: int) -> Customer:
    """For a reference that names nobody: without a name, a field or anything to prove oneself by."""
    return Customer(name, STAND_IN + random, "", (), now_ms)


def approval(
    case: Case, opener: Staff | None, supervisor: Staff, now_ms: int, apart: Independence
) -> Objection | None:
    """Whether `supervisor` may make it a case like any other; None if so."""
    if supervisor.role is not Role.SUPERVISOR or supervisor.blocked(now_ms):
        return Objection.ROLE
    if opener is None or not within_reach(opener, supervisor):
        return Objection.OTHER_TEAM
    if not case.provisional or case.state is not CaseState.OPEN or died(case, now_ms):
        return Objection.NOT_OPEN
    others = {opener.id, case.assigned_agent or opener.id}
    if supervisor.id in others:
        return Objection.OWN
    return None if all(apart.holds(other, supervisor.id) for other in others) else Objection.TIED


def within_reach(opener: Staff, supervisor: Staff) -> bool:
    return opener.role is Role.SUPERVISOR or opener.team == supervisor.team
