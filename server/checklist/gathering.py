"""All that can be seen from settings and disk, with what only a running server or an open database can tell."""

from dataclasses import dataclass

from server.checklist.backup_probe import look_at_backups
from server.checklist.facts import (
    ApiKeys,
    Bus,
    Facts,
    GateState,
    MailState,
    Outgoing,
    People,
    Record,
    Schema,
    ServerState,
)
from server.checklist.file_probe import look_at_folder, look_at_keys
from server.checklist.forwarding_probe import look_at_forwarding
from server.checklist.key_probe import look_at_key_life
from server.checklist.machine_probe import look_at_installation, look_at_machine
from server.checklist.places_probe import look_at_sign_in_places
from server.checklist.reach_probe import look_at_reach
from server.checklist.witness_probe import look_at_witnesses
from server.places import Places
from server.settings import CREDENTIAL, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What files do not show. `serving`: told by the running server of itself."""

    serving: bool
    server: ServerState
    people: People | None
    api_keys: ApiKeys | None
    outgoing: Outgoing | None
    bus: Bus
    record: Record
    schema: Schema | None
    gate: GateState | None
    drift_ms: int


def gather(settings: Settings, places: Places, told: Told, *, now_ms: int) -> Facts:
    """Reads files and asks the system: call it in a thread. Raises OSError where this user may not even look."""
    volumes = (places.data, places.log, places.lockstate.parent)
    return Facts(
        demo=places.demo,
        reach=look_at_reach(settings, demo=places.demo, now_ms=now_ms),
        keys=look_at_keys(places, kek_given=settings.keys.kek.startswith(CREDENTIAL)),
        key_life=look_at_key_life(settings, places, now_ms=now_ms),
        data=look_at_folder(places),
        people=told.people,
        api_keys=told.api_keys,
        record=told.record,
        schema=told.schema,
        witnesses=look_at_witnesses(settings, places, now_ms=now_ms),
        forwarding=look_at_forwarding(settings, places),
        mail=MailState.SHOWN if places.demo else MailState.SET if settings.mail.server else MailState.NONE,
        sign_in_places=look_at_sign_in_places(settings),
        outgoing=told.outgoing,
        bus=told.bus,
        backups=look_at_backups(places, remind_after_days=settings.backup.remind_after_days, now_ms=now_ms),
        machine=look_at_machine(
            settings, volumes, now_ms=now_ms, drift_ms=told.drift_ms, serving=told.serving
        ),
        server=told.server,
        installation=look_at_installation(),
        gate=told.gate,
    )
