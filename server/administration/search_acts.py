"""What an operator may ask of the log and its search index, and what comes back."""

from typing import Annotated

import msgspec

from audit.export.record import LogRecord
from server.administration.act import Act, Answer, Word

AT_MOST = 1_000
Index = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=AT_MOST)]


class LogFound(Answer, frozen=True, kw_only=True):
    """Oldest first. All below `read_from` was not looked at; 0 when nothing is left to look at. `closed`: those that
    no key here opens, so that nobody knows whether they match; 0 where everything was asked for."""

    entries: list[LogRecord]
    size: int
    read_from: int
    closed: int


class IndexStanding(Answer, frozen=True, kw_only=True):
    """Entries below `upto`, of `size`, are in the index. `complete`: only the newest few are not. `closed`: how many
    of the indexed no key opens."""

    upto: int
    size: int
    complete: bool
    closed: int


class SearchLog(Act[LogFound], frozen=True, kw_only=True, tag="log.search"):
    """Recorded, with what was asked for. Whoever is named: an id as entries have it, or a reference or username.
    `kind` is a kind of actor. Times are UTC milliseconds, `until_ms` exclusive."""

    actor: Word | None = None
    kind: Word | None = None
    customer: Word | None = None
    case: Word | None = None
    session: Word | None = None
    event: Word | None = None
    outcome: Word | None = None
    from_ms: Index | None = None
    until_ms: Index | None = None
    before: Index | None = None
    limit: Limit = 100


class RebuildIndex(Act[IndexStanding], frozen=True, kw_only=True, tag="log.index.rebuild"):
    """Empties it; a running server fills it in its spare time, a command without one before it ends."""


class ShowIndex(Act[IndexStanding], frozen=True, kw_only=True, tag="log.index.show"):
    """Nothing of what is in it."""


SearchAct = SearchLog | RebuildIndex | ShowIndex
