"""An office without a server: for commands while none runs. It opens log and database itself, and no gate."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from audit.log import LogRefused, LogUnavailable
from server.administration.acts import Examined, StatusShown
from server.administration.errors import ActRefused, CannotReach
from server.administration.ground import Ground
from server.administration.office import Office
from server.clock import SystemClock, TrueClock
from server.foundation import NotInitialised, Records, opened_records
from server.keys import KeysRefused, open_keys
from server.places import RestoreUnfinished, places_of
from server.settings import Settings, SettingsRefused
from server.storage.database import DatabaseUnavailable
from server.storage.migrating import SchemaBehind, SchemaUnknown
from server.storage.staff import SqlStaffStore
from server.version import VERSION
from session.ports import Clock
from support.identity import StaffId
from verification.login import LoginRegistry

_REFUSALS: Final = (
    DatabaseUnavailable,
    KeysRefused,
    LogRefused,
    LogUnavailable,
    NotInitialised,
    RestoreUnfinished,
    SchemaBehind,
    SchemaUnknown,
    SettingsRefused,
)


@asynccontextmanager
async def office_here(settings: Settings) -> AsyncIterator[Office]:
    """Raises CannotReach: the log is somebody else's at the moment or does not open, a key is not there, or the
    database is not at this version's schema. Nothing was changed then."""
    clock = SystemClock()
    async with AsyncExitStack() as opening:
        try:
            places = places_of(settings)
            keys = open_keys(places.keys)
            records = await opening.enter_async_context(opened_records(places, keys, clock))
        except _REFUSALS as error:
            raise CannotReach(f"{str(error).rstrip('.')}. Nothing was done.") from error
        yield Office(_ground(records, clock, settings.http.base_url))


def _ground(records: Records, clock: TrueClock, base_url: str) -> Ground:
    log, stores = records.log, records.stores

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

    async def examine() -> Examined:
        raise ActRefused("Only a running server sees itself, and none runs. Nothing was done.")

    exclusion = RowsOnly(stores.staff, LoginRegistry(stores.logins), clock)
    return Ground(
        log=log,
        stores=stores,
        clock=clock,
        exclusion=exclusion,
        base_url=base_url,
        status=status,
        examine=examine,
    )


class RowsOnly:
    """Implements Exclusion where nothing is live: what a start would read is written, and that is all there is."""

    def __init__(self, staff: SqlStaffStore, logins: LoginRegistry, clock: Clock) -> None:
        self._staff, self._logins, self._clock = staff, logins, clock

    async def exclude(self, staff: StaffId, until_ms: int) -> int:
        await self._staff.block(staff, until_ms)
        return len(await self._logins.end_all(staff, self._clock.now_ms()))
