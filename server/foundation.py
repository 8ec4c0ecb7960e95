"""What a server stands on, opened in order: keys, log, database, gate. Closed in the other order.

*Records* are the log and the database: what a command needs while no server runs. A *foundation* has the gate too.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.log import AuditLog
from audit.opening import origin_of
from server.health import Process
from server.keys import Keys
from server.places import DATABASE_FILE, LOG_FOLDER, Places, refuse_unfinished
from server.recorded_gate import RecordedGate
from server.storage.database import Database
from server.storage.migrating import migrate, require_current
from server.storage.stores import Stores, stores_on
from session.gate_port import Gate
from session.media.settings import GateSettings
from session.media.supervisor import GateProcess
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
    places: Places, keys: Keys, clock: Clock, *, made_as: str | None = None
) -> AsyncIterator[Records]:
    """Log and database without a server; the log's lock keeps a server, or a second one like this, away meanwhile.

    `made_as`: what is missing is made, a log under this origin, and the schema brought to this version. Otherwise both
    must be there and current. Raises RestoreUnfinished, NotInitialised, LogRefused, SchemaBehind, SchemaUnknown,
    DatabaseUnavailable.
    """
    refuse_unfinished(places)
    if made_as is None:
        _require(places)
    log = await AuditLog.open(
        places.log,
        origin=made_as or origin_of(keys.log_signing_key),
        kek=keys.kek,
        signing_key_file=keys.log_signing_key,
        now_ms=clock.now_ms(),
        lockstate_file=places.lockstate,
    )
    database = Database(f"sqlite+aiosqlite:///{places.database}")
    try:
        await (require_current(database) if made_as is None else migrate(database))
        yield Records(log, places.log, database, stores_on(database))
    finally:
        await database.close()
        await log.close()


@asynccontextmanager
async def opened(
    places: Places, keys: Keys, *, gate: GateSettings, clock: Clock, made_as: str | None = None
) -> AsyncIterator[Foundation]:
    """Raises what `opened_records` raises, and GateUnavailable: each says why nothing was started."""
    async with opened_records(places, keys, clock, made_as=made_as) as records:
        log, process = records.log, GateProcess(gate)
        started = system_event(EventName.SYSTEM_SERVER_STARTED, clock.now_ms(), {"demo": places.demo})
        try:
            await log.append(started)
            await process.start()
            await log.append(system_event(EventName.SYSTEM_GATE_STARTED, clock.now_ms()))
            recorded = RecordedGate(process, log, clock)
            yield Foundation(log, records.log_folder, records.database, records.stores, process, recorded)
        finally:
            await process.stop()
            log.append_reducing(system_event(EventName.SYSTEM_SERVER_STOPPED, clock.now_ms()))


def system_event(name: EventName, now: int, facts: dict[str, Fact] | None = None) -> Event:
    return Event(name=name, outcome=Outcome.DONE, at_ms=now, actor=Actor(ActorKind.SYSTEM), facts=facts or {})


def _require(places: Places) -> None:
    missing = [str(place) for place in (places.log / "public", places.database) if not place.exists()]
    if missing:
        raise NotInitialised(
            f"{' and '.join(missing)} cannot be found, and nothing was made in their place. Is the right data folder "
            "set, and its volume mounted? On a new machine run `tachiai init`; after a loss `tachiai restore`."
        )
