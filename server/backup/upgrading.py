"""`tachiai migrate`: a copy of the database first, then every missing step in one transaction, and both on record.

The log is opened for it, so no server runs meanwhile and none can start.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from audit.disk import Disk
from audit.event import Actor, Event, EventName, Fact, Outcome
from audit.log import AuditLog, LogRefused, LogUnavailable
from server.backup.custody import find_places, must_own
from server.backup.errors import BackupRefused, NotPossibleNow
from server.backup.log_alone import log_alone
from server.places import Places, RestoreUnfinished, refuse_unfinished
from server.record_keys import LogRecordKeys
from server.settings import Settings
from server.storage.copying import CopyUnusable, copy_database, schema_of
from server.storage.database import Database, DatabaseUnavailable
from server.storage.migrating import migrate
from server.storage.schema import SchemaUnknown, newest_schema
from session.ports import Clock


@dataclass(frozen=True, slots=True)
class Upgraded:
    """`copy` is the database as it was; None if there was nothing to do."""

    before: str
    after: str
    copy: Path | None


async def upgrade(settings: Settings, by: Actor, clock: Clock) -> Upgraded:
    """Raises BackupRefused, NotPossibleNow: then the database is as it was."""
    places = find_places(settings)
    if not places.database.is_file() or not places.log.is_dir():
        raise BackupRefused(f"There is no server's data in {places.data}. `tachiai init` makes it.")
    must_own(places.data)
    try:
        refuse_unfinished(places)
        async with log_alone(places, clock) as log:
            return await _upgraded(places, log, by, clock)
    except LogRefused as error:
        raise NotPossibleNow(
            f"The database was not touched: {error}. Stop the server before it is migrated."
        ) from error
    except (CopyUnusable, RestoreUnfinished, SchemaUnknown) as error:
        raise BackupRefused(f"{error} The database is as it was.") from error
    except (DatabaseUnavailable, LogUnavailable) as error:
        raise NotPossibleNow(f"The database is as it was: {error}.") from error
    except OSError as error:
        raise NotPossibleNow(
            f"The database is as it was: {error.filename or places.data}: {error.strerror or error}."
        ) from error


async def _upgraded(places: Places, log: AuditLog, by: Actor, clock: Clock) -> Upgraded:
    before, after = await asyncio.to_thread(schema_of, places.database), newest_schema()
    if before == after:
        return Upgraded(before, after, None)
    facts: dict[str, Fact] = {"from": before or "none", "to": after}
    intent = await log.append(_event(Outcome.INTENT, by, clock, facts))
    copy = places.data / f"{places.database.name}.{before or 'empty'}"
    try:
        await asyncio.to_thread(_keep, places.database, copy)
        await _migrate(places.database, log, clock.now_ms())
    except BaseException:
        copy.unlink(missing_ok=True)
        log.append_reducing(_event(Outcome.FAILED, by, clock, facts, intent.index))
        raise
    log.append_reducing(_event(Outcome.DONE, by, clock, facts, intent.index))  # it is done, recorded or not
    return Upgraded(before or "none", after, copy)


async def _migrate(file: Path, log: AuditLog, now_ms: int) -> None:
    database = Database(f"sqlite+aiosqlite:///{file}")
    try:
        await migrate(database, LogRecordKeys(log.keystore), now_ms=now_ms)
    finally:
        await database.close()


def _keep(database: Path, copy: Path) -> None:
    """There whole or not at all. One that an interrupted attempt left is the same database."""
    fresh = copy.with_name(f"{copy.name}.new")
    fresh.unlink(missing_ok=True)
    copy_database(database, fresh, lambda: None)
    Disk().rename(fresh, copy)


def _event(
    outcome: Outcome, by: Actor, clock: Clock, facts: dict[str, Fact], intent: int | None = None
) -> Event:
    return Event(
        name=EventName.OPERATOR_DATABASE_MIGRATED,
        outcome=outcome,
        at_ms=clock.now_ms(),
        actor=by,
        facts=facts,
        intent=intent,
    )
