"""From facts to findings, the gravest first. Pure."""

from collections.abc import Callable, Iterable
from typing import Final

from server.checklist.facts import Facts
from server.checklist.finding import Finding, Found, weigh
from server.checklist.machine_rules import of_machine
from server.checklist.people_rules import of_people
from server.checklist.reach_rules import of_reach
from server.checklist.record_rules import of_record
from server.checklist.secret_rules import of_secrets
from server.checklist.table import CHECKS, GRAVEST_FIRST

_RULES: Final[tuple[Callable[[Facts], Iterable[Found]], ...]] = (
    of_reach,
    of_secrets,
    of_people,
    of_record,
    of_machine,
)
_PLACE: Final = {check: place for place, check in enumerate(CHECKS)}


def judge(facts: Facts) -> list[Finding]:
    found = [weigh(one, demo=facts.demo) for rule in _RULES for one in rule(facts)]
    return in_order(found)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The gravest first, and those of the same gravity in the order of the table."""
    return sorted(findings, key=lambda one: (GRAVEST_FIRST.index(one.severity), _PLACE[one.check]))
