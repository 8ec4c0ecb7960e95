"""Everything a handler may call, in one typed record, under one key of the application."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from audit.ports import AuditWriter
from server.actions import Actions
from server.agent_parts import AgentParts
from server.approvals import Approvals
from server.assured import Assured
from server.badge_parts import BadgeParts
from server.bus.ports import Tickets
from server.case_file_parts import CaseFileParts
from server.case_notes import CaseNotes
from server.checklist.live import Checklist
from server.circumstances import LiveCircumstances
from server.clock import TrueClock
from server.connection_tests import ConnectionTests
from server.consents import Consents
from server.enrolling import Enrolling
from server.erasure_parts import ErasureParts
from server.factor_parts import FactorParts
from server.flag_verdicts import FlagVerdicts
from server.handing_desk import HandingDesk
from server.health import Health
from server.http.addresses import Network
from server.http.origin import Site
from server.http.throttles import Throttles
from server.invitation_mail import InvitationMail
from server.invitations import Invitations
from server.key_door import KeyDoor
from server.labels import LabelBook
from server.line_desk import LineDesk
from server.log_desk import LogDesk
from server.log_keeping.keeper import Keeper
from server.log_names import LogNames
from server.newcomers import Newcomers
from server.notices import Notices
from server.officer_messages import OfficerMessages
from server.other_systems import OtherSystems
from server.outbox_parts import OutboxParts
from server.overriding import Overriding
from server.oversight import Oversight
from server.passkey_enrolling import PasskeyEnrolling
from server.passkey_verifier import PasskeyVerifier
from server.passkeys import Passkeys
from server.place_file import PlaceFile
from server.provisional_cases import ProvisionalCases
from server.published_log import PublishedLog
from server.receipts import Receipts
from server.refused_claims import RefusedClaims
from server.signalling.fanout import Fanout
from server.signalling.seats import Seats
from server.signalling.sockets import Sockets
from server.spray_alarm import SprayAlarm
from server.storage.customer_cookies import CustomerCookies
from server.team_overview import TeamOverview
from server.verification_request_parts import VerificationRequestParts
from server.verifications import Verifications
from server.visit_desk import VisitDesk
from session.conductor import Conductor
from support.desk import Desk
from support.ports import CaseStore, StaffStore
from verification.login import LoginRegistry
from verification.sign_in import StaffSignIn

if TYPE_CHECKING:  # these name `Call`, which names `Services`
    from server.demo_accounts import DemoDesk
    from server.http.authentication import Authentication
    from server.http.rendering import Pages
    from server.me_parts import MeParts
    from server.report_parts import ReportParts


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    agents: AgentParts
    actions: Actions
    action_keepers: Sequence[Keeper]
    approvals: Approvals
    assured: Assured
    authentication: "Authentication"
    badges: BadgeParts
    case_files: CaseFileParts
    case_notes: CaseNotes
    cases: CaseStore
    checklist: Checklist
    circumstances: LiveCircumstances
    clock: TrueClock
    conductor: Conductor
    connection_tests: ConnectionTests
    consents: Consents
    customer_cookies: CustomerCookies
    demo: "DemoDesk | None"
    desk: Desk
    encryption: str
    enrolling: Enrolling
    erasures: ErasureParts
    factors: FactorParts
    fanout: Fanout
    handing: HandingDesk
    health: Health
    invitation_mail: InvitationMail
    invitations: Invitations
    key_door: KeyDoor
    labels: LabelBook
    line: LineDesk
    log: AuditWriter
    log_desk: LogDesk
    log_names: LogNames
    logins: LoginRegistry
    me: "MeParts"
    newcomers: Newcomers
    officer_messages: OfficerMessages
    outbox: OutboxParts
    openapi: Callable[[], Mapping[str, Any]]
    other_systems: OtherSystems
    overriding: Overriding
    oversight: Oversight
    pages: "Pages"
    passkey_enrolling: PasskeyEnrolling
    passkey_verifier: PasskeyVerifier
    passkeys: Passkeys
    place_file: PlaceFile
    provisional: ProvisionalCases
    receipts: Receipts
    published_log: PublishedLog
    refused_claims: RefusedClaims
    reports: "ReportParts"
    seats: Seats
    security_contact: str
    sign_in: StaffSignIn
    site: Site
    sockets: Sockets
    spray_alarm: SprayAlarm
    staff: StaffStore
    team_overview: TeamOverview
    throttles: Throttles
    tickets: Tickets
    trusted_proxies: tuple[Network, ...]
    verification_requests: VerificationRequestParts
    verifications: Verifications
    visits: VisitDesk

    @property
    def flag_verdicts(self) -> FlagVerdicts:
        return self.case_files.verdicts

    @property
    def notices(self) -> Notices:
        return self.outbox.notices


SERVICES: Final = web.AppKey("services", Services)
