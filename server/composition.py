"""Puts the server together: what is built here is given to whoever needs it, and nothing is looked up elsewhere."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from aiohttp import web

from audit.event import Actor, ActorKind
from audit.ports import AuditWriter
from server.administration.live import office_of
from server.administration.office import Office
from server.administration.register import Register
from server.approvals import Approvals
from server.blocking import Blocking
from server.bus.in_process import InProcessCounters, InProcessTickets
from server.checklist.live import Checklist
from server.circumstances import LiveCircumstances
from server.clock import TrueClock
from server.consents import Consents
from server.demo_accounts import DemoDesk
from server.enrolling import Enrolling
from server.enrolments import Enrolments
from server.eye import LiveEye
from server.flags import Flags
from server.foundation import Foundation
from server.gate_watch import GateWatch
from server.health import Health
from server.held_cases import HeldCases
from server.http import catalogues, openapi, rendering, static
from server.http.addresses import parse_networks
from server.http.admission import Admission
from server.http.authentication import Authentication
from server.http.bodies import LARGEST_BODY_BYTES, carries_code
from server.http.cookies import Cookies
from server.http.errors import answering, continuing
from server.http.guard import Guard, code_refused
from server.http.origin import Site
from server.http.routes import table
from server.http.routing import Kind
from server.http.throttles import Throttles
from server.http.tickets import TicketDoor
from server.intake import Intake
from server.invitations import Invitations
from server.key_door import KeyDoor
from server.keys import Keys
from server.labels import LabelBook
from server.live_numbers import LiveNumbers
from server.log_desk import LogDesk
from server.metrics import Metrics
from server.newcomers import Newcomers
from server.other_systems import OtherSystems
from server.oversight import Oversight
from server.places import Places
from server.refusals import problem_of
from server.refused_claims import RefusedClaims
from server.services import SERVICES, Services
from server.settings import Settings
from server.signalling.connection import Guards
from server.signalling.dispatch import Desk as MessageDesk
from server.signalling.fanout import Fanout
from server.signalling.offers import Offers
from server.signalling.seats import Seat, Seats
from server.signalling.sockets import Sockets, Surroundings
from server.signing_out import SigningOut
from server.storage.claims import Claims
from server.storage.stores import Stores
from server.tasks import Tasks
from server.verifications import Verifications
from server.version import VERSION
from session.conductor import Conductor
from session.gate_port import LegLost
from session.model import Party, Session, State
from support.desk import Desk
from support.live_desk import LiveDesk
from verification.customer_code import CustomerCodeVerifier
from verification.login import LoginRegistry
from verification.passwords import Passwords
from verification.sealing import Keyring
from verification.sign_in import StaffSignIn

CURRENT_KEY: Final = 1
_log: Final = structlog.get_logger("server")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What differs between servers. `web` is the folder of pages, scripts and catalogues."""

    settings: Settings
    places: Places
    keys: Keys
    site: Site
    web: Path
    passwords: Passwords
    demo: DemoDesk | None = None


@dataclass(frozen=True, slots=True)
class Composed:
    services: Services
    application: web.Application
    metrics: Metrics
    tasks: Tasks
    flags: Flags
    blocking: Blocking
    gate_watch: GateWatch
    office: Office


@dataclass(frozen=True, slots=True)
class _Live:
    """The live part: the conductor and whatever tells pages of it."""

    conductor: Conductor
    circumstances: LiveCircumstances
    holds: HeldCases
    logins: LoginRegistry
    seats: Seats
    fanout: Fanout
    offers: Offers
    labels: LabelBook
    consents: Consents
    gate_watch: GateWatch


