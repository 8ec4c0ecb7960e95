"""What a customer can hold in hand of a look at their record: the facts of their own section (audit/FORMAT.md, section
14). Pure."""

from collections.abc import Mapping

from audit.event import Fact
from support.case import Case
from support.staff import Staff


def access_facts(
    what: str, case: Case, agent: Staff, at_ms: int, field: str | None = None
) -> Mapping[str, Fact]:
    """`what`: "record", "field" (then `field` is its name) or "contact"."""
    facts: dict[str, Fact] = {
        "receipt": "access",
        "what": what,
        "at_ms": at_ms,
        "agent_name": agent.name,
        "agent_number": agent.number,
        "agent_team": agent.team,
        "case": case.reference,
    }
    if field is not None:
        facts["field"] = field
    return facts
