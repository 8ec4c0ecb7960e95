"""The checklist where no server runs and log and database are open already: for a report made by the command."""

import asyncio

from server.checklist.bus_probe import look_at_bus
from server.checklist.facts import Record, Schema, ServerState
from server.checklist.finding import Finding
from server.checklist.gathering import Told, gather
from server.checklist.judging import judge
from server.foundation import Records
from server.places import Places
from server.settings import Settings
from server.storage.head_count import count_keys, count_people
from server.storage.outbox_count import count_outgoing


async def findings_here(records: Records, settings: Settings, places: Places, now_ms: int) -> list[Finding]:
    """Without the gate, which nobody needs for a report. Raises OSError, StoreUnavailable."""
    told = Told(
        serving=False,
        server=ServerState.NONE,
        people=await count_people(records.database, now_ms),
        api_keys=await count_keys(records.database, now_ms),
        outgoing=await count_outgoing(records.database, now_ms),
        bus=await look_at_bus(settings.redis),
        record=Record(
            there=True, trouble=records.log.failure, stopped=True, entries=records.log.size, late_s=0
        ),
        schema=Schema.CURRENT,  # the records would not open on another one
        gate=None,
        drift_ms=0,
    )
    return judge(await asyncio.to_thread(gather, settings, places, told, now_ms=now_ms))