def compose(foundation: Foundation, plan: Plan, clock: TrueClock) -> Composed:
    """Everything but what runs: see `running`."""
    words = catalogues.read_folder(plan.web / "locales", plan.settings.languages)
    pages = _pages(plan, words)
    live = _live(foundation, plan, words, clock)
    tasks, metrics = Tasks(), Metrics()
    services = _services(foundation, plan, clock, live, pages, tasks, metrics)
    admission = Admission(services.throttles, services.trusted_proxies)
    routes = table(demo_routes=plan.demo is not None)
    keyed = frozenset((route.method, route.path) for route in routes if route.keyed)
    application = web.Application(
        middlewares=[answering(plan.site, pages, metrics, admission, keyed)],
        client_max_size=LARGEST_BODY_BYTES + 1,
    )
    application[SERVICES] = services
    guard = Guard(services, services.authentication)
    for route in routes:
        application.router.add_route(route.method, route.path, guard.around(route), expect_handler=continuing)
        if route.method == "GET" and route.kind is not Kind.SOCKET:
            application.router.add_route("HEAD", route.path, guard.around(route), expect_handler=continuing)
    _measure(metrics, foundation, live, services)

    def withdraw(session: Session) -> None:
        if session.state is State.ENDED:
            leaving = services.invitations.withdraw(session.id, clock.now_ms())
            tasks.start(leaving, name="withdraw an invitation")

    live.fanout.observe(withdraw)
    flags = Flags(
        foundation.log,
        foundation.stores.flags,
        live.conductor,
        live.holds,
        live.fanout.overview_changed,
        clock,
    )
    blocking = Blocking(
        foundation.stores.staff, live.conductor, live.logins, live.seats, foundation.log, clock
    )
    live.circumstances.enforce_with(blocking.enforce)
    office = office_of(foundation, services, blocking)
    return Composed(services, application, metrics, tasks, flags, blocking, live.gate_watch, office)


def _pages(plan: Plan, words: catalogues.Catalogues) -> rendering.Pages:
    return rendering.Pages(
        environment=rendering.new_environment(plan.web / "templates"),
        catalogues=words,
        static=static.read_folder(plan.web),
        cookies=Cookies(secure=plan.site.secure),
        organisation=plan.settings.organisation,
        demo=plan.demo is not None,
    )


def _live(foundation: Foundation, plan: Plan, words: catalogues.Catalogues, clock: TrueClock) -> _Live:
    stores, log = foundation.stores, foundation.log
    logins, holds = LoginRegistry(stores.logins), HeldCases()
    circumstances = LiveCircumstances(LiveDesk(stores.desk_watch), holds, logins, clock)
    seats = Seats()
    fanout = Fanout(seats, clock)
    conductor = Conductor(stores.sessions, log, foundation.gate, fanout, circumstances, clock)
    consents = Consents(words, plan.settings.consent.durations_s)
    fanout.look_with(LiveEye(conductor, consents))
    offers = Offers(seats)
    conductor.observe_media(lambda news: offers.leg_lost(news.session) if isinstance(news, LegLost) else None)
    fanout.observe(lambda session: offers.forget(session.id) if session.state is State.ENDED else None)
    labels = LabelBook(plan.settings.organisation, stores.outlines)
    watch = GateWatch(foundation.process)
    return _Live(conductor, circumstances, holds, logins, seats, fanout, offers, labels, consents, watch)


def _services(
    foundation: Foundation,
    plan: Plan,
    clock: TrueClock,
    live: _Live,
    pages: rendering.Pages,
    tasks: Tasks,
    metrics: Metrics,
) -> Services:
    stores, log = foundation.stores, foundation.log
    keyring = Keyring({CURRENT_KEY: plan.keys.authenticators}, CURRENT_KEY)
    authentication = Authentication(pages.cookies, live.logins, stores.staff, stores.customer_cookies)
    log_desk = LogDesk(log, foundation.log_folder, clock)
    oversight = Oversight(live.conductor, live.labels, stores.flags, log_desk, clock)
    tickets, counters = InProcessTickets(_monotonic_ms), InProcessCounters(_monotonic_ms)
    refused = RefusedClaims(log, clock)
    verifier = CustomerCodeVerifier(stores.authenticators, stores.attempts, keyring)
    return Services(
        approvals=_approvals(stores, log, plan, clock),
        authentication=authentication,
        cases=stores.cases,
        checklist=Checklist(
            plan.settings, plan.places, log, foundation.database, live.gate_watch.state, clock
        ),
        circumstances=live.circumstances,
        clock=clock,
        conductor=live.conductor,
        consents=live.consents,
        customer_cookies=stores.customer_cookies,
        demo=plan.demo,
        desk=Desk(stores.cases, stores.customers, log),
        enrolling=_enrolling(foundation, plan, live, keyring, clock),
        fanout=live.fanout,
        health=Health(log, foundation.process, stores.flags, tasks, clock),
        invitations=Invitations(stores.invitations, Claims(foundation.database), plan.keys.invitations),
        key_door=KeyDoor(stores.api_keys, counters, log, refused),
        labels=live.labels,
        log=log,
        log_desk=log_desk,
        logins=live.logins,
        newcomers=Newcomers(stores.staff, stores.customers),
        openapi=openapi.document(
            table(demo_routes=plan.demo is not None), secure=plan.site.secure, version=VERSION
        ),
        other_systems=_other_systems(stores, log, plan, clock),
        oversight=oversight,
        pages=pages,
        refused_claims=refused,
        seats=live.seats,
        security_contact=plan.settings.security_contact,
        sign_in=_sign_in(foundation, plan, live, keyring),
        site=plan.site,
        sockets=_sockets(
            foundation, live, clock, TicketDoor(tickets, authentication, clock), oversight, tasks, metrics
        ),
        staff=stores.staff,
        throttles=Throttles(counters),
        tickets=tickets,
        trusted_proxies=parse_networks(plan.settings.http.trusted_proxies),
        verifications=Verifications(live.conductor, verifier, stores.cases, clock),
    )


