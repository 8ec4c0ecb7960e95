"""One thing that was looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.checklist.table import CHECKS, IN_EARNEST_ONLY, NEVER_LENIENT, Severity

Values = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Found:
    """Before its gravity is known. `state` is one of the check's in the table; `values` fill its text."""

    check: str
    state: str
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    check: str
    state: str
    severity: Severity
    values: Values = field(default_factory=dict)

    @property
    def to_mend(self) -> bool:
        return self.severity in {Severity.WEAK, Severity.DANGER}


def weigh(found: Found, *, demo: bool) -> Finding:
    """Raises KeyError for a state that the table does not have."""
    severity = CHECKS[found.check][found.state]
    lenient = demo and found.check in IN_EARNEST_ONLY and (found.check, found.state) not in NEVER_LENIENT
    if lenient and severity in {Severity.WEAK, Severity.DANGER}:
        severity = Severity.ADVICE
    return Finding(found.check, found.state, severity, found.values)
