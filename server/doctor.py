"""`tachiai doctor`: the checklist from outside. A running server is asked what it sees of itself; without one, files,
database and gate are looked at here. Either way the log on the disk is verified, and nothing is changed.
"""

import asyncio
import re
from typing import Final

from audit.commands import verify_command
from audit.report import ExitCode
from server.administration.acts import Examine, FindingSeen
from server.administration.reaching import ask_server
from server.checklist.facts import ApiKeys, Facts, GateState, People, Record, Schema
from server.checklist.finding import Finding, Found, weigh
from server.checklist.gathering import Told, gather
from server.checklist.judging import in_order, judge
from server.checklist.table import CHECKS, Severity
from server.clock import SystemClock
from server.places import Places, demo_places, places_of
from server.settings import Settings, SettingsRefused, data_folder
from server.storage.database import Database, DatabaseUnavailable
from server.storage.head_count import count_keys, count_people
from server.storage.migrating import SchemaBehind, SchemaUnknown, require_current
from session.gate_port import GateUnavailable
from session.media.settings import GateSettings
from session.media.supervisor import GateProcess

LOG: Final = "log"
_COUNT: Final = re.compile(r"(\d+) entries")


async def examine(settings: Settings) -> tuple[list[Finding], bool]:
    """All findings, the gravest first, and whether a server runs. Raises SettingsRefused (it is not said where the keys
    are), ActRefused, CannotReach, and OSError where this user may not look."""
    answer = await ask_server(settings, Examine())
    if answer is None:
        return judge(await _facts_here(settings)), False
    seen = [_finding(one) for one in answer.findings if one.state in CHECKS.get(one.check, ())]
    record = await asyncio.to_thread(_record, places_here(settings))
    if record.trouble is not None and all(one.check != LOG or one.severity is Severity.OK for one in seen):
        damaged = weigh(Found(LOG, "damaged", {"sentence": record.trouble}), demo=False)
        seen = in_order([*(one for one in seen if one.check != LOG), damaged])
    return seen, True


def places_here(settings: Settings) -> Places:
    """Of a demo where nothing was set up yet. Raises SettingsRefused."""
    try:
        return places_of(settings)
    except SettingsRefused:
        if data_folder(settings).exists() or settings.http.base_url:
            raise
        return demo_places(settings)


async def _facts_here(settings: Settings) -> Facts:
    clock, places = SystemClock(), places_here(settings)
    schema, people, api_keys = await _counted(places, clock.now_ms())
    told = Told(
        serving=False,
        people=people,
        api_keys=api_keys,
        record=await asyncio.to_thread(_record, places),
        schema=schema,
        gate=await _gate(settings),
        drift_ms=0,
    )
    return await asyncio.to_thread(gather, settings, places, told, now_ms=clock.now_ms())


async def _counted(places: Places, now_ms: int) -> tuple[Schema | None, People | None, ApiKeys | None]:
    if not places.database.exists():
        return None, None, None
    database = Database(f"sqlite+aiosqlite:///{places.database}")
    try:
        await require_current(database)
        return Schema.CURRENT, await count_people(database, now_ms), await count_keys(database, now_ms)
    except SchemaBehind:
        return Schema.BEHIND, None, None
    except SchemaUnknown:
        return Schema.NEWER, None, None
    except DatabaseUnavailable:
        return None, None, None
    finally:
        await database.close()


async def _gate(settings: Settings) -> GateState:
    """Started for a moment, on a port of its own."""
    chosen = settings.gate
    gate = GateProcess(GateSettings(bind_host=chosen.host, port=0, advertised=tuple(chosen.advertised)))
    try:
        await gate.start()
        await gate.metrics()
    except GateUnavailable as error:
        return GateState(running=False, load=None, trouble=str(error))
    finally:
        await gate.stop()
    return GateState(running=True, load=None)


def _record(places: Places) -> Record:
    """The log on the disk, verified as an outsider would."""
    if not places.log.exists():
        return Record(there=False, trouble=None, stopped=False, entries=None, late_s=0)
    lines: list[str] = []
    code = verify_command(places.log, None, None, lines.append)
    sentence = lines[0].strip() if lines else "not verified"
    entries = _COUNT.search(sentence)
    return Record(
        there=True,
        trouble=None if code == ExitCode.GOOD else sentence,
        stopped=False,
        entries=int(entries[1]) if entries else None,
        late_s=0,
    )


def _finding(seen: FindingSeen) -> Finding:
    return Finding(seen.check, seen.state, Severity(seen.severity), seen.values)
