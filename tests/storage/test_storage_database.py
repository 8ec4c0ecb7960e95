"""The engine's promises: what it does to the file, how migrations go, and what becomes of trouble."""

import asyncio
import sqlite3
import stat
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, text
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection

import session.ports
import support.ports
import verification.ports
from server.storage.database import AlreadyThere, Database, DatabaseUnavailable
from server.storage.migrating import is_current, migrate
from server.storage.schema import SchemaUnknown, known_schemas, newest_schema
from server.storage.stores import Stores, stores_on
from server.storage.tables import metadata
from server.storage.upgrading import steps
from tests.migrated import put_migrated_database
from tests.storage.desk_rows import AGENT, PASSWORD_HASH
from tests.storage.memory_record_keys import MemoryRecordKeys


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1)],
)
async def test_every_connection_is_set_for_durability(
    database: Database, pragma: str, value: str | int
) -> None:
    for transaction in (database.reading, database.writing):
        async with transaction() as connection:
            assert (await connection.exec_driver_sql(f"PRAGMA {pragma}")).scalar() == value


async def test_migrations_make_exactly_the_tables_that_the_stores_use(database: Database) -> None:
    async with database.reading() as connection:
        differences = await connection.run_sync(
            lambda plain: compare_metadata(MigrationContext.configure(plain), metadata)
        )
    assert differences == []
    assert await is_current(database)


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    await migrate(database)
    assert await is_current(database)


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(database: Database) -> None:
    async with database.writing() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaUnknown, match="9999"):
        await migrate(database)
    assert not await is_current(database)


def modes_in(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def open_files(path: Path) -> int:
    named = 0
    for each in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # it was closed meanwhile
            named += str(each.readlink()).startswith(str(path))
    return named


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only Linux tells what is open")
async def test_a_closed_database_leaves_no_file_open(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    await put_migrated_database(path)
    opened = Database(f"sqlite+aiosqlite:///{path}", answer_within_s=60)
    versions = text("SELECT version_num FROM alembic_version")
    await opened.write(lambda connection: connection.execute(versions).scalar())
    await asyncio.gather(
        *(opened.read(lambda connection: connection.execute(versions).scalar()) for _ in range(20))
    )
    await opened.apart(lambda connection: connection.execute(versions).scalar())
    async with opened.writing() as connection:
        await connection.execute(versions)
    assert open_files(path)
    await opened.close()
    async with asyncio.timeout(20):
        while open_files(path):  # noqa: ASYNC110 - the threads that close them are not waited for
            await asyncio.sleep(0.01)


async def test_a_new_database_is_for_its_owner_only(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'new.db'}", answer_within_s=60)
    await migrate(database)
    modes = modes_in(tmp_path)
    await database.close()
    assert {"new.db", "new.db-wal"} <= set(modes)
    assert set(modes.values()) == {0o600}, modes


async def test_a_locked_database_is_unavailable_within_the_limit(database: Database, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "tachiai.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailable):
        async with database.writing():
            pass
    async with database.reading() as connection:  # readers are not kept waiting by a writer
        assert (await connection.exec_driver_sql("SELECT 1")).scalar() == 1
    other.execute("ROLLBACK")
    other.close()
    async with database.writing() as connection:
        assert (await connection.exec_driver_sql("SELECT 1")).scalar() == 1


def hanging(url: str, until: threading.Event) -> Database:
    """A database whose statement `SELECT hang()` takes until the test lets it go."""
    database = Database(url, answer_within_s=0.2)

    def teach(connection: AsyncAdapt_aiosqlite_connection, _record: object) -> None:
        connection.create_function("hang", 0, lambda: until.wait(60))

    event.listen(database.engine.sync_engine, "connect", teach)
    return database


async def hang(database: Database) -> None:
    async with database.writing() as connection:
        await connection.exec_driver_sql("SELECT hang()")


async def test_whoever_asks_a_database_that_hangs_is_told_in_time_and_it_recovers(url: str) -> None:
    let_go = threading.Event()
    hasty = hanging(url, let_go)
    started = time.monotonic()
    with pytest.raises(DatabaseUnavailable):
        await hang(hasty)
    assert time.monotonic() - started < 1
    with pytest.raises(DatabaseUnavailable):  # the one writer is still busy
        async with hasty.writing():
            pass
    let_go.set()
    await hasty._left.ended(within_s=60)
    async with hasty.writing() as connection:
        assert (await connection.exec_driver_sql("SELECT 1")).scalar() == 1
    await hasty.close()


async def test_a_database_that_is_no_database_is_unavailable_to_every_consumer(tmp_path: Path) -> None:
    path = tmp_path / "broken.sqlite"
    path.write_bytes(b"this is not a database" * 100)
    broken = Database(f"sqlite+aiosqlite:///{path}")
    for error in (
        session.ports.StoreUnavailable,
        verification.ports.StoreUnavailable,
        support.ports.StoreUnavailable,
    ):
        with pytest.raises(error):
            await stores_on(broken, MemoryRecordKeys()).sessions.unfinished()
    with pytest.raises(DatabaseUnavailable):
        await migrate(broken)
    await broken.close()


async def fill(database: Database) -> None:
    async with database.writing() as connection:
        await connection.exec_driver_sql("PRAGMA max_page_count = 1")  # no page more than there are
        await connection.exec_driver_sql("INSERT INTO attempts VALUES ('x', hex(zeroblob(1000000)), 0)")


async def test_a_full_disk_is_unavailable_and_keeps_what_was_committed(
    database: Database, stores: Stores
) -> None:
    await stores.staff.add(AGENT, PASSWORD_HASH)
    with pytest.raises(DatabaseUnavailable):
        await fill(database)
    assert await stores.staff.find(AGENT.id) == AGENT
    async with database.reading() as connection:
        assert (await connection.exec_driver_sql("SELECT count(*) FROM attempts")).scalar() == 0


async def write_twice(database: Database) -> None:
    async with database.writing() as connection:
        await connection.exec_driver_sql("INSERT INTO attempts VALUES ('x', '[]', 0)")
        await connection.exec_driver_sql("INSERT INTO attempts VALUES ('x', '[]', 0)")


async def test_an_error_in_a_transaction_takes_all_of_it_back(database: Database) -> None:
    with pytest.raises(AlreadyThere):
        await write_twice(database)
    async with database.reading() as connection:
        assert (await connection.exec_driver_sql("SELECT count(*) FROM attempts")).scalar() == 0


async def test_a_name_is_taken_once(stores: Stores) -> None:
    await stores.staff.add(AGENT, PASSWORD_HASH)
    with pytest.raises(AlreadyThere):
        await stores.staff.add(AGENT, PASSWORD_HASH)


def test_a_database_in_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="file"):
        Database("sqlite+aiosqlite://")


def test_a_step_is_named_by_the_schema_that_it_leads_to() -> None:
    """A start reads the names alone: the steps' own word is asked only where there is one to take."""
    assert steps() == list(known_schemas())
    assert newest_schema() == steps()[-1]
