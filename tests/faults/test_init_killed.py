"""An init that is killed at any moment leaves something that the same command finishes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.protocol.operator import Site

CYCLES = 20
SEED = 20_261_124


@pytest.mark.timeout(300)  # twenty cycles of half a second, and a loaded machine
def test_an_init_killed_at_any_moment_is_finished_by_the_next_one(tmp_path: Path, root: Path) -> None:
    arguments = ["-m", "tests.faults.killed_init", str(tmp_path), str(CYCLES), str(SEED)]
    environment = {"PATH": os.defpath, "HOME": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, *arguments], cwd=root, env=environment, capture_output=True, check=False, timeout=280
    )
    told = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [line["finished"] for line in told] == [0] * CYCLES, ran.stderr.decode()
    assert all(line["died"] for line in told), told
    for number in range(CYCLES):
        site = Site(tmp_path / f"site-{number}")
        log = site.data / "log"
        verified = site.said("audit", "verify", str(log), "--key", str(log / "verifier.key"))
        assert (verified.code, told[number]) == (0, told[number]), verified.out
        again = site.said("init", "--new-link", "--json").json
        assert (again["made"], again["officer"]["state"]) == ([], "pending")
        leftovers = [path.name for path in site.folder.rglob("*") if path.name.endswith(".new")]
        assert leftovers == []
