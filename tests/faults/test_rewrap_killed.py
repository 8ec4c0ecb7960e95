"""A rewrapping that is killed at any step leaves every key open, and asking again finishes it."""

import json
import subprocess
import sys
from pathlib import Path


def test_whatever_step_kills_a_rewrapping_every_key_opens_and_the_next_one_finishes(
    root: Path, tmp_path: Path
) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "tests.faults.killed_rewrap", str(tmp_path / "cycles")],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    cycles = [json.loads(line) for line in told.stdout.splitlines()]
    assert len(cycles) > 15
    assert {json.dumps(cycle) for cycle in cycles} == {
        json.dumps({"died": True, "opens": True, "finished": True})
    }
