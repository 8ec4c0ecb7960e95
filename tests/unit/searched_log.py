"""A log on disk with an index of narrow blocks, and the slow way of finding the same: reading everything."""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.log import AuditLog
from audit.search.log_search import LogSearch
from audit.search.query import Query
from tests.unit.audit_log_on_disk import NOW_MS, LogOnDisk

WIDTH = 16
LATER_MS = NOW_MS + 14 * 86_400_000
CUSTOMERS = ("cus_A", "cus_B", "cus_C")
NAMES = (EventName.AGENT_CASE_VIEWED, EventName.CUSTOMER_CODE_REFUSED, EventName.SYSTEM_SESSION_ENDED)
OUTCOMES = (Outcome.DONE, Outcome.REFUSED)


@dataclass(slots=True)
class Searched:
    disk: LogOnDisk
    log: AuditLog
    search: LogSearch

    @property
    def file(self) -> Path:
        return self.disk.folder / "index.db"

    def rows(self) -> list[tuple[int, bytes, bytes]]:
        """What is stored: number, directory, lists."""
        with closing(sqlite3.connect(self.file)) as database:
            return database.execute("SELECT number, directory, lists FROM block ORDER BY number").fetchall()

    def change(self, statement: str, *values: object) -> None:
        """As somebody who can write the file, beside the process that uses it."""
        with closing(sqlite3.connect(self.file, isolation_level=None)) as database:
            database.execute(statement, values)

    async def agree(self) -> None:
        for query in QUERIES:
            assert await self.found(query) == await self.scanned(query), query

    async def fill(self) -> None:
        while await self.search.catch_up():
            continue

    async def found(self, query: Query, *, before: int | None = None, limit: int = 10_000) -> list[int]:
        result = await self.search.search(query, before, limit)
        return [entry.index for entry in result.entries]

    async def scanned(self, query: Query, *, before: int | None = None) -> list[int]:
        """By reading everything, ten thousand entries at most."""
        entries = await self.log.read(0, self.log.size if before is None else before)
        return [entry.index for entry in entries if query.matches(entry.event)]


@asynccontextmanager
async def searched(
    folder: Path, events: Sequence[Event] = (), *, width: int = WIDTH
) -> AsyncIterator[Searched]:
    """Opened, or opened again. The index is as it was: `fill` brings it up to the log."""
    disk = LogOnDisk(folder)
    log = await disk.open(now_ms=LATER_MS)
    if events:
        await log.append_all(events)
    search = LogSearch(log, disk.folder, width)
    try:
        yield Searched(disk, log, search)
    finally:
        search.close()
        await log.close()


def numbered(number: int) -> Event:
    """Different in each field, in a way that no two fields share."""
    customer = CUSTOMERS[number % 3] if number % 5 else None
    by_customer = number % 4 == 1 and customer is not None
    return Event(
        NAMES[number % 3 if number % 7 else 0],
        OUTCOMES[number % 2],
        NOW_MS + number * 1_000,
        Actor(ActorKind.CUSTOMER, customer or "")
        if by_customer
        else Actor(ActorKind.AGENT, f"sta_{number % 6}"),
        case=f"cas_{number // 10}",
        session=f"ses_{number // 20}" if number % 3 else None,
        customer=None if number % 11 == 0 else customer,
        facts={"number": number},
        personal={customer: {"seen": number}} if customer is not None and number % 2 else {},
    )


QUERIES = (
    Query(),
    Query(actor="sta_2"),
    Query(actor="cus_B"),
    Query(kind=ActorKind.CUSTOMER),
    Query(kind=ActorKind.SYSTEM),
    *(Query(customer=customer) for customer in CUSTOMERS),
    Query(customer="cus_nobody"),
    Query(case="cas_3"),
    Query(session="ses_2"),
    Query(event=EventName.CUSTOMER_CODE_REFUSED),
    Query(outcome=Outcome.REFUSED),
    Query(from_ms=NOW_MS + 20_000, until_ms=NOW_MS + 55_000),
    Query(customer="cus_A", outcome=Outcome.DONE),
    Query(customer="cus_C", from_ms=NOW_MS + 30_000),
    Query(event=EventName.AGENT_CASE_VIEWED, outcome=Outcome.DONE, actor="sta_0", until_ms=NOW_MS + 70_000),
)
