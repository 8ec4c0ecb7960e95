"""The office of a running server."""

from server.administration.acts import Examined, FindingSeen, StatusShown
from server.administration.ground import Ground
from server.administration.office import Office
from server.blocking import Blocking
from server.foundation import Foundation
from server.services import Services
from server.version import VERSION
from session.identity import StaffId
from support.identity import StaffId as SupportStaffId


def office_of(foundation: Foundation, services: Services, blocking: Blocking) -> Office:
    started_at_ms = services.clock.now_ms()

    async def status() -> StatusShown:
        return StatusShown(
            running=True,
            version=VERSION,
            reasons=await services.health.reasons(),
            log_entries=foundation.log.size,
            sessions=len(services.conductor.live()),
            sockets=len(services.seats),
            started_at_ms=started_at_ms,
            now_ms=services.clock.now_ms(),
        )

    async def examine() -> Examined:
        return Examined(
            findings=[
                FindingSeen(
                    check=one.check, state=one.state, severity=one.severity.value, values=dict(one.values)
                )
                for one in await services.checklist.look_again()
            ]
        )

    return Office(
        Ground(
            log=foundation.log,
            stores=foundation.stores,
            clock=services.clock,
            erasures=services.erasures.asking,
            log_search=services.log_desk.searching,
            exports=services.log_desk.exports,
            endpoints=services.outbox.endpoints,
            evidence=services.log_desk.evidence,
            resealing=services.factors.resealing,
            link_news=services.factors.link_news,
            loss_hold_ms=services.factors.hold_ms,
            exclusion=LiveExclusion(blocking, services),
            reporter=services.reports.reporter,
            base_url=services.site.base_url,
            issuer=services.agents.issuer,
            officers_by_passkey=services.demo is None,
            language=next(iter(services.pages.catalogues.by_language)),
            status=status,
            examine=examine,
        )
    )


class LiveExclusion:
    """Implements Exclusion: whatever the person does ends first."""

    def __init__(self, blocking: Blocking, services: Services) -> None:
        self._blocking, self._services = blocking, services

    async def exclude(self, staff: SupportStaffId, until_ms: int) -> int:
        running = self._services.logins.running(staff, self._services.clock.now_ms())
        await self._blocking.block(StaffId(staff), until_ms)
        return len(running)

    async def sign_out(self, staff: SupportStaffId) -> int:
        return await self._services.agents.signing_out.everywhere(staff)
