"""Which entries an export is of. Pure."""

from dataclasses import dataclass

from audit.event import Fact
from audit.ports import OpenedEntry
from audit.search.query import Query


@dataclass(frozen=True, slots=True)
class Selection:
    """Entries `start` <= index < `stop` that match `query`."""

    start: int
    stop: int
    query: Query

    def takes(self, entry: OpenedEntry) -> bool:
        return self.start <= entry.index < self.stop and self.query.matches(entry.event)

    def facts(self) -> dict[str, Fact]:
        """For the record of an export. `from` and `to` are indices, as of a reading."""
        return {**self.query.facts(), "from": self.start, "to": self.stop}
