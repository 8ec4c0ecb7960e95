"""An office without a server: for commands while none runs. It opens log and database itself, and no gate."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from typing import Final

from audit.log import LogRefused, LogUnavailable
from audit.search.log_search import LogSearch
from server.administration.acts import Examined, StatusShown
from server.administration.errors import ActRefused, CannotReach
from server.administration.ground import Ground
from server.administration.office import Office
from server.checklist.finding import Finding
from server.clock import SystemClock, TrueClock
from server.erasure_rule import ErasureRule
from server.erasures import Erasures
from server.evidence import EvidenceDesk
from server.exports import Exports
from server.foundation import NotInitialised, Records, opened_records
from server.http.catalogues import read_folder
from server.installation import web_folder
from server.keys import KeysRefused, open_keys
from server.link_news import LinkNews
from server.notices import Notices
from server.outbox.endpoints import Endpoints
from server.outbox_parts import destinations_of
from server.places import Places, RestoreUnfinished, places_of
from server.report_parts import reporter_of
from server.reporting.here import findings_here
from server.resealing import Resealing
from server.settings import Settings, SettingsRefused
from server.storage.authenticator_seals import AuthenticatorSeals
from server.storage.database import DatabaseUnavailable
from server.storage.schema import SchemaBehind, SchemaUnknown
from server.storage.staff import SqlStaffStore
from server.version import VERSION
from session.ports import Clock
from support.factor_request import HOUR_MS
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
        erasures = Erasures(records.stores, records.log, clock, ErasureRule.of(settings, places))
        with closing(LogSearch(records.log, records.log_folder)) as search:
            endpoints = Endpoints(records.stores.webhooks, keys.invitations, destinations_of(settings))
            ring = keys.authenticators.keyring()
            seals = AuthenticatorSeals(records.database)
            resealing = Resealing(seals, ring, places.keys.authenticators, clock)
            yield Office(_ground(records, clock, settings, places, erasures, search, endpoints, resealing))


def _ground(
    records: Records,
    clock: TrueClock,
    settings: Settings,
    places: Places,
    erasures: Erasures,
    search: LogSearch,
    endpoints: Endpoints,
    resealing: Resealing,
) -> Ground:
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

    async def look() -> list[Finding]:
        return await findings_here(records, settings, places, clock.now_ms())

    exclusion = RowsOnly(stores.staff, LoginRegistry(stores.logins), clock)
    return Ground(
        log=log,
        stores=stores,
        clock=clock,
        erasures=erasures,
        log_search=search,
        exports=Exports(log, records.log_folder, clock),
        endpoints=endpoints,
        evidence=EvidenceDesk(log, search, records.log_folder, clock),
        exclusion=exclusion,
        resealing=resealing,
        link_news=LinkNews(_notices(records, settings, clock), settings.http.base_url),
        loss_hold_ms=settings.assurance.loss_hold_hours * HOUR_MS,
        reporter=reporter_of(records, settings, places, clock, look),
        base_url=settings.http.base_url,
        issuer=settings.oidc.issuer,
        officers_by_passkey=not places.demo,
        language=settings.languages[0],
        status=status,
        examine=examine,
    )


def _notices(records: Records, settings: Settings, clock: TrueClock) -> Notices:
    """Queued here; the next server sends them."""
    words = read_folder(web_folder() / "locales", settings.languages)
    return Notices(records.stores.outbox, records.stores.customers, words, settings.organisation, clock)


class RowsOnly:
    """Implements Exclusion where nothing is live: what a start would read is written, and that is all there is."""

    def __init__(self, staff: SqlStaffStore, logins: LoginRegistry, clock: Clock) -> None:
        self._staff, self._logins, self._clock = staff, logins, clock

    async def exclude(self, staff: StaffId, until_ms: int) -> int:
        await self._staff.block(staff, until_ms)
        return await self.sign_out(staff)

    async def sign_out(self, staff: StaffId) -> int:
        return len(await self._logins.end_all(staff, self._clock.now_ms()))
