"""An init that is killed at any moment, or loses its power, leaves something that the same command finishes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from audit.disk import Disk
from tests.faults.power_cut import PowerCut
from tests.protocol.operator import Site

SEED = 20_261_124


@pytest.mark.timeout(600)  # thirty cycles of a second, and a loaded machine
@pytest.mark.parametrize("way", ["kill", "power-cut"])
def test_an_init_stopped_at_any_moment_is_finished_by_the_next_one(
    tmp_path: Path, root: Path, way: str, cycles: int
) -> None:
    arguments = ["-m", "tests.faults.killed_init", str(tmp_path), str(cycles), str(SEED), way]
    environment = {"PATH": os.defpath, "HOME": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, *arguments], cwd=root, env=environment, capture_output=True, check=False, timeout=580
    )
    told = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [line["finished"] for line in told] == [0] * cycles, ran.stderr.decode()
    assert all(line["died"] for line in told), told
    for number in range(cycles):
        site = Site(tmp_path / f"site-{number}")
        log = site.data / "log"
        verified = site.said("audit", "verify", str(log), "--key", str(log / "verifier.key"))
        assert (verified.code, told[number]) == (0, told[number]), verified.out
        again = site.said("init", "--new-link", "--json").json
        assert (again["made"], again["officer"]["state"]) == ([], "pending")
        leftovers = [path.name for path in site.folder.rglob("*") if path.name.endswith(".new")]
        assert leftovers == []


def test_a_power_cut_takes_what_was_not_synced_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("fsync", "fdatasync", "replace"):
        monkeypatch.setattr(os, name, getattr(os, name))  # put back at the end
    disk, cut = Disk(), PowerCut()
    disk.make_folder(tmp_path / "kept")
    disk.create(tmp_path / "kept" / "whole", b"synced", temporary=tmp_path / "kept" / "new")
    with (tmp_path / "kept" / "whole").open("ab") as file:
        file.write(b", and not")
    (tmp_path / "kept" / "unnamed").write_bytes(b"its folder was not synced")
    (tmp_path / "lost").mkdir()
    cut.take(tmp_path)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    assert (left, (tmp_path / "kept" / "whole").read_bytes()) == ({"kept", "kept/whole"}, b"synced")


def test_a_rename_that_was_not_synced_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("fsync", "fdatasync", "replace"):
        monkeypatch.setattr(os, name, getattr(os, name))
    disk, cut = Disk(), PowerCut()
    disk.create(tmp_path / "old", b"synced", temporary=tmp_path / "first")
    (tmp_path / "old").replace(tmp_path / "new")
    cut.take(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
