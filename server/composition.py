"""Puts the server together: what is built here is given to whoever needs it, and nothing is looked up elsewhere."""

from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog
from aiohttp import web

from server.administration.live import office_of
from server.administration.office import Office
from server.administration.register import Register
from server.agent_parts import AgentParts, Running, agent_parts
from server.approvals import Approvals
from server.assurance_parts import assurance_parts
from server.badge_parts import badge_parts
from server.blocking import Blocking
from server.bus_parts import BusParts, HeldHere, bus_parts
from server.case_file_parts import case_file_parts
from server.case_notes import CaseNotes
from server.checklist.live import Checklist
from server.clock import TrueClock
from server.connection_tests import ConnectionTests
from server.customer_sessions import CustomerSessions
from server.description import interface
from server.erasure_parts import erasure_parts
from server.eye import LiveEye
from server.factor_parts import factor_parts
from server.flag_blocks import FlagBlocks
from server.flag_news import FlagNews
from server.flag_steps import FlagSteps
from server.flags import Flags
from server.foundation import Foundation
from server.gate_watch import GateWatch
from server.health import Health
from server.http import catalogues, rendering, static
from server.http.addresses import parse_networks
from server.http.admission import Admission
from server.http.authentication import Authentication
from server.http.bodies import LARGEST_BODY_BYTES
from server.http.catalogues import Catalogue
from server.http.cookies import Cookies
from server.http.errors import answering, continuing
from server.http.guard import Guard
from server.http.routes import table
from server.http.routing import Kind
from server.http.throttles import Throttles
from server.http.tickets import TicketDoor
from server.intake import Intake
from server.invitation_mail import InvitationMail
from server.invitations import Invitations
from server.key_door import KeyDoor
from server.line_parts import line_parts
from server.live_numbers import LiveNumbers
from server.live_parts import Live, live_parts
from server.log_desk import LogDesk
from server.log_keeping.keeper import Keeper
from server.log_keeping.keepers import keepers_of
from server.log_keeping.policy_file import read_policy
from server.log_names import LogNames
from server.me_parts import Around, me_parts
from server.metrics import Metrics
from server.newcomers import Newcomers
from server.officer_messages import OfficerMessages
from server.other_systems import OtherSystems
from server.outbox_parts import outbox_parts
from server.overriding import Overriding
from server.oversight import Oversight
from server.passkey_enrolling import PasskeyEnrolling
from server.passkey_parts import passkey_parts
from server.passkey_verifier import PasskeyVerifier
from server.place_file import place_file_of
from server.plan import Plan
from server.provisional_cases import ProvisionalCases, ProvisionalExpiry
from server.published_log import PublishedLog
from server.receipts import Receipts
from server.reference_runs import ReferenceRuns
from server.refused_claims import RefusedClaims
from server.report_parts import report_parts
from server.second_pair import SecondPair
from server.services import SERVICES, Services
from server.socket_parts import sockets_of
from server.spray_alarm import SprayAlarm
from server.storage.claims import Claims
from server.storage.overview_counts import OverviewCounts
from server.tasks import Tasks
from server.team_overview import TeamOverview
from server.verification_request_parts import Sessions, verification_request_parts
from session.model import Session, State
from support.desk import Desk
from verification.assurance import Method
from verification.customer_login import CustomerLogins

_log: Final = structlog.get_logger("server")


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
    keepers: list[Keeper]
    bus: BusParts
    held: HeldHere


def compose(foundation: Foundation, plan: Plan, clock: TrueClock) -> Composed:
    """Everything but what runs: see `running`."""
    words = catalogues.read_folder(plan.web / "locales", plan.settings.languages)
    pages = _pages(plan, words)
    tasks, metrics = Tasks(), Metrics()
    bus = bus_parts(plan.settings.redis, foundation.stores.others, tasks, clock)
    live = live_parts(foundation, plan, words, clock, bus)
    services = _services(foundation, plan, clock, live, pages, tasks, metrics, bus)
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
    _measure(metrics, foundation, live, services, bus)

    def withdraw(session: Session) -> None:
        if session.state is State.ENDED:
            leaving = services.invitations.withdraw(session.id, clock.now_ms())
            tasks.start(leaving, name="withdraw an invitation")

    live.fanout.observe(withdraw)
    blocking = services.agents.blocking
    live.circumstances.enforce_with(blocking.enforce)
    office = office_of(foundation, services, blocking)
    return Composed(
        services,
        application,
        metrics,
        tasks,
        _flags(foundation, live, services.agents, clock, plan, pages.first_words),
        blocking,
        live.gate_watch,
        office,
        [
            *keepers_of(foundation.log, plan.places, plan.settings, clock, services.log_desk.searching),
            *services.erasures.keepers,
            *services.action_keepers,
            ProvisionalExpiry(services.provisional),
            *services.reports.keepers,
            *services.outbox.keepers,
            *services.verification_requests.keepers,
        ],
        bus,
        HeldHere(live.conductor, live.logins, clock),
    )


