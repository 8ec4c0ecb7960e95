"""A machine that was restored keeps what the lost one knew: above all that its signing key has signed a log."""

import shutil
from pathlib import Path

import pytest

from tests.protocol.operator import OFFICER, Site


@pytest.fixture
def restored(tmp_path: Path) -> Site:
    """A new machine on which the backup of a lost one was restored."""
    lost, new = Site(tmp_path / "lost"), Site(tmp_path / "new")
    assert lost.first_init(*OFFICER).code == 0
    assert lost.said("backup", str(tmp_path / "backup")).code == 0
    new.kek.parent.mkdir(parents=True)
    shutil.copy2(lost.kek, new.kek)
    text = lost.settings_file.read_text("utf-8").replace(str(lost.folder), str(new.folder))
    new.settings_file.write_text(text, encoding="utf-8")
    new.settings_file.chmod(0o640)
    shutil.rmtree(lost.folder)
    finished = new.said("restore", str(tmp_path / "backup"))
    assert finished.code == 0, finished.err
    return new


def test_under_a_restored_signing_key_no_second_log_is_begun(restored: Site) -> None:
    """As when the volume of the data is not mounted, and somebody tries `init`."""
    restored.data.rename(restored.folder / "unmounted")
    refused = restored.said("init", *OFFICER)
    assert refused.code == 2
    assert "No second one was made" in refused.err
    assert list(restored.data.rglob("*")) == []


def test_init_finds_all_that_was_restored_and_makes_nothing(restored: Site) -> None:
    before = {name for name in restored.files() if "/keys/" in name or name.endswith("kek")}
    again = restored.said("init", "--json")
    assert (again.code, again.json["made"]) == (0, [])
    assert {name for name in restored.files() if "/keys/" in name or name.endswith("kek")} == before
