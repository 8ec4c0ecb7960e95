"""How long one search takes (`audit.search`): by the index, and by looking through the whole log (`linear`).

The log is written and indexed as a server does it. The peer reads and opens every entry of the same log once, with the
same question; its time grows with the log, the index's with the answer. `audit.index` is how fast the index is made.
"""

import asyncio
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from audit.log import AuditLog
from audit.search.log_search import LogSearch
from audit.search.query import Query
from tests.bench.audit_append import an_event, opened
from tests.bench.table import Row, row, show

INDEXED: Final = 200_000
TOGETHER: Final = 1_000
RARE_EVERY: Final = 20_000
RARE: Final = "ses_BENCHBENCHBENCHBENCHBENCHB"
LIMIT: Final = 50
AT_ONCE: Final = 512
ROUNDS: Final = 20
QUESTION: Final = Query(session=RARE)


async def fill(log: AuditLog) -> None:
    for first in range(0, INDEXED, TOGETHER):
        events = [an_event(number) for number in range(first, first + TOGETHER)]
        events = [
            replace(event, session=RARE) if (first + place) % RARE_EVERY == 0 else event
            for place, event in enumerate(events)
        ]
        await asyncio.gather(*(log.append(event) for event in events))


async def linear(log: AuditLog) -> int:
    found = 0
    for start in range(0, log.size, AT_ONCE):
        entries = await log.read(start, min(start + AT_ONCE, log.size))
        found += sum(QUESTION.matches(entry.event) for entry in entries)
    return found


async def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with opened(folder) as log:
            await fill(log)
            searching = LogSearch(log, folder)
            started = time.perf_counter()
            while await searching.catch_up():
                pass
            indexed_a_second = searching.standing().upto / (time.perf_counter() - started)
            took, found = [], 0
            for _ in range(ROUNDS):
                started = time.perf_counter()
                found = len((await searching.search(QUESTION, None, LIMIT)).entries)
                took.append((time.perf_counter() - started) * 1000)
            started = time.perf_counter()
            count = await linear(log)
            looked_ms = (time.perf_counter() - started) * 1000
            searching.close()
    if not found == count == INDEXED // RARE_EVERY:
        raise SystemExit(f"the search found {found} entries, and a look through the log {count}")
    at = {"entries": INDEXED, "found": count}
    return [
        row("audit.search", at, "ms", sorted(took)[ROUNDS // 2], {"linear": looked_ms}),
        row("audit.index", {"entries": INDEXED}, "entries/s", indexed_a_second, {}),
    ]


def main(json: bool) -> int:
    show(asyncio.run(rows()), as_json=json)
    return 0
