"""Which entries are an agent's attempts at a customer's record, and which had no live case of theirs behind it."""

from typing import Final

from audit.event import Event, EventName, Outcome

_REFUSALS: Final = frozenset(
    {
        EventName.AGENT_CASE_REFUSED,
        EventName.AGENT_SESSION_REFUSED,
        EventName.AGENT_CASE_APPROVED,
        EventName.AGENT_CASE_OVERRIDDEN,
    }
)
_OTHERS: Final = frozenset({"no_case", "not_assigned", "role", "own", "other_team", "no_customer", "off"})
_OPENED: Final = frozenset({EventName.AGENT_CASE_VIEWED, EventName.AGENT_SESSION_OPENED})


def is_refused(event: Event) -> bool:
    """Refused as what belongs to others. A closed case, or one at rest, is no attempt at that."""
    return (
        event.name in _REFUSALS and event.outcome is Outcome.REFUSED and event.facts.get("reason") in _OTHERS
    )


def is_unlinked(event: Event) -> bool | None:
    """Whether this attempt was refused as what belongs to others, or went through by an override; False for one within
    a case; None for what is no attempt."""
    if event.name is EventName.AGENT_CASE_OVERRIDDEN and event.outcome is Outcome.INTENT:
        return True
    if is_refused(event):
        return True
    return False if event.name in _OPENED and event.outcome is Outcome.DONE else None
