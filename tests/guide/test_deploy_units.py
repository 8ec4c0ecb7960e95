"""The systemd units: systemd itself judges them, and what they name is what there is."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from server.places import places_of
from server.settings import load

UNITS = ("tachiai.service", "tachiai-backup.service", "tachiai-backup.timer")
# What `systemd-analyze security` says: 0 is locked in, 10 is open. docs/operating.md states the same numbers.
MOST_EXPOSED = {"tachiai.service": 1.1, "tachiai-backup.service": 0.2}
OTHER_VERSIONS = 0.4  # of systemd weigh a little differently than Debian 12's, which the guide quotes


def analyze(*arguments: str) -> str:
    command = ["systemd-analyze", *arguments]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.mark.parametrize("unit", sorted(MOST_EXPOSED))
def test_a_unit_is_as_locked_in_as_the_guide_says(root: Path, unit: str) -> None:
    limit = MOST_EXPOSED[unit]
    verdict = analyze("security", "--offline=true", str(root / "deploy" / unit))
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", verdict)
    assert found is not None
    assert float(found[1]) <= limit + OTHER_VERSIONS
    guide = (root / "docs" / "operating.md").read_text("utf-8")
    assert re.search(rf"{re.escape(unit)}`[^|]*\| *{limit}\b", guide), "the guide states the number"


def test_systemd_understands_every_unit(root: Path, tmp_path: Path) -> None:
    """With the program's place put in: systemd asks whether what is to be started is there."""
    program = Path(sys.executable).parent / "tachiai"
    for name in UNITS:
        text = (root / "deploy" / name).read_text("utf-8")
        (tmp_path / name).write_text(text.replace("/opt/tachiai/.venv/bin/tachiai", str(program)))
    command = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in UNITS)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    complaints = [line for line in finished.stderr.splitlines() if "tachiai" in line]
    assert not complaints


@pytest.mark.parametrize("unit", ["tachiai.service", "tachiai-backup.service"])
def test_the_service_reads_its_keys_from_the_copies_that_it_is_given(
    root: Path, unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (root / "deploy" / unit).read_text("utf-8")
    given = dict(re.findall(r"^LoadCredential=(\S+?):(\S+)$", text, re.MULTILINE))
    assert given == {"kek": "/etc/tachiai/kek", "keys": "/etc/tachiai/keys"}
    variables = dict(
        word.split("=", 1)
        for line in re.findall(r"^Environment=(.*)$", text, re.MULTILINE)
        for word in line.split()
    )
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials/unit")
    keys = places_of(load(environment=variables)).keys
    # Of a folder, systemd makes one credential for each file: NAME_file (systemd.exec(5), LoadCredential=).
    files = {place.name for place in keys.all()}
    assert files == {"kek", "keys_log-signing-key", "keys_authenticators.key", "keys_invitations.key"}
    assert {str(place.parent) for place in keys.all()} == {"/run/credentials/unit"}


def test_folders_and_user_are_made_as_the_units_need_them(root: Path) -> None:
    made = set(re.findall(r"^d (\S+)", (root / "deploy" / "tmpfiles.conf").read_text("utf-8"), re.MULTILINE))
    state = {"/var/lib/tachiai", "/var/lib/tachiai-lockstate"}
    assert made == {"/etc/tachiai", "/etc/tachiai/keys", "/var/backups/tachiai", *state}
    service = (root / "deploy" / "tachiai.service").read_text("utf-8")
    handed_back = re.search(r"^ExecStartPre=\+/bin/chown .* tachiai:tachiai (.*)$", service, re.MULTILINE)
    assert handed_back is not None
    assert set(handed_back[1].split()) == state, (
        "what root wrote while the server was stopped is the server's again"
    )
    users = (root / "deploy" / "sysusers.conf").read_text("utf-8")
    assert re.search(r"^u tachiai - ", users, re.MULTILINE)
    for name in ("tachiai.service", "tachiai-backup.service"):
        assert "\nUser=tachiai\n" in (root / "deploy" / name).read_text("utf-8")


def test_systemd_takes_the_user(root: Path, tmp_path: Path) -> None:
    """In a root of its own, so that nothing of this machine is touched."""
    folder = tmp_path / "usr" / "lib" / "sysusers.d"
    folder.mkdir(parents=True)
    shutil.copy(root / "deploy" / "sysusers.conf", folder / "tachiai.conf")
    command = ["systemd-sysusers", f"--root={tmp_path}", "--dry-run"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert finished.returncode == 0, finished.stderr
    assert "Creating user 'tachiai'" in finished.stdout + finished.stderr
