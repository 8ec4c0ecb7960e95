"""What a staff member signs in with, and through which doors."""

from dataclasses import dataclass, field
from enum import StrEnum


class Door(StrEnum):
    """A way in for staff. A login is good for its door only."""

    AGENT = "agent"
    SECURITY = "security"


@dataclass(frozen=True, slots=True)
class StaffCredentials:
    """`password_hash` is an argon2id string. `blocked_until_ms` is exclusive, None if not blocked."""

    staff: str
    username: str
    password_hash: str = field(repr=False)
    doors: frozenset[Door]
    blocked_until_ms: int | None = None
