"""What a server stands on, opened in order: keys, log, database, gate. Closed in the other order.

*Records* are the log and the database: what a command needs while no server runs. A *foundation* has the gate too.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.log import AuditLog
from audit.opening import origin_of
from server.health import Process
from server.keys import Keys
from server.places import DATABASE_FILE, LOG_FOLDER, Places, refuse_unfinished
from server.record_keys import LogRecordKeys
from server.recorded_gate import RecordedGate
from server.storage.database import Database, DatabaseUnavailable
from server.storage.migrating import migrate, require_current, revision_of
from server.storage.scrubbing import scrub_if_due
from server.storage.stores import Stores, stores_on
from session.gate_port import Gate
from session.media.gates import Gates
from session.media.settings import GateSettings
from session.ports import Clock

__all__ = [
    "DATABASE_FILE",
    "LOG_FOLDER",
    "Foundation",
    "NotInitialised",
    "Records",
    "opened",
    "opened_records",
]


_MISSING: Final = (
    "{} cannot be found, and nothing was made in its place. Is the right data folder set, and its volume mounted? On a "
    "new machine run `tachiai init`; after a loss `tachiai restore`."
)


class NotInitialised(Exception):
    """There is no log or no database where they should be. Nothing was made."""


@dataclass(frozen=True, slots=True)
class Records:
    log: AuditLog
    log_folder: Path
    database: Database
    stores: Stores


@dataclass(frozen=True, slots=True)
class Foundation(Records):
    process: Process
    gate: Gate


@asynccontextmanager
async def opened_records(
    places: Places, keys: Keys, clock: Clock, *, made_as: str | None = None, migrating: bool = False
) -> AsyncIterator[Records]:
    """Log and database without a server; the log's lock keeps a server, or a second one like this, away meanwhile.

    `made_as`: where neither was ever used, both are made, the log under this origin; otherwise both must be there.
    `migrating`: an older schema is brought to this version's; otherwise it must be this version's.
    Raises RestoreUnfinished, NotInitialised, LogRefused, SchemaBehind, SchemaUnknown, DatabaseUnavailable.
    """
    refuse_unfinished(places)
    _require(places, may_be_made=made_as is not None)
    log = await AuditLog.open(
        places.log,
        origin=made_as or origin_of(keys.log_signing_key),
        kek=keys.kek,
        signing_key_file=keys.log_signing_key,
        clock=clock.now_ms,
        lockstate_file=places.lockstate,
        recipients=keys.recipients,
    )
    try:
        database = Database(f"sqlite+aiosqlite:///{places.database}")
    except OSError as error:
        await log.close()
        raise DatabaseUnavailable(
            f"{places.database} cannot be opened: {error.strerror}. It belongs to the user that serves."
        ) from error
    try:
        await _settle_schema(
            database, log, places, made=made_as is not None, migrating=migrating, now=clock.now_ms()
        )
        yield Records(log, places.log, database, stores_on(database, LogRecordKeys(log.keystore)))
    finally:
        await database.close()
        await log.close()


async def _settle_schema(
    database: Database, log: AuditLog, places: Places, *, made: bool, migrating: bool, now: int
) -> None:
    """A log with entries beside a database without a schema is what is left of a loss, and never of a crash."""
    revision = await revision_of(database)
    if revision is None and log.size:
        raise NotInitialised(_MISSING.format(places.database))
    if migrating or (made and revision is None):
        await migrate(database, LogRecordKeys(log.keystore), now_ms=now)
    await require_current(database)
    await scrub_if_due(database)


@asynccontextmanager
async def opened(
    places: Places,
    keys: Keys,
    *,
    gate: GateSettings,
    clock: Clock,
    made_as: str | None = None,
) -> AsyncIterator[Foundation]:
    """`made_as`: what is missing is made, and an older schema brought to this version's. Raises what `opened_records`
    raises. The gate is still starting: see `gate_started`."""
    making = made_as is not None
    async with opened_records(places, keys, clock, made_as=made_as, migrating=making) as records:
        log, process = records.log, Gates(gate)
        started = system_event(EventName.SYSTEM_SERVER_STARTED, clock.now_ms(), {"demo": places.demo})
        try:
            await log.append(started)
            process.begin()
            recorded = RecordedGate(process, log, clock)
            yield Foundation(log, records.log_folder, records.database, records.stores, process, recorded)
        finally:
            await process.stop()
            log.append_reducing(system_event(EventName.SYSTEM_SERVER_STOPPED, clock.now_ms()))


async def gate_started(foundation: Foundation, clock: Clock) -> None:
    """Waits for the gate, which `opened` only begins to start: it comes up while the server is composed. Raises
    GateUnavailable."""
    await foundation.process.started()
    await foundation.log.append(system_event(EventName.SYSTEM_GATE_STARTED, clock.now_ms()))


def _require(places: Places, *, may_be_made: bool) -> None:
    """A log is made before its database: a database without a log is what is left of a loss, and never of a crash."""
    try:
        log, database = (place.exists() for place in (places.log / "public" / "checkpoint", places.database))
    except PermissionError as error:
        raise NotInitialised(
            f"This user may not look into {places.log}. Give it back to the user that serves: chown --recursive."
        ) from error
    if not log and (database or not may_be_made):
        raise NotInitialised(_MISSING.format(places.log))
    if not database and not may_be_made:
        raise NotInitialised(_MISSING.format(places.database))


def system_event(name: EventName, now: int, facts: dict[str, Fact] | None = None) -> Event:
    return Event(name=name, outcome=Outcome.DONE, at_ms=now, actor=Actor(ActorKind.SYSTEM), facts=facts or {})
