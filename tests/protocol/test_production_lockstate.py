"""A lockstate on a volume of its own, as the guide puts it there: with the first init, or later by moving it."""

from pathlib import Path

import pytest

from tests.protocol.operator import OFFICER, Site


@pytest.fixture
def apart(tmp_path: Path) -> Path:
    (tmp_path / "other-volume").mkdir(mode=0o700)
    return tmp_path / "other-volume" / "lockstate"


def verdict(site: Site, *more: str) -> int:
    log = site.data / "log"
    return site.said("audit", "verify", str(log), "--key", str(log / "verifier.key"), *more).code


def test_a_first_init_puts_it_there_and_a_verification_asks_for_it(tmp_path: Path, apart: Path) -> None:
    site = Site(tmp_path / "site")
    assert site.first_init(*OFFICER, f"--set=log.lockstate={apart}").code == 0
    assert apart.exists()
    assert not (site.data / "log" / "lockstate").exists()
    assert (verdict(site), verdict(site, "--lockstate", str(apart))) == (13, 0)


def test_it_is_moved_there_later_and_a_setting_without_the_file_is_refused(
    tmp_path: Path, apart: Path
) -> None:
    site = Site(tmp_path / "site")
    assert site.first_init(*OFFICER).code == 0
    text = site.settings_file.read_text("utf-8")
    site.settings_file.write_text(text.replace('# lockstate = ""', f'lockstate = "{apart}"'), "utf-8")
    refused = site.said("officer", "list")
    assert (refused.code, "lockstate is missing" in refused.err) == (3, True)
    (site.data / "log" / "lockstate").rename(apart)
    assert site.said("officer", "list").code == 0
    assert verdict(site, "--lockstate", str(apart)) == 0
