"""What the office works on. Two places build it: a running server, and a command that found none."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from audit.log import AuditLog
from audit.search.log_search import LogSearch
from server.administration.acts import Examined, StatusShown
from server.administration.errors import ActRefused
from server.administration.register import Register
from server.clock import TrueClock
from server.enrolments import Enrolments
from server.erasures import Erasures
from server.evidence import EvidenceDesk
from server.exports import Exports
from server.factor_requests import FactorRequests
from server.link_news import LinkNews
from server.outbox.endpoints import Endpoints
from server.reporting.reporter import Reporter
from server.resealing import Resealing
from server.second_pair import SecondPair
from server.storage.stores import Stores
from support.identity import StaffId
from support.independence import LONGEST_MS
from support.reset import OFFICERS


class Exclusion(Protocol):
    """Takes a person's access away at once, whatever they are doing."""

    async def exclude(self, staff: StaffId, until_ms: int) -> int:
        """Dark first, then the row, then the sign-ins; how many of these ended. Raises StoreUnavailable: then what
        could be ended has ended."""
        ...

    async def sign_out(self, staff: StaffId) -> int:
        """All sign-ins of one person end, with what runs under them; how many there were."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """`base_url` is what links begin with; "" where nobody has said yet under which name people reach the server.
    `language` is the pages' first one. `issuer` is the provider's of the settings, "" for none."""

    log: AuditLog
    stores: Stores
    clock: TrueClock
    exclusion: Exclusion
    erasures: Erasures
    log_search: LogSearch
    reporter: Reporter
    exports: Exports
    evidence: EvidenceDesk
    endpoints: Endpoints
    resealing: Resealing
    link_news: LinkNews
    loss_hold_ms: int
    base_url: str
    issuer: str
    officers_by_passkey: bool
    language: str
    status: Callable[[], Awaitable[StatusShown]]
    examine: Callable[[], Awaitable[Examined]]

    @property
    def register(self) -> Register:
        return Register(self.log, self.clock)

    def links(self) -> Enrolments:
        """For giving out links. Raises ActRefused."""
        if not self.base_url:
            raise ActRefused(
                "A link needs the address that people type: set http.base_url in the settings. Nothing was done."
            )
        return self.withdrawing()

    def factor_requests(self) -> FactorRequests:
        return FactorRequests(
            self.stores,
            self.log,
            self.withdrawing(),
            self.link_news,
            self.clock,
            self.loss_hold_ms,
            SecondPair(self.stores.givings, LONGEST_MS),  # an operator only asks
        )

    def withdrawing(self) -> Enrolments:
        """For taking links back, which needs no address."""
        return Enrolments(self.stores.enrolments, self.log, self.base_url, self.link_news)

    async def officers_able(self, now_ms: int) -> list[StaffId]:
        """Security officers and administrators who can sign in. Raises StoreUnavailable."""
        return await self.stores.staff_roll.able_to_sign_in(
            OFFICERS, now_ms, officers_by_passkey=self.officers_by_passkey
        )
