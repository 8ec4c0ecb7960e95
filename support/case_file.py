"""Case files of security officers: what belongs to one investigation, and who keeps away from it. Pure.

1. A file holds flags, entries of the log and sessions, each named once, and notes. Nothing of it is taken out again or
   changed.
2. Whom a flag or a session of it concerns neither sees the file nor touches it, whoever opened it: for them there is
   none.
3. It is closed once, with a finding and a reason. Then nothing is added to it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from support.identity import StaffId, is_id

LONGEST_TITLE: Final = 120  # characters
LONGEST_NOTE: Final = 2_000
LONGEST_REASON: Final = 200
MOST_ITEMS: Final = 300  # of one file, notes included
LISTED_AT_MOST: Final = 200


class Finding(StrEnum):
    """What an investigation found of the suspicion."""

    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    INCONCLUSIVE = "inconclusive"


class ItemKind(StrEnum):
    FLAG = "flag"
    ENTRY = "entry"
    SESSION = "session"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Closing:
    """`at_ms` is UTC milliseconds."""

    finding: Finding
    reason: str
    officer: StaffId
    at_ms: int


@dataclass(frozen=True, slots=True)
class CaseFile:
    """`log_index` is of the entry that records the opening, `items` how many it holds; `closing` is None while open."""

    id: str
    title: str
    opened_by: StaffId
    opened_at_ms: int
    log_index: int
    items: int = 0
    closing: Closing | None = None


@dataclass(frozen=True, slots=True)
class FiledItem:
    """`named`: the index of a flag's or another entry in decimal digits, or a session's id. A note is named by its own
    entry, where its text stands. `log_index` is of the entry that records the addition."""

    kind: ItemKind
    named: str
    officer: StaffId
    at_ms: int
    log_index: int


def concerned(target: str, agent: str | None, facts: Iterable[object]) -> frozenset[StaffId]:
    """The staff whom a flag about `target` concerns: it, the `agent` of its session, and whom its facts name."""
    named = (one for one in (target, agent, *facts) if isinstance(one, str))
    return frozenset(StaffId(one) for one in named if is_id(one, "sta"))
