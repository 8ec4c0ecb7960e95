"""An office without a server: for commands while none runs. It opens log and database itself, and no gate."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from audit.log import AuditLog, LogRefused, LogUnavailable
from audit.note import KeyInvalid, Verifier
from server.administration.acts import StatusShown
from server.administration.errors import CannotReach
from server.administration.ground import Ground
from server.administration.office import Office
from server.clock import SystemClock
from server.foundation import DATABASE_FILE, LOG_FOLDER
from server.keys import Keys, KeysRefused, open_or_create
from server.settings import Settings, data_folder
from server.storage.database import Database
from server.storage.migrating import is_current
from server.storage.staff import SqlStaffStore
from server.storage.stores import stores_on
from server.version import VERSION
from session.ports import Clock
from support.identity import StaffId
from support.ports import StoreUnavailable
from verification.login import LoginRegistry

VERIFIER_KEY: Final = "verifier.key"


@asynccontextmanager
async def office_here(settings: Settings) -> AsyncIterator[Office]:
    """Raises CannotReach: the log is somebody else's at the moment or does not open, or the database is not at this
    version's schema. Nothing was changed then."""
    data = data_folder(settings)
    if not (data / DATABASE_FILE).exists():
        raise CannotReach(f"There is no database in {data}. `tachiai init` makes one. Nothing was done.")
    clock = SystemClock()
    log = await _log(data, _keys(data), clock.now_ms())
    database = Database(f"sqlite+aiosqlite:///{data / DATABASE_FILE}")
    try:
        await _refuse_other_schema(database)
        stores = stores_on(database)
        exclusion = RowsOnly(stores.staff, LoginRegistry(stores.logins), clock)

        async def status() -> StatusShown:
            return StatusShown(
                running=False,
                version=VERSION,
                reasons=["No server runs."],
                log_entries=log.size,
                sessions=0,
                sockets=0,
                started_at_ms=None,
                now_ms=clock.now_ms(),
            )

        yield Office(Ground(log=log, stores=stores, clock=clock, exclusion=exclusion, status=status))
    finally:
        await database.close()
        await log.close()


class RowsOnly:
    """Implements Exclusion where nothing is live: what a start would read is written, and that is all there is."""

    def __init__(self, staff: SqlStaffStore, logins: LoginRegistry, clock: Clock) -> None:
        self._staff, self._logins, self._clock = staff, logins, clock

    async def exclude(self, staff: StaffId, until_ms: int) -> None:
        await self._staff.block(staff, until_ms)
        await self._logins.end_all(staff, self._clock.now_ms())


async def _log(data: Path, keys: Keys, now_ms: int) -> AuditLog:
    folder = data / LOG_FOLDER
    try:
        named = Verifier.parse((folder / VERIFIER_KEY).read_text("ascii").removesuffix("\n")).name
        return await AuditLog.open(
            folder, origin=named, kek=keys.kek, signing_key_file=keys.log_signing_key, now_ms=now_ms
        )
    except (OSError, UnicodeError, KeyInvalid, LogRefused, LogUnavailable) as error:
        raise CannotReach(
            f"The audit log in {folder} cannot be opened, so nothing was done: {error}."
        ) from error


def _keys(data: Path) -> Keys:
    folder = data / "keys"
    if not folder.is_dir():
        raise CannotReach(f"There are no keys in {folder}, so the log cannot be written. Nothing was done.")
    try:
        return open_or_create(folder)
    except KeysRefused as error:
        raise CannotReach(f"{error} Nothing was done.") from error


async def _refuse_other_schema(database: Database) -> None:
    try:
        current = await is_current(database)
    except StoreUnavailable as error:
        raise CannotReach("The database does not answer. Nothing was done.") from error
    if not current:
        raise CannotReach(
            "The database is not at this version's schema. Run `tachiai migrate` first. Nothing was done."
        )
