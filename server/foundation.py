"""What a server stands on, opened in order: keys, log, database, gate. Closed in the other order."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.log import AuditLog
from server.health import Process
from server.keys import Keys
from server.recorded_gate import RecordedGate
from server.storage.database import Database
from server.storage.migrating import migrate
from server.storage.stores import Stores, stores_on
from session.gate_port import Gate
from session.media.settings import GateSettings
from session.media.supervisor import GateProcess
from session.ports import Clock

DATABASE_FILE: Final = "tachiai.db"
LOG_FOLDER: Final = "log"


@dataclass(frozen=True, slots=True)
class Foundation:
    log: AuditLog
    log_folder: Path
    database: Database
    stores: Stores
    process: Process
    gate: Gate


@asynccontextmanager
async def opened(
    data: Path, keys: Keys, *, origin: str, gate: GateSettings, clock: Clock, demo: bool
) -> AsyncIterator[Foundation]:
    """Raises LogRefused, SchemaUnknown, DatabaseUnavailable, GateUnavailable: each says why nothing was started."""
    folder = data / LOG_FOLDER
    log = await AuditLog.open(
        folder, origin=origin, kek=keys.kek, signing_key_file=keys.log_signing_key, now_ms=clock.now_ms()
    )
    database = Database(f"sqlite+aiosqlite:///{data / DATABASE_FILE}")
    process = GateProcess(gate)
    try:
        await migrate(database)
        await log.append(system_event(EventName.SYSTEM_SERVER_STARTED, clock.now_ms(), {"demo": demo}))
        await process.start()
        await log.append(system_event(EventName.SYSTEM_GATE_STARTED, clock.now_ms()))
        recorded = RecordedGate(process, log, clock)
        yield Foundation(log, folder, database, stores_on(database), process, recorded)
    finally:
        await process.stop()
        await database.close()
        log.append_reducing(system_event(EventName.SYSTEM_SERVER_STOPPED, clock.now_ms()))
        await log.close()


def system_event(name: EventName, now: int, facts: dict[str, Fact] | None = None) -> Event:
    return Event(name=name, outcome=Outcome.DONE, at_ms=now, actor=Actor(ActorKind.SYSTEM), facts=facts or {})
