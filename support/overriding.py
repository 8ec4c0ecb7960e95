"""A record opened without a live case, where the organisation allows that: with a reason, for minutes. Pure.

It is a case that its agent opened, of that agent alone, which is over after the minutes that the organisation chose, or
when the agent is blocked.
Everybody is told: it is flagged to the officers, written to the customer and shown on their own page.
"""

from typing import Final

from support.asking import spoken_reference
from support.case import Case, CaseState, Origin
from support.customer import Customer
from support.identity import CaseId
from support.intake import IntakeRefused, plain_text
from support.staff import Staff

PREFIX: Final = "X-"  # of the references of such cases
SHORTEST_REASON: Final = 20
LONGEST_REASON: Final = 500
SHORTEST_MINUTES: Final = 5
LONGEST_MINUTES: Final = 60


def checked_reason(text: str) -> str:
    """Raises IntakeRefused."""
    cleaned = plain_text(text, what="reason", longest=LONGEST_REASON)
    if len(cleaned) < SHORTEST_REASON:
        raise IntakeRefused(f"The reason has fewer than {SHORTEST_REASON} characters.")
    return cleaned


def opened(
    name: CaseId, random: bytes, customer: Customer, reason: str, agent: Staff, now_ms: int, minutes: int
) -> Case:
    """`random`: five bytes, for the reference that people say."""
    return Case(
        id=name,
        reference=spoken_reference(PREFIX, random),
        customer=customer.id,
        origin=Origin.AGENT,
        reason=reason,
        assigned_agent=agent.id,
        state=CaseState.OPEN,
        last_activity_ms=now_ms,
        opened_by=agent.id,
        ends_at_ms=now_ms + minutes * 60_000,
    )
