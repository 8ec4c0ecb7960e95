"""Keys on a host: a credential that is rotated, and a key-encryption key in Vault, from init to restore."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from audit.kek import FileKek, KeyUnavailable
from server.administration.acts import Status
from server.administration.reaching import perform
from server.cli import tachiai
from server.settings import load
from tests.unit.vault_server import running_vault


def test_a_credential_is_rotated_by_a_file_with_both_lines_and_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is root's, the credential a copy of it that the service manager makes at each start."""
    host = Host(tmp_path)
    source = tmp_path / "etc" / "kek"
    FileKek.create(source)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    host.restart_with(source)
    host.init(f"keys.folder={tmp_path / 'etc' / 'keys'}", "keys.kek=credential:kek")
    old = FileKek.open(source).version
    versions = [one["version"] for one in host.run("audit", "kek", str(source), "--add")]
    assert versions[:-1] == [old]
    host.restart_with(source)
    done = host.run("audit", "rewrap")
    assert (done["version"], done["versions"]) == (versions[-1], versions)
    host.run("audit", "kek", str(source), "--remove", old)
    host.restart_with(source)
    assert host.run("audit", "rewrap")["versions"] == versions[-1:]


def test_a_key_file_that_cannot_be_written_is_told_how_to_change(tmp_path: Path) -> None:
    kek = FileKek.create(tmp_path / "kek")
    before = (tmp_path / "kek").read_bytes()
    (tmp_path / ".kek.new").mkdir()  # where the new content would be written first
    with pytest.raises(KeyUnavailable, match=r"cannot be changed by this user.*tachiai audit kek FILE"):
        kek.add_version()
    assert (tmp_path / "kek").read_bytes() == before
    assert kek.unwrap(kek.wrap(b"s", b"c"), b"c") == b"s"


async def test_a_host_with_vault_is_made_rotated_backed_up_and_restored(tmp_path: Path) -> None:
    host = Host(tmp_path)
    with running_vault(tmp_path) as vault:
        made = await asyncio.to_thread(
            host.init,
            f"keys.folder={tmp_path / 'keys'}",
            "keys.kek=vault:tachiai",
            f"vault.address={vault.address}",
            f"vault.access={vault.token}",
        )
        assert {"key": "kek vault:tachiai", "value": "stays in Vault"} in made["fingerprints"]
        assert not (tmp_path / "etc" / "kek").exists()
        backup = str(tmp_path / "backup")
        await asyncio.to_thread(host.run, "backup", backup)
        rotated = await asyncio.to_thread(host.run, "audit", "rewrap", "--new-version")
        assert (rotated["version"], rotated["versions"]) == ("v2", ["v1", "v2"])
        states = await asyncio.to_thread(host.states)
        assert (states["kek"], states["kek_age"], states["sealed"]) == ("vault", "young", "off")
        (tmp_path / "data").rename(tmp_path / "lost")
        assert await asyncio.to_thread(host.run, "restore", backup)
        assert (await perform(load(host.settings), Status())).log_entries > 0
        vault.status = 503
        stopped = await asyncio.to_thread(host.typed, "backup", str(tmp_path / "second"))
        assert stopped.exit_code == 2
        assert "is sealed or being maintained" in stopped.output
        assert "Nothing was changed" in stopped.output


class Host:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.settings = folder / "etc" / "tachiai.toml"
        self.settings.parent.mkdir()

    def init(self, *assignments: str) -> Any:
        chosen = ("http.trusted_proxies=127.0.0.1", f"data={self._folder / 'data'}", *assignments)
        options = [word for assignment in chosen for word in ("--set", assignment)]
        people = ("--officer-username", "officer", "--officer-name", "Officer")
        name = ("--organisation", "Kanda", "--base-url", "https://help.example.com")
        return self.run("init", *name, *people, *options)

    def run(self, *arguments: str) -> Any:
        ended = self.typed(*arguments, "--json")
        assert ended.exit_code == 0, ended.output
        return json.loads(ended.stdout)

    def typed(self, *arguments: str) -> Any:
        return CliRunner().invoke(tachiai, ["--config", str(self.settings), *arguments])

    def states(self) -> dict[str, str]:
        found = json.loads(self.typed("doctor", "--json").stdout)
        return {one["id"]: one["state"] for one in found["findings"]}

    def restart_with(self, source: Path) -> None:
        credentials = self._folder / "credentials"
        credentials.mkdir(exist_ok=True)
        (credentials / "kek").unlink(missing_ok=True)
        (credentials / "kek").write_bytes(source.read_bytes())
        (credentials / "kek").chmod(0o600)
