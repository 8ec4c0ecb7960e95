"""One session as its conductor holds it: the truth in memory, and how far the row and the log have followed."""

import asyncio
from dataclasses import dataclass, field

from audit.event import Event
from session.model import Session


@dataclass(slots=True, eq=False)
class Holding:
    """`truth` is what holds now. What takes access away changes it at once; what gives changes it only when recorded.

    `version` is the row's, as last known. `changes` rises with every taking: a giving that finds it raised while it
    waited was overtaken and must not come alive. `untold` are entries that follow once the row was tried. `unborn`: the
    row may or may not exist, since its creation failed.
    """

    truth: Session
    version: int = 0
    changes: int = 0
    dirty: bool = False
    unborn: bool = False
    untold: list[Event] = field(default_factory=list)
    giving: asyncio.Lock = field(default_factory=asyncio.Lock)
    saving: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def settled(self) -> bool:
        """The row and the log say what is true."""
        return not self.dirty and not self.untold
