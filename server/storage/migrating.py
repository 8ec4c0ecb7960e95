"""Bring a database to the schema that this version needs. Forward only: going back is restoring a backup."""

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.storage.database import Database, DatabaseUnavailable
from server.storage.schema import SchemaBehind, newest_schema, read_schema, refuse_unknown
from server.storage.scrubbing import scrub_if_due
from server.storage.sealed import RecordKeys


async def migrate(database: Database, keys: RecordKeys | None = None, *, now_ms: int = 0) -> None:
    """Run every step that is missing, in one transaction. `keys` seal what earlier versions kept readable; a database
    without customers needs none. Raises SchemaUnknown, DatabaseUnavailable."""
    if not await is_current(database):
        await _bring(database, keys, now_ms)
    await scrub_if_due(database)


async def _bring(database: Database, keys: RecordKeys | None, now_ms: int) -> None:
    from server.storage.upgrading import upgrade  # noqa: PLC0415  # a start that has nothing to bring is faster

    refuse_unknown(await revision_of(database))
    try:
        async with database.engine.connect() as connection:
            await _hold_references(connection, hold=False)
            try:
                async with connection.begin():
                    await connection.run_sync(upgrade, keys, now_ms)
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


async def is_current(database: Database) -> bool:
    """Whether the database has exactly the schema of this version."""
    return await revision_of(database) == newest_schema()


async def revision_of(database: Database) -> str | None:
    """The schema's name; None where there is none yet. Raises DatabaseUnavailable."""
    async with database.reading() as connection:
        return await connection.run_sync(read_schema)


async def require_current(database: Database) -> None:
    """Raises SchemaBehind, SchemaUnknown, DatabaseUnavailable unless the database has this version's schema."""
    found = await revision_of(database)
    refuse_unknown(found)
    if found != newest_schema():
        raise SchemaBehind(
            f"The database has the schema {found or 'of no version'}, and this version needs "
            f"{newest_schema()}. Nothing was changed: make a backup, then run `tachiai migrate`."
        )
