"""`tachiai backup`, `restore` and `migrate` as an operator types them, as root and as others."""

import json
import os
import shutil
from pathlib import Path

import pytest

from audit.disk import Disk
from audit.report import ExitCode
from server.backup.custody import give_back
from server.places import places_of
from tests.protocol.backup_site import Site
from tests.protocol.earlier_schema import make_site
from tests.protocol.server_people import Browser
from tests.protocol.typed_commands import said

NOBODY = 65_534


def settings_file(site: Site, lockstate: str = "") -> Path:
    file = site.root / "tachiai.toml"
    file.write_text(
        f'data = "{site.data}"\n[keys]\nfolder = "{site.keys}"\nkek = "{site.keys / "kek"}"\n'
        f'[log]\nlockstate = "{lockstate}"\n'
    )
    return file


@pytest.fixture
async def old(tmp_path: Path) -> Site:
    site = Site(tmp_path / "old")
    async with site.running():
        pass
    return site


async def test_backup_and_restore_by_command_with_their_documents(old: Site, tmp_path: Path) -> None:
    target, new = tmp_path / "backup", Site(tmp_path / "new").empty(kek_of=old)
    config = ("--config", str(settings_file(old)))
    code, out, err = await said(*config, "backup", str(target), "--json", folder=tmp_path)
    assert (code, err) == (0, "")
    taken = json.loads(out)
    assert taken["with_keys"]
    assert taken["entry"] >= taken["entries"]
    assert (target / "settings.toml").read_text() == settings_file(old).read_text()
    places = ("--data", str(new.data), "--keys", str(new.keys), "--kek", str(new.keys / "kek"))
    code, out, err = await said(*config, "restore", str(target), *places, "--json", folder=tmp_path)
    assert (code, err) == (0, "")
    restored = json.loads(out)
    assert (restored["entries"], restored["missing"], restored["resumed"]) == (taken["entries"], None, False)
    assert new.verify().exit_code == ExitCode.GOOD


async def test_the_sentences_say_that_the_key_encryption_key_is_kept_apart(old: Site, tmp_path: Path) -> None:
    config = ("--config", str(settings_file(old)))
    code, out, _ = await said(*config, "backup", str(tmp_path / "backup"), folder=tmp_path)
    assert code == 0
    assert "The key-encryption key is NOT in it" in out
    code, _, err = await said(*config, "backup", str(tmp_path / "backup"), folder=tmp_path)
    assert code == 2
    assert "holds a backup already" in err


async def test_a_drill_beside_a_running_server_leaves_that_servers_lockstate_alone(
    old: Site, tmp_path: Path
) -> None:
    """The settings name the running server's lockstate; the drill's data folder is another one."""
    apart = tmp_path / "apart"
    shutil.copy(old.lockstate, apart)
    await old.backup(tmp_path / "backup")
    drill = Site(tmp_path / "drill").empty(kek_of=old)
    places = ("--data", str(drill.data), "--keys", str(drill.keys), "--kek", str(drill.keys / "kek"))
    config = ("--config", str(settings_file(old, lockstate=str(apart))))
    before = apart.read_bytes()
    code, out, _ = await said(
        *config, "restore", str(tmp_path / "backup"), *places, "--declare-loss", folder=tmp_path
    )
    assert code == 0
    assert "LOSS" not in out
    assert apart.read_bytes() == before
    assert drill.verify().exit_code == ExitCode.GOOD


async def test_a_lockstate_kept_apart_is_part_of_every_verification(tmp_path: Path) -> None:
    site = Site(tmp_path / "apart", apart=True)
    async with site.running() as server, Browser(server) as officer:
        await officer.sign_in("officer", "security")
        integrity = await officer.ask("GET", "/security/log/integrity")
    assert integrity.body["exit_code"] == ExitCode.GOOD, integrity.body
    verify = ("audit", "verify", str(site.log))
    code, _, _ = await said(*verify, folder=tmp_path)
    assert code == ExitCode.INCOMPLETE
    code, out, _ = await said(*verify, "--lockstate", str(site.lockstate), folder=tmp_path)
    assert code == ExitCode.GOOD, out


async def test_migrate_by_command_says_from_where_to_where(tmp_path: Path) -> None:
    site = Site(tmp_path / "site")
    await make_site(site, "0001")
    config = ("--config", str(settings_file(site)))
    code, out, err = await said(*config, "migrate", "--json", folder=tmp_path)
    assert (code, err) == (0, "")
    assert json.loads(out)["from"] == "0001"
    code, out, _ = await said(*config, "migrate", folder=tmp_path)
    assert code == 0
    assert "Nothing was changed" in out


async def test_a_command_that_waits_for_the_log_says_so_with_exit_code_3(tmp_path: Path) -> None:
    site = Site(tmp_path / "site")
    async with site.running():
        code, _, err = await said("--config", str(settings_file(site)), "migrate", folder=tmp_path)
    assert code == 3
    assert "Stop the server" in err


def test_what_root_makes_in_somebody_elses_data_becomes_theirs_and_links_lead_nowhere(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        with pytest.raises(PermissionError):
            os.chown(tmp_path, NOBODY, NOBODY)
        return
    site = Site(tmp_path / "site")
    Disk().make_folder(site.log)
    os.chown(site.data, NOBODY, NOBODY)
    secret, named_twice = tmp_path / "secret", tmp_path / "named-twice"
    for file in (secret, named_twice, site.log / "made-by-root"):
        file.write_text("x")
    (site.log / "link").symlink_to(secret)
    os.link(named_twice, site.log / "named-twice")
    give_back(places_of(site.settings))
    assert (site.log / "made-by-root").stat().st_uid == site.log.stat().st_uid == NOBODY
    assert secret.stat().st_uid == named_twice.stat().st_uid == 0
