"""The files for the TURN server: systemd takes them, and the guide says what they say."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from server.connection_tests import SHARED_USERS
from server.turn.settings import turn_url
from tests.guide.test_deploy_units import OTHER_VERSIONS

UNIT = Path("/lib/systemd/system/coturn.service")
EXPOSED = 3.2


@pytest.fixture
def guide(root: Path) -> str:
    return (root / "docs" / "strict-networks.md").read_text("utf-8")


@pytest.fixture
def configuration(root: Path) -> str:
    return (root / "deploy" / "coturn" / "turnserver.conf").read_text("utf-8")


def analyzed(folder: Path, *arguments: str) -> str:
    """Everything that `systemd-analyze` says of the unit in that folder."""
    finished = subprocess.run(
        ["systemd-analyze", *arguments, str(folder / "coturn.service")],
        env={"PATH": "/usr/bin:/bin", "SYSTEMD_UNIT_PATH": f"{folder}:"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout + finished.stderr


def value(configuration: str, name: str) -> int:
    found = re.search(rf"(?m)^{name}=(\d+)$", configuration)
    assert found, name
    return int(found[1])


def test_systemd_takes_the_drop_in_beside_debians_unit_and_it_is_as_locked_in_as_the_guide_says(
    root: Path, tmp_path: Path, guide: str
) -> None:
    folder = tmp_path / "coturn.service.d"
    folder.mkdir()
    shutil.copy(UNIT, tmp_path)
    shutil.copy(root / "deploy" / "coturn" / "coturn.service.d.conf", folder / "tachiai.conf")
    verdicts = [
        analyzed(tmp_path, *arguments)
        for arguments in (("verify", "--man=no"), ("security", "--offline=true"))
    ]
    assert "tachiai.conf" not in "".join(verdicts)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", verdicts[1])
    assert found
    assert float(found[1]) <= EXPOSED + OTHER_VERSIONS
    assert f"says {EXPOSED} for coturn" in " ".join(guide.split())


def test_the_guides_figures_are_those_of_the_configuration(guide: str, configuration: str) -> None:
    each, whole = value(configuration, "user-quota"), value(configuration, "total-quota")
    low, high = value(configuration, "min-port"), value(configuration, "max-port")
    assert each * SHARED_USERS == 96
    assert (each, whole, high - low + 1) == (12, 600, 1_000)
    assert f"total-quota={whole}" in guide
    assert f"enough for {(whole - 96) // 6} shares" in " ".join(guide.split())
    assert f"{low} to {high}" in guide
    assert whole < high - low + 1, "each relay is a port"


def test_the_relays_of_the_guide_are_those_of_the_configuration(guide: str, configuration: str) -> None:
    assert re.findall(r'relays = \["(.+)"\]', guide) == re.findall(r"(?m)^relay-ip=(.+)$", configuration)


def test_the_urls_of_the_guide_are_urls_and_of_the_ports_of_the_configuration(
    guide: str, configuration: str
) -> None:
    urls = [turn_url(text) for text in re.findall(r'"(turns?:[^"]+)"', guide)]
    assert [(url.port, url.secure, url.transport) for url in urls if url] == [
        (value(configuration, "listening-port"), False, "udp"),
        (value(configuration, "listening-port"), False, "tcp"),
        (value(configuration, "tls-listening-port"), True, "tcp"),
    ]
