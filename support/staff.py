"""Who works here."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from support.identity import StaffId


class Role(StrEnum):
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    SECURITY = "security"
    ADMIN = "admin"
    SYSTEM = "system"  # another system of the organisation, as who asks for a verification; it never signs in


HELPERS: Final = frozenset({Role.AGENT, Role.SUPERVISOR})


@dataclass(frozen=True, slots=True)
class Staff:
    """`number` ("A-104") is what customers see and may ask about. `blocked_until_ms` is exclusive, None if not.
    `must_prove` names the open demand that they prove again who they are."""

    id: StaffId
    username: str
    name: str
    number: str
    team: str
    role: Role
    blocked_until_ms: int | None = None
    must_prove: str | None = None

    @property
    def helps_customers(self) -> bool:
        """Agents and supervisors may have cases; security officers and administrators never do."""
        return self.role in HELPERS

    def blocked(self, now_ms: int) -> bool:
        return self.blocked_until_ms is not None and now_ms < self.blocked_until_ms
