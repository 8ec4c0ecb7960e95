"""Everything a handler may call, in one typed record, under one key of the application."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from audit.ports import AuditWriter
from server.approvals import Approvals
from server.bus.ports import Tickets
from server.checklist.live import Checklist
from server.circumstances import LiveCircumstances
from server.clock import TrueClock
from server.consents import Consents
from server.enrolling import Enrolling
from server.health import Health
from server.http.addresses import Network
from server.http.origin import Site
from server.http.throttles import Throttles
from server.invitations import Invitations
from server.key_door import KeyDoor
from server.labels import LabelBook
from server.log_desk import LogDesk
from server.newcomers import Newcomers
from server.other_systems import OtherSystems
from server.oversight import Oversight
from server.refused_claims import RefusedClaims
from server.signalling.fanout import Fanout
from server.signalling.seats import Seats
from server.signalling.sockets import Sockets
from server.storage.customer_cookies import CustomerCookies
from server.verifications import Verifications
from session.conductor import Conductor
from support.desk import Desk
from support.ports import CaseStore, StaffStore
from verification.login import LoginRegistry
from verification.sign_in import StaffSignIn

if TYPE_CHECKING:  # these name `Call`, which names `Services`
    from server.demo_accounts import DemoDesk
    from server.http.authentication import Authentication
    from server.http.rendering import Pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    approvals: Approvals
    authentication: "Authentication"
    cases: CaseStore
    checklist: Checklist
    circumstances: LiveCircumstances
    clock: TrueClock
    conductor: Conductor
    consents: Consents
    customer_cookies: CustomerCookies
    demo: "DemoDesk | None"
    desk: Desk
    enrolling: Enrolling
    fanout: Fanout
    health: Health
    invitations: Invitations
    key_door: KeyDoor
    labels: LabelBook
    log: AuditWriter
    log_desk: LogDesk
    logins: LoginRegistry
    newcomers: Newcomers
    openapi: Mapping[str, Any]
    other_systems: OtherSystems
    oversight: Oversight
    pages: "Pages"
    refused_claims: RefusedClaims
    seats: Seats
    security_contact: str
    sign_in: StaffSignIn
    site: Site
    sockets: Sockets
    staff: StaffStore
    throttles: Throttles
    tickets: Tickets
    trusted_proxies: tuple[Network, ...]
    verifications: Verifications


SERVICES: Final = web.AppKey("services", Services)
