"""Rosters: what is planned stands in the log alone, where the detector reads it; no table needs it."""

import hashlib
from dataclasses import replace
from typing import Final

from audit.event import Actor, Event, EventName, Fact, Outcome
from server.administration import roster_acts as acts
from server.administration.ground import Ground
from support.customer_file import BadRow, FileRefused
from support.identity import StaffId
from support.roster_file import GivenShift, read

TOLD_AT_MOST: Final = 100


class RosterOffice:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def take_in(self, act: acts.ImportRoster, by: Actor) -> acts.RosterImported:
        """All or nothing: the file and each of its shifts are entries of one write."""
        try:
            given = read(act.content, self._ground.clock.now_ms())
        except FileRefused as error:
            return _refused(error.rows)
        staff = {row.staff.username: row.staff for row in await self._ground.stores.staff_roll.everybody()}
        known = {name: one.id for name, one in staff.items() if one.helps_customers}
        if strangers := [one for one in given if one.username not in known]:
            return _refused([BadRow(one.line, "This is no agent's username.") for one in strangers])
        people = len({one.username for one in given})
        whole: dict[str, Fact] = {
            "file_sha256": hashlib.sha256(act.content).hexdigest(),
            "shifts": len(given),
            "people": people,
        }
        events = [self._event(EventName.OPERATOR_ROSTER_IMPORTED, by, whole)]
        events += [
            self._event(EventName.OPERATOR_SHIFT_PLANNED, by, _facts(one, known[one.username]))
            for one in given
        ]
        await self._ground.log.append_all(events)
        return acts.RosterImported(shifts=len(given), people=people)

    def _event(self, name: EventName, by: Actor, facts: dict[str, Fact]) -> Event:
        return replace(self._ground.register.intent(name, by, facts), outcome=Outcome.DONE)


def _facts(shift: GivenShift, staff: StaffId) -> dict[str, Fact]:
    return {"staff": staff, "from_ms": shift.from_ms, "to_ms": shift.to_ms}


def _refused(rows: list[BadRow]) -> acts.RosterImported:
    told = [acts.BadShift(line=row.line, sentence=row.sentence) for row in rows[:TOLD_AT_MOST]]
    return acts.RosterImported(bad=told, bad_in_all=len(rows))
