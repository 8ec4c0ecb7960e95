"""Every single bit of a small log's public files and of its lockstate, turned over."""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.unit.flipped_bits import LOCKSTATE, NAMES, check_lockstate, check_published, every_bit
from tests.unit.log_in_memory import SmallSite, small_site


def main(cycles: int) -> int:
    """0 if each was found; an assertion's sentence and 1 otherwise. `cycles`: other logs, 0 for one."""
    began, tried = time.monotonic(), 0
    for _ in range(cycles or 1):
        with tempfile.TemporaryDirectory() as folder:
            site = asyncio.run(small_site(Path(folder)))
            try:
                tried += _all_of(site)
            except AssertionError as finding:
                sys.stderr.write(f"does not hold: {finding}\n")
                return 1
    sys.stdout.write(f"{tried} bits in {time.monotonic() - began:.0f} s, each found and blamed on its file\n")
    return 0


def _all_of(site: SmallSite) -> int:
    tried = 0
    for name in NAMES:
        tried += check_published(site, name, every_bit(site.files[name]))
        sys.stderr.write(f"{name}: found\n")
    tried += check_lockstate(site, every_bit(site.lockstate.read_bytes()))
    sys.stderr.write(f"{LOCKSTATE}: found\n")
    return tried
