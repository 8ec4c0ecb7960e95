"""Bytes of what is no longer in any row: out of the database's file and out of its write-ahead log.

`secure_delete` overwrites what is deleted, in the pages of the file. Earlier forms of those pages still stand in the
write-ahead log until it is cut, and a table that was made anew leaves free pages.
What a file system or a drive keeps of overwritten and cut blocks is out of reach here.
"""

from typing import Any

from sqlalchemy.exc import DBAPIError

from server.storage.database import Database, DatabaseUnavailable


async def cut_wal(database: Database) -> bool:
    """Everything is in the database's file, and the write-ahead log is empty. False if somebody reads just now: try
    again. Raises DatabaseUnavailable."""
    async with database.bare() as driver:
        return driver is None or await _cut(driver)


async def scrub_if_due(database: Database) -> None:
    """Finish what a migration noted (`user_version`): rewrite the file without free pages, then forget the note. What a
    crash interrupts is done at the next start. Raises DatabaseUnavailable."""
    try:
        async with database.bare() as driver:
            if driver is None or (await _one(driver, "PRAGMA user_version"))[0] == 0:
                return
            await driver.execute("VACUUM")
            if await _cut(driver):
                await driver.execute("PRAGMA user_version = 0")
                await _cut(driver)
    except DBAPIError as error:
        raise DatabaseUnavailable("the database could not be rewritten") from error


async def _cut(driver: Any) -> bool:
    busy, _, _ = await _one(driver, "PRAGMA wal_checkpoint(TRUNCATE)")
    return bool(busy == 0)


async def _one(driver: Any, statement: str) -> Any:
    cursor = await driver.execute(statement)
    try:
        return await cursor.fetchone()
    finally:
        await cursor.close()
