"""Ten million entries through all detectors, in quarters of the same floor: how long, and what it does to memory."""

import resource
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from audit.detectors.registry import all_detectors
from audit.ports import OpenedEntry
from tests.bench.floors.events import Entries
from tests.bench.floors.simulator import WEEK_MS, floor, parameters

ENTRIES: Final = 10_000_000
SECONDS: Final = 600.0  # of CPU, for so many
GROWS_AT_MOST: Final = 1.1  # from the second quarter on
_PAGE: Final = resource.getpagesize()


def main(cycles: int) -> int:
    """0 if it took less than its share of ten minutes of CPU, and memory stayed flat after two quarters. `cycles`:
    entries, 0 for ten million; fewer than three quarters say nothing about memory."""
    wanted, done, quarter = cycles or ENTRIES, 0, 0
    lines, weeks = floor(401, 0.02).lines, parameters()["floor"]["weeks"]
    entries, detectors = Entries(), all_detectors()
    made = [entry for line in lines for entry in entries.of(line)]
    del lines, entries
    spent, began, sizes, flags = 0.0, time.monotonic(), [_resident()], 0
    while done < wanted:
        later = [_moved(one, quarter, weeks * WEEK_MS, len(made)) for one in made[: wanted - done]]
        since = time.process_time()
        flags += sum(1 for entry in later for one in detectors for _ in one.observe(entry))
        spent += time.process_time() - since
        done, quarter = done + len(later), quarter + 1
        del later
        sizes.append(_resident())
        sys.stdout.write(f"{done:>10} entries, {spent:6.1f} s of CPU, {sizes[-1] / 1e6:6.0f} MB\n")
        sys.stdout.flush()
    each, kept = spent / done * 1e6, sum(len(one.state()) for one in detectors)
    sys.stdout.write(
        f"{done} entries in {spent:.0f} s of CPU ({each:.1f} us each; {time.monotonic() - began:.0f} s by the clock, "
        f"their making included), {flags} flags, {kept / 1e6:.2f} MB of state, {sizes[0] / 1e6:.0f} MB before, "
        f"{sizes[-1] / 1e6:.0f} MB after\n"
    )
    slow = spent > SECONDS * done / ENTRIES
    grown = len(sizes) > 3 and sizes[-1] > GROWS_AT_MOST * max(sizes[1:3])
    return 1 if slow or grown else 0


def _moved(entry: OpenedEntry, quarter: int, lasts_ms: int, count: int) -> OpenedEntry:
    """The same, so many quarters later."""
    if entry.event is None:
        return entry
    event = replace(entry.event, at_ms=entry.event.at_ms + quarter * lasts_ms)
    return replace(entry, index=entry.index + quarter * (count + 1), event=event)


def _resident() -> int:
    """Bytes of memory that this process has now."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE
