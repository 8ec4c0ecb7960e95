"""A whole server on loopback with a demo's people, the real log and database, and a gate without packets."""

import asyncio
import io
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from audit.disk import Disk
from audit.event import Event, EventName
from audit.log import AuditLog
from server import listening, logs
from server.clock import SystemClock
from server.composition import Composed, compose
from server.demo import CUSTOMERS, ORGANISATION, STAFF, DemoData
from server.demo_accounts import Account, DemoDesk
from server.doorway import Limits
from server.flag_settings import FlagSettings
from server.foundation import DATABASE_FILE, LOG_FOLDER, Foundation, system_event
from server.http.origin import site_for
from server.installation import web_folder
from server.keys import Keys, open_or_create
from server.places import Places, key_places, with_recipients
from server.plan import Plan
from server.record_keys import LogRecordKeys
from server.running import USUAL_LIMITS, running
from server.settings import Settings
from server.storage import database as sql
from server.storage.database import Database
from server.storage.migrating import migrate
from server.storage.stores import stores_on
from session.media.fake import FakeGate
from session.media.gates import Gates
from session.media.metrics import Drop, GateMetrics
from session.media.trial import Trial, new_credentials
from support import live_desk
from tests.migrated import put_migrated_database
from tests.protocol import stand_template
from tests.protocol.stand_template import CHEAP, KEYS_FOLDER, ORIGIN
from verification import totp
from verification.passwords import Passwords

USUAL_SETTINGS = Settings(organisation=ORGANISATION)
RECORDED_WITHIN_S = 30


class FullDisk(Disk):
    """Works until `full`; then every write of the log fails, as on a full disk. `before_next`: what happens in the
    moment between an act's judgement and its entry, once, in the log's thread."""

    def __init__(self) -> None:
        self.full = False
        self.before_next: Callable[[], object] | None = None

    def write_at(self, descriptor: int, data: bytes, offset: int) -> None:
        if (happens := self.before_next) is not None:
            self.before_next = None
            happens()
        if self.full:
            raise OSError(28, "No space left on device")
        super().write_at(descriptor, data, offset)


class ShiftedClock:
    """The machine's clock, moved forward by the test: each staff code is good for one sign-in."""

    def __init__(self, shift_ms: int = 0) -> None:
        self._clock, self.shift_ms, self.drift = SystemClock(), shift_ms, 0

    def now_ms(self) -> int:
        return self._clock.now_ms() + self.shift_ms

    def drift_ms(self) -> int:
        return self._clock.drift_ms() + self.drift


@dataclass(frozen=True, slots=True)
class RunningProcess:
    """The fake gate runs in this very process."""

    pid: int | None = 1

    async def started(self) -> None:
        """It always is."""

    def trials(self) -> list[Trial]:
        return [Trial(*new_credentials(bytes(32), 0), ("127.0.0.1",), 9)]

    async def measured(self) -> list[GateMetrics | None]:
        metrics = GateMetrics(
            pid=1,
            port=0,
            sessions=0,
            flowing=0,
            cpu_seconds=time.process_time(),
            memory_bytes=1,
            forwarded_packets=0,
            forwarded_bytes=0,
            curtains=0,
            resent_packets=0,
            asked_again_packets=0,
            key_frames_asked=0,
            drops=dict.fromkeys(Drop, 0),
        )
        return [metrics]


@dataclass(slots=True)
class Stand:
    url: str
    composed: Composed
    foundation: Foundation
    gate: FakeGate
    clock: ShiftedClock
    disk: FullDisk
    accounts: dict[str, Account]
    written: io.StringIO = field(default_factory=io.StringIO)

    @property
    def log(self) -> AuditLog:
        return self.foundation.log

    async def recorded(self, name: EventName) -> list[Event]:
        """All entries of this name, once there is one: what takes access away is recorded after the fact."""
        async with asyncio.timeout(RECORDED_WITHIN_S):
            while not (found := [event for event in await self.events() if event.name is name]):
                grown = asyncio.Event()
                unsubscribe = self.log.subscribe(lambda _entry, grown=grown: grown.set())  # type: ignore[misc]
                if not any(event.name is name for event in await self.events()):
                    await grown.wait()
                unsubscribe()
        return found

    async def events(self) -> list[Event]:
        """All that was recorded before this was asked: outcomes too, for which nobody waits."""
        last = await self.log.append(system_event(EventName.SYSTEM_GATE_STARTED, self.clock.now_ms()))
        entries = await self.log.read(0, last.index)
        return [entry.event for entry in entries if entry.event is not None]

    async def case_of(self, reference: str) -> str:
        agent = next(seed.agent for seed in CUSTOMERS if seed.case_reference == reference)
        staff = await self.foundation.stores.staff.find_by_username(agent)
        assert staff is not None
        cases = await self.foundation.stores.cases.of_agent(staff.id)
        return next(case.id for case in cases if case.reference == reference)

    def fresh_code(self, account: str) -> str:
        """A code that nobody has used: time goes on by one step first."""
        self.clock.shift_ms += totp.STEP_MS
        return totp.code_at(self.accounts[account].secret, totp.step_at(self.clock.now_ms()))


# Where one agent signs in again and again and never out: three at once put them in doubt, which is tested by itself.
MANY_SIGN_INS = Settings(flags=FlagSettings(shadow=["login_beside"]))
PATIENT_S = 20.0  # a loaded machine is no database that hangs
CASES_FRESH_FOR_S = (
    10.0  # nor is one that stands still for seconds; what hangs is tested with the real figure
)


@contextmanager
def _patience(database_within_s: float) -> Iterator[None]:
    if database_within_s < PATIENT_S:
        yield
        return
    with (
        mock.patch.object(live_desk, "FRESH_FOR_S", CASES_FRESH_FOR_S),
        mock.patch.object(sql, "LOCK_WAIT_S", PATIENT_S),
    ):
        yield


@asynccontextmanager
async def stand(
    folder: Path,
    *,
    shift_ms: int = 0,
    demo: bool = True,
    limits: Limits = USUAL_LIMITS,
    settings: Settings = USUAL_SETTINGS,
    keys_folder: Path | None = None,
    lockstate: Path | None = None,
    level: str = "debug",
    database_within_s: float = PATIENT_S,
    gates: Gates | None = None,
) -> AsyncIterator[Stand]:
    """Running when entered, drained when left. `database_within_s`: after how long a database counts as hanging.
    `gates`: real ones that run, in place of the fake, which then nobody asks."""
    with _patience(database_within_s):
        async with _standing(
            folder, shift_ms, demo, limits, settings, keys_folder, lockstate, level, database_within_s, gates
        ) as standing:
            yield standing


@asynccontextmanager
async def _standing(
    folder: Path,
    shift_ms: int,
    demo: bool,
    limits: Limits,
    settings: Settings,
    keys_folder: Path | None,
    lockstate: Path | None,
    level: str,
    database_within_s: float,
    gates: Gates | None,
) -> AsyncIterator[Stand]:
    written = io.StringIO()
    logs.configure(level, stream=written)
    clock, disk, passwords = ShiftedClock(shift_ms), FullDisk(), Passwords(CHEAP, threads=1)
    accounts: Sequence[Account] | None = None
    if keys_folder is None and lockstate is None and shift_ms >= 0 and stand_template.fits(folder, settings):
        accounts = await stand_template.put_everything(folder, clock.now_ms())
    place = keys_folder or folder / KEYS_FOLDER
    keys = open_or_create(place, with_recipients(key_places(place), settings))
    log = await AuditLog.open(
        folder / LOG_FOLDER,
        origin=ORIGIN,
        kek=keys.kek,
        signing_key_file=keys.log_signing_key,
        lockstate_file=lockstate,
        clock=clock.now_ms,
        disk=disk,
        recipients=keys.recipients,
    )
    await put_migrated_database(folder / DATABASE_FILE)
    database = Database(f"sqlite+aiosqlite:///{folder / DATABASE_FILE}", answer_within_s=database_within_s)
    try:
        record_keys = LogRecordKeys(log.keystore)
        await migrate(database, record_keys, now_ms=clock.now_ms())
        gate = FakeGate(clock.now_ms)
        foundation = Foundation(
            log,
            folder / LOG_FOLDER,
            database,
            stores_on(database, record_keys),
            gates or RunningProcess(),
            gates or gate,
        )
        desk = await _desk(foundation, keys, passwords, clock, accounts)
        async with _served(
            folder, place, foundation, keys, passwords, clock, desk, demo, limits, settings
        ) as (
            url,
            composed,
        ):
            known = {account.username or account.reference or "": account for account in desk.known}
            yield Stand(url, composed, foundation, gate, clock, disk, known, written)
    finally:
        passwords.close()
        await database.close()
        await log.close()


async def _desk(
    foundation: Foundation,
    keys: Keys,
    passwords: Passwords,
    clock: ShiftedClock,
    accounts: Sequence[Account] | None,
) -> DemoDesk:
    """`accounts`: of the template's people, if they are there."""
    stores = foundation.stores
    if accounts is not None:
        return DemoDesk(tuple(accounts), stores.authenticators, keys.authenticators.keyring())
    return await DemoData(stores, foundation.log, keys, passwords, clock.now_ms()).prepare(STAFF)


@asynccontextmanager
async def _served(
    folder: Path,
    keys_folder: Path,
    foundation: Foundation,
    keys: Keys,
    passwords: Passwords,
    clock: ShiftedClock,
    desk: DemoDesk,
    demo: bool,
    limits: Limits,
    settings: Settings,
) -> AsyncIterator[tuple[str, Composed]]:
    sockets = listening.bind("localhost", 0)
    url = f"http://localhost:{listening.port_of(sockets)}"
    plan = Plan(
        settings=settings,
        places=Places(folder, folder / LOG_FOLDER / "lockstate", key_places(keys_folder), demo=demo),
        keys=keys,
        site=site_for(url, also_local=True),
        web=web_folder(),
        passwords=passwords,
        demo=desk if demo else None,
    )
    composed = compose(foundation, plan, clock)
    async with running(foundation, composed, sockets, clock, limits=limits):
        yield url, composed


def page_id() -> str:
    return secrets.token_urlsafe(16)


PASSWORDS = {seed.username: seed.password for seed in STAFF}
