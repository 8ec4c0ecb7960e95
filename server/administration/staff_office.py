"""Who works here."""

from audit.event import Actor
from server.administration import acts
from server.administration.errors import ActRefused
from server.administration.ground import Ground
from server.storage.staff_roll import StaffOnRoll
from support.staff import Role

FOREVER_MS = 2**53 - 1  # disabled: blocked until somebody lifts it


class StaffOffice:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def list(self, act: acts.ListStaff, _: Actor) -> acts.StaffList:
        """No entry: it shows nothing of any customer."""
        role = None if act.role is None else _role(act.role)
        now = self._ground.clock.now_ms()
        rows = await self._ground.stores.staff_roll.everybody()
        return acts.StaffList(staff=[_line(row, now) for row in rows if role in {None, row.staff.role}])


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise ActRefused(f"The role is one of {', '.join(Role)}. Nothing was changed.") from None


def _line(row: StaffOnRoll, now: int) -> acts.StaffLine:
    staff = row.staff
    return acts.StaffLine(
        id=staff.id,
        username=staff.username,
        name=staff.name,
        number=staff.number,
        team=staff.team,
        role=staff.role.value,
        state=_state(row, now),
    )


def _state(row: StaffOnRoll, now: int) -> str:
    if row.staff.blocked_until_ms == FOREVER_MS:
        return "disabled"
    if row.staff.blocked(now):
        return "blocked"
    return "pending" if row.pending else "active"
