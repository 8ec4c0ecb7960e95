"""The case rule: nothing about a customer opens without a live case. Pure, and refusal is its default.

A case is live while it is open, assigned to this agent, and active within 8 hours. A provisional case is live too, but
its customer's record stays shut until the customer joins and verifies, an outside system confirms the case, or a
supervisor other than its opener approves (`support.provisional`); eight hours after its opening it is over.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from support.case import Case, CaseState
from support.staff import Staff

LIVE_FOR_MS: Final = 8 * 3_600_000
CLOCKS_APART_MS: Final = (
    60_000  # activity "in the future" beyond this is no activity: a clock or a row is wrong
)


class Act(StrEnum):
    """What the agent wants with the case."""

    SESSION = "session"  # invite the customer
    RECORD = "record"  # see the masked record, unmask a field


class Reason(StrEnum):
    """Why not. Outwardly NO_CASE and NOT_ASSIGNED are one: a case of others does not exist."""

    NO_CASE = "no_case"
    ROLE = "role"
    BLOCKED = "blocked"
    NOT_ASSIGNED = "not_assigned"
    CLOSED = "closed"
    INACTIVE = "inactive"
    PROVISIONAL = "provisional"


@dataclass(frozen=True, slots=True)
class Allowed:
    case: Case


@dataclass(frozen=True, slots=True)
class Refused:
    reason: Reason


def may_open(case: Case | None, staff: Staff, now_ms: int, act: Act = Act.RECORD) -> Allowed | Refused:
    """The one place where access to a customer is decided."""
    if case is None:
        return Refused(Reason.NO_CASE)
    conditions = (
        (staff.helps_customers, Reason.ROLE),
        (not staff.blocked(now_ms), Reason.BLOCKED),
        (case.assigned_agent is not None and case.assigned_agent == staff.id, Reason.NOT_ASSIGNED),
        (case.state is CaseState.OPEN, Reason.CLOSED),
        (_active(case, now_ms) and not died(case, now_ms), Reason.INACTIVE),
        (act is Act.SESSION or not case.provisional, Reason.PROVISIONAL),
    )
    unmet = next((reason for holds, reason in conditions if not holds), None)
    return Allowed(case) if unmet is None else Refused(unmet)


def live(case: Case, agent: str, now_ms: int) -> bool:
    """Whether a running session of this agent in this case may go on."""
    held = case.assigned_agent == agent and case.state is CaseState.OPEN
    return held and _active(case, now_ms) and not died(case, now_ms)


def died(case: Case, now_ms: int) -> bool:
    """Its time is over: nothing happens in it any more, not even what would confirm it."""
    return case.ends_at_ms is not None and now_ms >= case.ends_at_ms


def _active(case: Case, now_ms: int) -> bool:
    return -CLOCKS_APART_MS <= now_ms - case.last_activity_ms < LIVE_FOR_MS
