"""After a start: what the slow detectors know of the weeks before is made again from the log, beside the work.

Reading a quarter of a large log takes minutes, so it neither holds up the start nor takes more than half of the loop's
time. Until it is done the quick detectors run on what the log's tail taught them, and the slow ones say nothing: from a
day alone they would take for odd what has long been usual.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from audit.keystore import KeyUnavailable
from audit.ports import AuditReader, OpenedEntry

REMEMBERED_MS: Final = 13 * 7 * 24 * 3_600_000
CHUNK: Final = 100
PROBED: Final = 20
TRY_AGAIN_S: Final = 1.0


async def caught_up(
    log: AuditReader, since_ms: int, heard: Callable[[], int], observe: Callable[[OpenedEntry], None]
) -> None:
    """Returns when `observe` has been given each entry from `since_ms` on up to the one that `heard` names, -1 for
    none, and does so without having let the loop run in between: whoever waits for it may take over at once. Raises as
    `AuditLog.read`, but waits for a key that is out of reach."""
    position = await _first(log, since_ms, heard() + 1)
    loop = asyncio.get_running_loop()
    while position <= heard():
        chunk = await _read(log, position, min(position + CHUNK, heard() + 1))
        if not chunk:
            return  # the log is shorter than what was heard of: nothing is left to learn from
        began = loop.time()
        for entry in chunk:
            observe(entry)
        position = chunk[-1].index + 1
        if position <= heard():
            await asyncio.sleep(loop.time() - began)


async def _first(log: AuditReader, since_ms: int, stop: int) -> int:
    """The first entry not older than `since_ms`, or one a little before it: times rise with the index, but for what the
    clock was set back. Entries that cannot be opened any more count as older."""
    low, high = 0, stop
    while high - low > CHUNK:
        middle = (low + high) // 2
        probed = [entry.event for entry in await _read(log, middle, middle + PROBED)]
        if any(event is not None and event.at_ms >= since_ms for event in probed):
            high = middle
        else:
            low = middle
    return low


async def _read(log: AuditReader, start: int, stop: int) -> list[OpenedEntry]:
    while True:
        try:
            return await log.read(start, stop)
        except KeyUnavailable:
            await asyncio.sleep(TRY_AGAIN_S)
