"""A backup never holds the key that seals the log: a restored log begins a new chain, and verifiers are told of it."""

import json
from pathlib import Path

import pytest

from audit.event import EventName
from audit.report import ExitCode
from audit.seals.record import Reason, Restart, parse_record, restarts, split_records
from server.backup.telling import restored_words
from tests.protocol.backup_site import Site
from tests.protocol.test_backup_commands import settings_file
from tests.protocol.typed_commands import said


@pytest.fixture
async def old(tmp_path: Path) -> Site:
    site = Site(tmp_path / "old")
    async with site.running():
        pass
    return site


@pytest.fixture
def new(tmp_path: Path, old: Site) -> Site:
    return Site(tmp_path / "new").empty(kek_of=old)


def seals_of(site: Site) -> bytes:
    return (site.log / "public" / "seals").read_bytes()


async def test_a_backup_holds_the_seals_and_never_their_key(tmp_path: Path) -> None:
    site, target = Site(tmp_path / "running"), tmp_path / "backup"
    async with site.running():
        await site.backup(target)
        seals = seals_of(site)
    assert (site.log / "private" / "seals.key").exists()
    assert (target / "log" / "public" / "seals").read_bytes() == seals
    assert [path.name for path in target.rglob("seals*")] == ["seals"]


async def test_a_restored_log_is_asked_about_until_the_restart_that_restore_printed_is_accepted(
    old: Site, new: Site, tmp_path: Path
) -> None:
    await old.backup(tmp_path / "backup")
    restored = await new.restore(tmp_path / "backup")
    (restart,) = restarts(seals_of(new))
    assert restored.plan.restart == str(restart)
    assert f"--accept-restart {restart}" in restored_words(restored)
    asked = new.verify(accepted=())
    assert asked.exit_code == ExitCode.INCOMPLETE
    assert f"--accept-restart {restart}" in asked.sentence
    assert new.verify(accepted={restart}).exit_code == ExitCode.GOOD


async def test_the_restored_server_goes_on_with_its_new_chain_and_tells_of_it(
    old: Site, new: Site, tmp_path: Path
) -> None:
    await old.backup(tmp_path / "backup")
    restored = await new.restore(tmp_path / "backup")
    async with new.running() as server:
        begun = [event for event in await server.events() if event.name is EventName.SYSTEM_SEALS_STARTED]
    records = [parse_record(placed.data) for placed in split_records(seals_of(new))]
    (genesis,) = [record for record in records[1:] if record.reason is not None]
    assert [event.facts for event in begun] == [
        {"epoch": genesis.epoch, "size": genesis.size, "reason": str(Reason.KEY_MISSING)}
    ]
    assert new.verify(accepted={Restart.parse(restored.plan.restart)}).exit_code == ExitCode.GOOD


async def test_a_backup_from_before_there_were_seals_gets_its_first_chain(
    old: Site, new: Site, tmp_path: Path
) -> None:
    async with old.running():
        (old.log / "public" / "seals").unlink()  # as an earlier version would have left it
        await old.backup(tmp_path / "backup")
        (old.log / "public" / "seals").touch()
    restored = await new.restore(tmp_path / "backup")
    assert restored.plan.restart == ""
    assert "--accept-restart" not in restored_words(restored)
    assert new.verify(accepted=()).exit_code == ExitCode.GOOD
    assert parse_record(next(split_records(seals_of(new))).data).reason is Reason.UNSEALED


async def test_the_commands_name_and_accept_a_restart(old: Site, new: Site, tmp_path: Path) -> None:
    await old.backup(tmp_path / "backup")
    places = ("--data", str(new.data), "--keys", str(new.keys), "--kek", str(new.keys / "kek"))
    config = ("--config", str(settings_file(old)))
    code, out, err = await said(
        *config, "restore", str(tmp_path / "backup"), *places, "--json", folder=tmp_path
    )
    assert (code, err) == (0, "")
    restart = json.loads(out)["accept_restart"]
    verify = ("audit", "verify", str(new.log), "--key", str(new.log / "verifier.key"))
    code, out, _ = await said(*verify, folder=tmp_path)
    assert (code, restart in out) == (ExitCode.INCOMPLETE, True)
    assert (await said(*verify, "--accept-restart", restart, folder=tmp_path))[0] == ExitCode.GOOD
    code, _, err = await said(*verify, "--accept-restart", "soon", folder=tmp_path)
    assert (code, "EPOCH:HASH" in err) == (ExitCode.USAGE, True)
