"""`tachiai migrate`: a database of any earlier version comes up with every row, or stays what it was."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from audit.event import Event, EventName, Outcome
from server.backup.errors import BackupRefused, NotPossibleNow
from server.backup.upgrading import upgrade
from server.clock import SystemClock
from server.foundation import opened_records
from server.keys import open_keys
from server.places import RESTORING, places_of
from server.storage.copying import check_database, schema_of
from server.storage.database import AlreadyThere, Database
from server.storage.migrating import migrate
from server.storage.schema import SchemaBehind, newest_schema
from server.storage.tables import logins
from tests.protocol.backup_site import OPERATOR, Site
from tests.protocol.earlier_schema import SEALED_SINCE, earlier_schemas, make_site, rows_in


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "site")


async def recorded(site: Site) -> list[Event]:
    places = places_of(site.settings)
    async with opened_records(places, open_keys(places.keys), SystemClock()) as records:
        entries = await records.log.read(0, records.log.size)
    return [entry.event for entry in entries if entry.event is not None]


@pytest.mark.parametrize("revision", earlier_schemas())
async def test_every_row_of_an_earlier_version_comes_up_unchanged(site: Site, revision: str) -> None:
    before = await make_site(site, revision)
    done = await upgrade(site.settings, OPERATOR, SystemClock())
    assert (done.before, done.after) == (revision, newest_schema())
    check_database(site.data / "tachiai.db")
    after = rows_in(site.data / "tachiai.db")
    for table, rows in before.items():
        same = rows[0].keys() - SEALED_SINCE.get(table, set())
        kept, were = ([{name: row[name] for name in same} for row in some] for some in (after[table], rows))
        assert sorted(kept, key=_by_values) == sorted(were, key=_by_values), table


async def test_the_database_as_it_was_lies_beside_it(site: Site) -> None:
    before = await make_site(site, "0001")
    done = await upgrade(site.settings, OPERATOR, SystemClock())
    assert done.copy == site.data / "tachiai.db.0001"
    assert schema_of(done.copy) == "0001"
    assert rows_in(done.copy) == before
    assert done.copy.stat().st_mode & 0o777 == 0o600


async def test_the_log_tells_from_where_to_where_and_by_whom(site: Site) -> None:
    await make_site(site, "0001")
    await upgrade(site.settings, OPERATOR, SystemClock())
    told = [event for event in await recorded(site) if event.name is EventName.OPERATOR_DATABASE_MIGRATED]
    assert [event.outcome for event in told] == [Outcome.INTENT, Outcome.DONE]
    assert {event.actor for event in told} == {OPERATOR}
    assert told[1].facts == {"from": "0001", "to": newest_schema()}


async def test_a_database_that_is_current_is_left_alone(site: Site) -> None:
    await make_site(site, newest_schema())
    done = await upgrade(site.settings, OPERATOR, SystemClock())
    assert done.copy is None
    assert not list(site.data.glob("tachiai.db.*"))
    assert not [event for event in await recorded(site) if event.name is EventName.OPERATOR_DATABASE_MIGRATED]


async def test_nothing_is_migrated_while_somebody_has_the_log(site: Site) -> None:
    async with site.running():
        with pytest.raises(NotPossibleNow, match="Stop the server"):
            await upgrade(site.settings, OPERATOR, SystemClock())


async def test_a_server_does_not_start_on_an_older_schema(site: Site) -> None:
    await make_site(site, "0001")
    places = places_of(site.settings)
    with pytest.raises(SchemaBehind, match="tachiai migrate"):
        async with opened_records(places, open_keys(places.keys), SystemClock()):
            pass


async def test_a_backup_of_an_older_schema_can_be_taken_restored_and_then_migrated(
    site: Site, tmp_path: Path
) -> None:
    """The new program is there already, and no server runs: this is when a backup is due."""
    before = await make_site(site, "0001")
    taken = await site.backup(tmp_path / "backup")
    assert taken.manifest.schema == "0001"
    new = Site(tmp_path / "new").empty(kek_of=site)
    await new.restore(tmp_path / "backup")
    await upgrade(new.settings, OPERATOR, SystemClock())
    kept = [{**one, "must_prove": None} for one in before["staff"]]
    assert rows_in(new.data / "tachiai.db")["staff"] == kept
    assert new.verify().exit_code == 0


async def test_a_newer_databases_schema_is_refused_and_nothing_changes(site: Site) -> None:
    await make_site(site, newest_schema())
    with closing(sqlite3.connect(site.data / "tachiai.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    with pytest.raises(BackupRefused, match="9999"):
        await upgrade(site.settings, OPERATOR, SystemClock())
    assert schema_of(site.data / "tachiai.db") == "9999"


async def test_rows_that_refer_to_none_stop_the_migration_and_nothing_changes(site: Site) -> None:
    await make_site(site, "0001")
    with closing(sqlite3.connect(site.data / "tachiai.db")) as database:
        database.execute("DELETE FROM staff WHERE number LIKE '%0'")
        database.commit()
    with pytest.raises(BackupRefused, match="refers to none"):
        await upgrade(site.settings, OPERATOR, SystemClock())
    assert schema_of(site.data / "tachiai.db") == "0001"


async def test_references_are_held_again_after_a_migration(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'x.db'}")
    try:
        await migrate(database)
        with pytest.raises(AlreadyThere):
            async with database.writing() as connection:
                await connection.execute(logins.insert().values(NOBODYS_LOGIN))
    finally:
        await database.close()


async def test_nothing_is_migrated_where_a_restore_was_interrupted(site: Site) -> None:
    await make_site(site, "0001")
    (site.data / RESTORING).mkdir()
    with pytest.raises(BackupRefused, match="tachiai restore"):
        await upgrade(site.settings, OPERATOR, SystemClock())
    assert schema_of(site.data / "tachiai.db") == "0001"


def _by_values(row: dict[str, Any]) -> list[str]:
    return [str(row[name]) for name in sorted(row)]


NOBODYS_LOGIN = {
    "id": "log_1",
    "staff": "sta_nobody",
    "door": "agent",
    "token_hash": "ab" * 32,
    "started_at_ms": 1,
    "expires_at_ms": 2,
    "last_seen_ms": 1,
}
