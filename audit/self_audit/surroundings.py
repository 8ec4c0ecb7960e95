"""What entries do not tell, and a report must: looked at by whoever makes it. None means: could not be learned."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from audit.self_audit.table import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """The verifier's own result over the files of the log. `read_from`: those before were proved by an earlier look."""

    exit_code: int
    sentence: str
    size: int
    root: str
    read_from: int = 0
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A member of staff, by pseudonym. `state`: pending, active, disabled (until somebody enables) or blocked."""

    id: str
    role: str
    state: str
    factor: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAge:
    """A key of another system that is good now."""

    id: str
    created_at_ms: int
    expires_at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Weakness:
    """One finding of the checklist of settings and machine, good or not; `values` fill its text."""

    check: str
    state: str
    severity: Severity
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """`unread`: why entries from `unread_from` on could not be opened, "" if they could. `weaknesses` holds all
    that the checklist found, the gravest first; None if it could not be looked at."""

    verified: Verified
    accounts: tuple[Account, ...] | None
    api_keys: tuple[KeyAge, ...] | None
    weaknesses: tuple[Weakness, ...] | None
    unread: str = ""
    unread_from: int = 0
