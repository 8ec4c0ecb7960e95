"""`tachiai doctor`: the checklist from outside. A running server is asked what it sees of itself; without one, files,
database and gate are looked at here. Either way the log on the disk is verified, and nothing is changed.
"""

import asyncio
import re
from dataclasses import dataclass
from typing import Final

from audit.commands import verify_command
from audit.report import ExitCode
from audit.seals.checking import EVERY_RESTART
from audit.verify import Asked
from server.administration.acts import Examine, FindingSeen
from server.administration.errors import CannotReach
from server.administration.reaching import ask_server
from server.checklist.bus_probe import look_at_bus
from server.checklist.facts import ApiKeys, Facts, GateState, Outgoing, People, Record, Schema, ServerState
from server.checklist.finding import Finding
from server.checklist.gathering import Told, gather
from server.checklist.judging import in_order, judge
from server.checklist.table import CHECKS, GRAVEST_FIRST, Severity
from server.clock import SystemClock
from server.gate_place import tried_gate
from server.places import Places, demo_places, places_of
from server.settings import Settings, SettingsRefused, data_folder
from server.storage.database import Database, DatabaseUnavailable
from server.storage.head_count import count_keys, count_people
from server.storage.migrating import require_current
from server.storage.outbox_count import count_outgoing
from server.storage.schema import SchemaBehind, SchemaUnknown
from session.gate_port import GateUnavailable
from session.media.supervisor import GateProcess

ANSWERED_WITHIN_S: Final = 10.0
# What this command can look at as well as the server, or better: the server may run where it sees less of the machine.
FROM_OUTSIDE: Final = frozenset(
    {
        "kek",
        "kek_age",
        "badge_key",
        "sealed",
        "key_files",
        "data_folder",
        "log",
        "backup",
        "clock",
        "disk",
        "udp_buffer",
    }
)
UNSEEN: Final = frozenset({"unknown", "given"})
_COUNT: Final = re.compile(r"(\d+) entries")


async def examine(settings: Settings) -> list[Finding]:
    """The gravest first. Raises SettingsRefused (it is not said where the keys are), ActRefused, and OSError where this
    user may not look."""
    places_here(settings)
    try:
        async with asyncio.timeout(ANSWERED_WITHIN_S):
            answer = await ask_server(settings, Examine())
    except (CannotReach, TimeoutError):
        return judge(await _facts_here(settings, ServerState.SILENT))
    if answer is None:
        return judge(await _facts_here(settings, ServerState.NONE))
    inside = [_finding(one) for one in answer.findings if one.state in CHECKS.get(one.check, ())]
    return in_order(_merged(inside, judge(await _facts_here(settings, ServerState.ANSWERS))))


def _merged(inside: list[Finding], outside: list[Finding]) -> list[Finding]:
    """The server's findings; where both looked, the one that saw more, and of two that saw the graver."""
    seen = {finding.check: finding for finding in outside if finding.check in FROM_OUTSIDE}
    return [_of_both(finding, seen.get(finding.check, finding)) for finding in inside]


def _of_both(inside: Finding, outside: Finding) -> Finding:
    if outside.state in UNSEEN:
        return inside
    if inside.state in UNSEEN:
        return outside
    return min(inside, outside, key=lambda finding: GRAVEST_FIRST.index(finding.severity))


def places_here(settings: Settings) -> Places:
    """Of a demo where nothing was set up yet. Raises SettingsRefused."""
    try:
        return places_of(settings)
    except SettingsRefused:
        if data_folder(settings).exists() or settings.http.base_url:
            raise
        return demo_places(settings)


async def _facts_here(settings: Settings, server: ServerState) -> Facts:
    clock, places = SystemClock(), places_here(settings)
    counted = await _counted(places, clock.now_ms())
    told = Told(
        serving=False,
        server=server,
        people=counted.people,
        api_keys=counted.api_keys,
        outgoing=counted.outgoing,
        bus=await look_at_bus(settings.redis),
        record=await asyncio.to_thread(_record, places),
        schema=counted.schema,
        gate=None if server is ServerState.ANSWERS else await _gate(settings),
        drift_ms=0,
    )
    return await asyncio.to_thread(gather, settings, places, told, now_ms=clock.now_ms())


@dataclass(frozen=True, slots=True)
class _Counted:
    schema: Schema | None = None
    people: People | None = None
    api_keys: ApiKeys | None = None
    outgoing: Outgoing | None = None


async def _counted(places: Places, now_ms: int) -> _Counted:
    if not places.database.exists():
        return _Counted()
    database = Database(f"sqlite+aiosqlite:///{places.database}")
    try:
        await require_current(database)
        people, api_keys = await count_people(database, now_ms), await count_keys(database, now_ms)
        return _Counted(Schema.CURRENT, people, api_keys, await count_outgoing(database, now_ms))
    except SchemaBehind:
        return _Counted(Schema.BEHIND)
    except SchemaUnknown:
        return _Counted(Schema.NEWER)
    except DatabaseUnavailable:
        return _Counted()
    finally:
        await database.close()


async def _gate(settings: Settings) -> GateState:
    """Started for a moment, on a port of its own."""
    gate = GateProcess(tried_gate(settings))
    try:
        await gate.start()
        await gate.metrics()
    except GateUnavailable as error:
        return GateState(running=False, load=None, trouble=str(error))
    finally:
        await gate.stop()
    return GateState(running=True, load=None, tried=True)


def _record(places: Places) -> Record:
    """The log on the disk, verified as an outsider would."""
    if not places.log.exists():
        return Record(there=False, trouble=None, stopped=False, entries=None, late_s=0)
    lines: list[str] = []
    code = verify_command(
        places.log, None, None, lines.append, places.lockstate, asked=Asked(accepted=EVERY_RESTART)
    )
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