def _sign_in(foundation: Foundation, plan: Plan, live: _Live, keyring: Keyring) -> StaffSignIn:
    stores = foundation.stores
    return StaffSignIn(
        credentials=stores.credentials,
        authenticators=stores.authenticators,
        attempts=stores.attempts,
        passwords=plan.passwords,
        logins=live.logins,
        keyring=keyring,
    )


def _enrolling(
    foundation: Foundation, plan: Plan, live: _Live, keyring: Keyring, clock: TrueClock
) -> Enrolling:
    stores = foundation.stores
    return Enrolling(
        store=stores.enrolments,
        log=foundation.log,
        newcomers=Newcomers(stores.staff, stores.customers),
        attempts=stores.attempts,
        passwords=plan.passwords,
        keyring=keyring,
        signing_out=SigningOut(live.conductor, live.logins, live.seats, clock),
        organisation=plan.settings.organisation,
    )


def _approvals(stores: Stores, log: AuditWriter, plan: Plan, clock: TrueClock) -> Approvals:
    links = Enrolments(stores.enrolments, log, plan.site.base_url)
    return Approvals(stores, log, links, clock)


def _other_systems(stores: Stores, log: AuditWriter, plan: Plan, clock: TrueClock) -> OtherSystems:
    links = Enrolments(stores.enrolments, log, plan.site.base_url)
    return OtherSystems(stores, Intake(stores, Register(log, clock), clock), links, clock)


def _sockets(
    foundation: Foundation,
    live: _Live,
    clock: TrueClock,
    door: TicketDoor,
    oversight: Oversight,
    tasks: Tasks,
    metrics: Metrics,
) -> Sockets:
    def permitted(seat: Seat) -> bool:
        return seat.login is None or live.circumstances.login_live(seat.login, clock.now_ms())

    def explain(error: Exception) -> tuple[str, str]:
        problem = problem_of(error)
        metrics.refused_message(problem.code if problem else "internal")
        if problem is None:
            _log.error("a message could not be handled", exc_info=error)
            return "internal", "Something went wrong on our side. Nothing was given. Load the page again."
        return problem.code, problem.detail

    def stranger(seat: Seat, text: str) -> None:
        if seat.party is Party.AGENT and carries_code(text):
            tasks.start(_record_code(seat), name="record a refused code")

    async def _record_code(seat: Seat) -> None:
        session = await live.conductor.load(seat.session)
        await foundation.log.append(
            code_refused(Actor(ActorKind.AGENT, session.agent), "socket", session, clock.now_ms())
        )

    desk = MessageDesk(live.conductor, live.offers)
    guards = Guards(permitted, explain, stranger)
    return Sockets(Surroundings(live.seats, live.fanout, desk, guards, door, live.labels, oversight))


def _measure(metrics: Metrics, foundation: Foundation, live: _Live, services: Services) -> None:
    log, checklist = foundation.log, services.checklist
    log.subscribe(metrics.recorded)
    log.time_appends(metrics.appended)
    metrics.collect_from(
        LiveNumbers(live.conductor, live.seats, log, live.gate_watch, checklist, services.clock)
    )


def _monotonic_ms() -> int:
    return time.monotonic_ns() // 1_000_000
