"""kill -9, half a write or a power cut at every step of a seal: the chain opens, goes on with the same bytes, holds."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.audit_log_on_disk import LogOnDisk

FEWEST_STEPS = 20  # two changes of the epoch's key


def an_old_log(root: Path) -> None:
    asyncio.run(LogOnDisk(root).fill(3))


def a_log_without_its_key(root: Path) -> None:
    an_old_log(root)
    (root / "log" / "private" / "seals.key").unlink()


def no_log(root: Path) -> None:
    root.mkdir()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("fate", ["killed", "torn", "power-cut"])
@pytest.mark.parametrize(("ready", "restarts"), [(an_old_log, 0), (a_log_without_its_key, 1), (no_log, 0)])
def test_a_seal_that_is_interrupted_anywhere_is_finished_with_the_same_bytes(
    tmp_path: Path, root: Path, ready: Callable[[Path], None], restarts: int, fate: str
) -> None:
    ready(tmp_path / "ready")
    arguments = ["-m", "tests.faults.killed_sealing", str(tmp_path), str(tmp_path / "ready"), fate]
    environment = {"PATH": os.defpath, "HOME": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, *arguments], cwd=root, env=environment, capture_output=True, check=False, timeout=280
    )
    told = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(told) >= FEWEST_STEPS, ran.stderr.decode()
    for line in told:
        assert line["died"], line
        assert line["opened"], (line, ran.stderr.decode())
        assert (line["exit"], line["left"]) == (0 if not restarts else 13, []), line
        assert line["kept"], ("what was published once is there for ever", line)
        assert line["grown"], line
        assert line["restarts"] == restarts, ("a crash begins no chain", line)
