"""One session as its conductor holds it: the truth in memory, and how far the row and the log have followed."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Final

from audit.event import Event, EventName
from session.deadlines import first_due
from session.model import Session

REMARKS_OF_A_KIND: Final = 24  # in one session: enough to see a pattern, too few to fill a log with


@dataclass(slots=True, eq=False)
class Holding:
    """`truth` is what holds now. What takes access away changes it at once; what gives changes it only when recorded.

    `version` is the row's, as last known. `changes` rises with every taking: a giving that finds it raised while it
    waited was overtaken and must not come alive. `untold` are entries that follow once the row was tried. `unborn`: the
    row may or may not exist, since its creation failed. `remarks` counts what was remarked; `withheld`: it was remarked
    last that no lease is renewed though the share goes on.
    """

    truth: Session
    version: int = 0
    changes: int = 0
    dirty: bool = False
    unborn: bool = False
    untold: list[Event] = field(default_factory=list)
    remarks: Counter[EventName] = field(default_factory=Counter)
    withheld: bool = False
    _due_of: Session | None = None
    _due_at: int | None = None
    giving: asyncio.Lock = field(default_factory=asyncio.Lock)
    saving: asyncio.Lock = field(default_factory=asyncio.Lock)

    def remark(self, entry: Event) -> None:
        """Tell it with what else is untold, as long as there were not too many of its kind."""
        self.remarks[entry.name] += 1
        if self.remarks[entry.name] == REMARKS_OF_A_KIND:
            entry = replace(entry, facts={**entry.facts, "last_told": True})
        if self.remarks[entry.name] <= REMARKS_OF_A_KIND:
            self.untold.append(entry)

    def due(self, now: int) -> bool:
        """Time alone changes something by `now` (UTC ms)."""
        if self._due_of is not self.truth:
            deadline = first_due(self.truth)
            self._due_of, self._due_at = self.truth, deadline.at if deadline else None
        return self._due_at is not None and now >= self._due_at

    @property
    def settled(self) -> bool:
        """The row and the log say what is true."""
        return not self.dirty and not self.untold
