"""kill -9, half-written files and power cuts amid a backup or a restore, and kill -9 amid a migration: what is left
starts, or says exactly what to do."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from audit.event import EventName
from audit.report import ExitCode
from server.backup.errors import BackupRefused
from server.backup.manifest import MANIFEST
from server.backup.upgrading import upgrade
from server.clock import SystemClock
from server.foundation import opened_records
from server.keys import open_keys
from server.places import RestoreUnfinished, places_of, refuse_unfinished
from server.storage.copying import check_database, schema_of
from server.storage.schema import newest_schema
from tests.faults.dying import FATES, Errand, Nursery, nursery
from tests.protocol.backup_site import OPERATOR, Site
from tests.protocol.earlier_schema import SEALED_SINCE, Rows, make_site, rows_in


@pytest.fixture(scope="module")
def dying() -> Iterator[Nursery]:
    with nursery() as opened:
        yield opened


@pytest.fixture
async def old(tmp_path: Path) -> Site:
    site = Site(tmp_path / "old")
    async with site.running():
        pass
    return site


async def names_recorded(site: Site) -> list[EventName]:
    places = places_of(site.settings)
    async with opened_records(places, open_keys(places.keys), SystemClock()) as records:
        entries = await records.log.read(0, records.log.size)
    return [entry.event.name for entry in entries if entry.event is not None]


def spread(steps: int, cycles: int) -> list[tuple[int, str]]:
    """Steps from the first to the last, and each way to die in turn."""
    return [(1 + cycle * (steps - 1) // (cycles - 1), FATES[cycle % len(FATES)]) for cycle in range(cycles)]


@pytest.mark.timeout(300)
async def test_a_backup_that_was_killed_is_whole_or_says_that_it_is_none(
    dying: Nursery, old: Site, tmp_path: Path, cycles: int
) -> None:
    whole = dying.run(Errand(what="backup", root=str(old.root), folder=str(tmp_path / "whole")))
    finished = 0
    for die_at, fate in spread(whole.steps, cycles):
        target, new = tmp_path / "backup", Site(tmp_path / "new").empty(kek_of=old)
        errand = Errand(what="backup", root=str(old.root), folder=str(target), die_at=die_at, fate=fate)
        assert dying.run(errand).killed
        if (target / MANIFEST).exists():
            finished += 1
            await new.restore(target)
            assert new.verify().exit_code == ExitCode.GOOD
        else:
            with pytest.raises(BackupRefused, match="no finished backup"):
                await new.restore(target)
            if target.exists() and any(target.iterdir()):
                with pytest.raises(BackupRefused, match="remove this one"):
                    await old.backup(target)
        shutil.rmtree(target, ignore_errors=True)
        shutil.rmtree(new.root)
    assert finished < cycles
    await old.backup(tmp_path / "backup")
    assert old.verify().exit_code == ExitCode.GOOD


@pytest.mark.timeout(300)
@pytest.mark.parametrize("loss", [False, True], ids=["whole", "with a loss"])
async def test_a_restore_that_was_killed_is_finished_by_asking_again(
    dying: Nursery, old: Site, tmp_path: Path, loss: bool, cycles: int
) -> None:
    await old.backup(tmp_path / "backup")
    survived = old.lockstate if loss else tmp_path / "backup" / "log" / "lockstate"

    base = Errand(
        what="restore",
        root=str(tmp_path / "new"),
        folder=str(tmp_path / "backup"),
        apart=True,
        declare_loss=loss,
    )
    empty_machine(base, old, survived)
    whole = dying.run(base)
    shutil.rmtree(base.root)
    for die_at, fate in spread(whole.steps, cycles):
        new = empty_machine(base, old, survived)
        assert dying.run(replace(base, die_at=die_at, fate=fate)).killed
        unfinished = places_of(new.settings).restoring.exists()
        if unfinished:
            with pytest.raises(RestoreUnfinished, match="tachiai restore"):
                refuse_unfinished(places_of(new.settings))
        if unfinished or not new.log.exists():
            await new.restore(tmp_path / "backup", declare_loss=loss)
        assert new.verify().exit_code == ExitCode.GOOD, (die_at, fate)
        told = await names_recorded(new)
        assert told.count(EventName.OPERATOR_BACKUP_RESTORED) == 1
        assert told.count(EventName.OPERATOR_LOSS_DECLARED) == int(loss)
        shutil.rmtree(new.root)


@pytest.mark.timeout(300)
async def test_a_migration_that_was_killed_leaves_the_old_schema_or_the_new_one(
    dying: Nursery, tmp_path: Path, cycles: int
) -> None:
    pristine = Site(tmp_path / "pristine")
    rows = await make_site(pristine, "0001")
    site = Site(tmp_path / "site")
    base = Errand(what="migrate", root=str(site.root))
    shutil.copytree(pristine.root, site.root)
    lasted = dying.run(base).lasted_s
    killed = 0
    for cycle in range(cycles):
        shutil.rmtree(site.root)
        shutil.copytree(pristine.root, site.root)
        killed += dying.run(replace(base, kill_after_s=lasted * (cycle + 1) / (cycles + 1))).killed
        await check_upgradable(site, rows)
    assert killed


async def check_upgradable(site: Site, rows: Rows) -> None:
    file = site.data / "tachiai.db"
    check_database(file)
    assert schema_of(file) in {"0001", newest_schema()}
    await upgrade(site.settings, OPERATOR, SystemClock())
    assert schema_of(file) == newest_schema()
    after = rows_in(file)
    for table, before in rows.items():
        kept = before[0].keys() - SEALED_SINCE.get(table, set())
        assert [{name: row[name] for name in kept} for row in after[table]] == [
            {name: row[name] for name in kept} for row in before
        ]
    assert all(isinstance(row["record"], bytes) for row in after["customers"])
    assert await names_recorded(site)
    assert site.verify().exit_code == ExitCode.GOOD


def empty_machine(errand: Errand, old: Site, survived: Path) -> Site:
    new = Site(Path(errand.root), apart=True).empty(kek_of=old)
    shutil.copy(survived, new.lockstate)
    return new
