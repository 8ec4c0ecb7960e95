"""Bring a database to the schema that this version needs. Forward only: going back is restoring a backup."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.storage.database import Database, DatabaseUnavailable
from server.storage.scrubbing import scrub_if_due
from server.storage.sealed import Place, RecordKeys, Sealing

Sealer = Callable[[str, str, Sequence[tuple[str, str, bytes]]], list[bytes]]
SCRIPTS: Final = Path(__file__).parent / "migrations"


class SchemaUnknown(Exception):
    """The database was made by a newer version of Tachiai. Nothing was changed; install that version."""


class SchemaBehind(Exception):
    """The database has an older schema than this version needs. Nothing was changed."""


async def migrate(database: Database, keys: RecordKeys | None = None, *, now_ms: int = 0) -> None:
    """Run every step that is missing, in one transaction. `keys` seal what earlier versions kept readable; a database
    without customers needs none. Raises SchemaUnknown, DatabaseUnavailable."""
    if not await is_current(database):
        await _bring(database, keys, now_ms)
    await scrub_if_due(database)


async def _bring(database: Database, keys: RecordKeys | None, now_ms: int) -> None:
    try:
        async with database.engine.connect() as connection:
            await _hold_references(connection, hold=False)
            try:
                async with connection.begin():
                    await connection.run_sync(_upgrade, keys, now_ms)
            finally:
                await _hold_references(connection, hold=True)
    except DBAPIError as error:
        raise DatabaseUnavailable("the database could not be brought to this version's schema") from error


async def _hold_references(connection: AsyncConnection, *, hold: bool) -> None:
    """SQLite changes a table by making a new one and dropping the old one, whose rows others refer to. The pragma does
    nothing inside a transaction, so it is set outside; before the commit all references are checked."""
    if connection.dialect.name == "sqlite":
        raw = await connection.get_raw_connection()
        await raw.driver_connection.execute(f"PRAGMA foreign_keys = {'ON' if hold else 'OFF'}")  # type: ignore[union-attr]  # aiosqlite's


def newest_schema() -> str:
    """The revision that this version needs."""
    return _scripts(SCRIPTS).get_current_head() or ""


async def is_current(database: Database) -> bool:
    """Whether the database has exactly the schema of this version."""
    async with database.reading() as connection:
        return await connection.run_sync(_revision) == _scripts(SCRIPTS).get_current_head()


async def revision_of(database: Database) -> str | None:
    """The schema's name; None where there is none yet. Raises DatabaseUnavailable."""
    async with database.reading() as connection:
        return await connection.run_sync(_revision)


async def require_current(database: Database) -> None:
    """Raises SchemaBehind, SchemaUnknown, DatabaseUnavailable unless the database has this version's schema."""
    found = await revision_of(database)
    scripts = _scripts(SCRIPTS)
    _refuse_unknown(found, scripts)
    if found != scripts.get_current_head():
        raise SchemaBehind(
            f"The database has the schema {found or 'of no version'}, and this version needs "
            f"{scripts.get_current_head()}. Nothing was changed: make a backup, then run `tachiai migrate`."
        )


def _upgrade(connection: Connection, keys: RecordKeys | None, now_ms: int) -> None:
    config = _config()
    _refuse_unknown(_revision(connection), _scripts(SCRIPTS))
    config.attributes.update(connection=connection, sealer=_sealer(keys), now_ms=now_ms)
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise SchemaUnknown(f"The schema's steps do not fit together: {error}.") from error
    except ValueError as error:
        raise SchemaUnknown(
            f"A row cannot be brought to the new schema: {error}. Nothing was changed."
        ) from error
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise SchemaUnknown(
            "After the steps a row would refer to none. Nothing was changed; restore a backup that holds together."
        )


def _sealer(keys: RecordKeys | None) -> Sealer:
    sealing = None if keys is None else Sealing(keys)

    def sealed(table: str, column: str, contents: Sequence[tuple[str, str, bytes]]) -> list[bytes]:
        if sealing is None:
            raise SchemaBehind(
                "The database holds customers, and without the log's keys they cannot be sealed."
            )
        box = sealing.box({subject for _, subject, _ in contents}, making=True)
        return [box.seal(subject, Place(table, column, row), content) for row, subject, content in contents]

    return sealed


def _refuse_unknown(found: str | None, scripts: ScriptDirectory) -> None:
    if found is not None and found not in {script.revision for script in scripts.walk_revisions()}:
        raise SchemaUnknown(
            f"The database has the schema {found}, which this version does not know. Nothing was changed: "
            "install the version of Tachiai that made it, or restore a backup."
        )


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@cache
def _scripts(_place: Path) -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config
