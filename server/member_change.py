"""Role and team of somebody who works here already, from a page and from the host: one rule for both.

1. Agents and supervisors alone. Nobody becomes an officer by a change, or ceases to be one: an officer is invited anew,
   which takes a second officer.
2. Written before it takes effect, and only over what was seen: of two changes at once, one.
3. All sign-ins end, so that no cookie outlives the rights that it was given for.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from audit.event import Actor, EventName, Fact
from server.administration.register import Register
from server.problems import Problem
from server.storage.staff import SqlStaffStore
from support.identity import StaffId
from support.staff import Role, Staff

_HELPERS: Final = frozenset({Role.AGENT, Role.SUPERVISOR})


@dataclass(frozen=True, slots=True)
class MemberChange:
    """`seen` is the person as the change was decided."""

    seen: Staff
    role: Role
    team: str


async def change_member(
    register: Register,
    staff: SqlStaffStore,
    sign_out: Callable[[StaffId], Awaitable[int]],
    change: MemberChange,
    name: EventName,
    by: Actor,
) -> int:
    """How many sign-ins ended; 0, and no entry, where nothing would change. Raises Problem, LogUnavailable,
    StoreUnavailable."""
    seen = change.seen
    if seen.role not in _HELPERS or change.role not in _HELPERS:
        raise Problem(
            409,
            "role_fixed",
            "Nobody becomes an officer, or ceases to be one, by a change: invite them anew. Nothing was changed.",
        )
    if (seen.role, seen.team) == (change.role, change.team):
        return 0

    async def effect(_: int) -> None:
        if not await staff.change(seen, role=change.role, team=change.team):
            raise Problem(
                409,
                "changed_meanwhile",
                "Somebody else has just changed this person. Nothing was changed by you. Look again, then decide.",
            )

    facts: dict[str, Fact] = {
        "staff": seen.id,
        "role": change.role.value,
        "former_role": seen.role.value,
        "other_team": seen.team != change.team,  # its name is text that somebody typed: no fact of the log
    }
    await register.carry_out([register.intent(name, by, facts)], effect)
    return await sign_out(seen.id)