def _flags(
    foundation: Foundation, live: Live, agents: AgentParts, clock: TrueClock, plan: Plan, words: Catalogue
) -> Flags:
    log, stores = foundation.log, foundation.stores
    steps = FlagSteps(FlagBlocks(agents.blocking, stores.staff_roll, clock), agents.demands)
    changed = live.fanout.overview_changed
    settings, page = plan.settings.flags, f"{plan.site.base_url}/security"
    organisation = plan.settings.organisation
    news = FlagNews(settings, stores.outbox, stores.webhooks, words, organisation, page, clock)
    return Flags(log, stores.flags, live.conductor, live.holds, steps, news, changed, clock, settings.shadow)


def _pages(plan: Plan, words: catalogues.Catalogues) -> rendering.Pages:
    return rendering.Pages(
        environment=rendering.new_environment(plan.web / "templates"),
        catalogues=words,
        static=static.read_folder(plan.web),
        cookies=Cookies(secure=plan.site.secure),
        organisation=plan.settings.organisation,
        demo=plan.demo is not None,
    )


def _services(
    foundation: Foundation,
    plan: Plan,
    clock: TrueClock,
    live: Live,
    pages: rendering.Pages,
    tasks: Tasks,
    metrics: Metrics,
    bus: BusParts,
) -> Services:
    stores, log = foundation.stores, foundation.log
    keyring = plan.keys.authenticators.keyring()
    desk = Desk(stores.cases, stores.customers, log)
    log_desk = LogDesk(log, foundation.log_folder, clock, partial(read_policy, plan.settings))
    receipts = Receipts(log, live.conductor, live.consents, live.labels, clock)
    tickets, counters = bus.tickets, bus.counters
    own = CustomerLogins(stores.customer_logins)
    authentication = Authentication(pages.cookies, live.logins, stores.staff, stores.customer_cookies, own)
    oversight = Oversight(
        live.conductor,
        live.labels,
        stores.flags,
        stores.flag_verdicts,
        stores.proof_demands,
        stores.staff,
        log_desk,
        clock,
    )
    refused = RefusedClaims(log, clock)
    outbox = outbox_parts(foundation, plan.settings, plan.keys, pages.catalogues, clock, demo=bool(plan.demo))
    factors = factor_parts(foundation, keyring, plan, outbox.notices, CustomerSessions(live.conductor), clock)
    passkeys = passkey_parts(foundation, plan, factors)
    approvals = Approvals(stores, log, factors.links, SecondPair.of(stores, plan.settings), clock)
    agents = agent_parts(
        foundation,
        plan,
        keyring,
        Running(live.conductor, live.logins, live.seats, live.circumstances, live.fanout.overview_changed),
        passkeys,
        factors.link_news,
        approvals,
        factors.links,
        clock,
    )
    checklist = Checklist(plan.settings, plan.places, log, foundation.database, live.gate_watch.state, clock)
    by_passkey = PasskeyVerifier(passkeys)
    runs = ReferenceRuns()
    own_cases = ProvisionalCases(
        stores, log, SecondPair.of(stores, plan.settings), counters, live.conductor, clock, runs
    )
    assurance = assurance_parts(
        foundation,
        plan,
        live.conductor,
        live.circumstances,
        {
            Method.TOTP: factors.app_codes,
            Method.RECOVERY_CODE: factors.recovery_codes,
            Method.PASSKEY: by_passkey,
        },
        outbox.notices,
        own_cases,
        clock,
    )
    badges = badge_parts(foundation, plan, live, agents.passkeys, clock)
    line, handing, visits = line_parts(
        foundation, plan, live, badges, pages.first_words, tasks, clock, counters
    )
    live.fanout.look_with(LiveEye(live.conductor, live.consents, assurance.verifications, line, live.guides))
    erasures = erasure_parts(
        foundation, plan.settings, plan.places, clock, [live.labels, log_desk.searching, own]
    )
    return Services(
        actions=assurance.actions,
        action_keepers=assurance.keepers,
        agents=agents,
        approvals=approvals,
        assured=assurance.assured,
        authentication=authentication,
        badges=badges,
        case_files=case_file_parts(foundation, log_desk, live.fanout.overview_changed, counters, clock),
        case_notes=CaseNotes(desk, log, log_desk.searching, stores.staff, counters, clock),
        cases=stores.cases,
        checklist=checklist,
        circumstances=live.circumstances,
        clock=clock,
        conductor=live.conductor,
        connection_tests=ConnectionTests(foundation.process, live.relays, clock),
        consents=live.consents,
        customer_cookies=stores.customer_cookies,
        demo=plan.demo,
        desk=desk,
        encryption=plan.settings.gate.encryption,
        enrolling=agents.enrolling,
        erasures=erasures,
        factors=factors,
        fanout=live.fanout,
        handing=handing,
        health=Health(log, foundation.process, stores.flags, tasks, clock, bus.standing),
        invitation_mail=InvitationMail(
            outbox.notices,
            desk,
            Register(log, clock),
            counters,
            clock,
            base_url=plan.site.base_url,
            able=outbox.mails and plan.settings.mail.invitations,
        ),
        invitations=Invitations(stores.invitations, Claims(foundation.database), plan.keys.invitations),
        key_door=KeyDoor(stores.api_keys, counters, log, refused),
        labels=live.labels,
        line=line,
        log=log,
        log_desk=log_desk,
        log_names=LogNames(stores),
        logins=live.logins,
        me=me_parts(
            foundation,
            Around(own, desk, log_desk.searching, receipts, counters, passkeys),
            factors,
            outbox.notices,
            erasures.asking,
            plan,
            clock,
        ),
        newcomers=Newcomers(stores.staff, stores.customers),
        officer_messages=OfficerMessages(stores.officer_messages, stores.staff, log, counters, clock),
        outbox=outbox,
        openapi=partial(interface, demo_routes=plan.demo is not None, secure=plan.site.secure),
        other_systems=OtherSystems(stores, Intake(stores, Register(log, clock), clock), factors.links, clock),
        overriding=Overriding(
            stores, log, outbox.notices, counters, clock, plan.settings.cases.override_minutes, runs
        ),
        oversight=oversight,
        pages=pages,
        passkeys=passkeys,
        passkey_enrolling=PasskeyEnrolling(agents.enrolling, passkeys),
        passkey_verifier=by_passkey,
        place_file=place_file_of(plan.settings),
        provisional=own_cases,
        receipts=receipts,
        published_log=PublishedLog(plan.places.log, given_out=plan.settings.log.published),
        refused_claims=refused,
        reports=report_parts(
            foundation, plan.settings, plan.places, clock, checklist.look_again, pages.first_words, plan.web
        ),
        seats=live.seats,
        security_contact=plan.settings.security_contact,
        sign_in=agents.sign_in,
        site=plan.site,
        sockets=sockets_of(
            foundation,
            live,
            clock,
            TicketDoor(tickets, authentication, clock),
            oversight,
            tasks,
            metrics,
            assurance.actions.decline,
            agents.demands.open_for,
        ),
        spray_alarm=SprayAlarm(log),
        staff=stores.staff,
        team_overview=TeamOverview(
            OverviewCounts(foundation.database), stores.staff_roll, oversight, checklist
        ),
        throttles=Throttles(counters, bus.own),
        tickets=tickets,
        trusted_proxies=parse_networks(plan.settings.http.trusted_proxies),
        verification_requests=verification_request_parts(
            foundation,
            Sessions(live.conductor, live.circumstances, live.logins, live.fanout),
            plan.settings,
            plan.keys,
            clock,
        ),
        verifications=assurance.verifications,
        visits=visits,
    )


def _measure(metrics: Metrics, foundation: Foundation, live: Live, services: Services, bus: BusParts) -> None:
    log, checklist = foundation.log, services.checklist
    log.subscribe(metrics.recorded)
    log.time_appends(metrics.appended)
    metrics.collect_from(
        LiveNumbers(live.conductor, live.seats, log, live.gate_watch, checklist, bus.standing, services.clock)
    )
    metrics.collect_from(services.outbox.numbers)
