"""What stands before every handler: principal, role, owner, body. Built from the route's row, the same for all."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

import msgspec
import structlog
from aiohttp import web

from audit.event import Actor, ActorKind, Event, EventName, Outcome
from server.http import bodies
from server.http.addresses import source_of
from server.http.authentication import Authentication
from server.http.origin import SAFE_METHODS
from server.http.routing import CUSTOMER, ME, Call, Kind, Owned, Route, Who
from server.principals import MePrincipal, Principal, StaffPrincipal
from server.problems import (
    Problem,
    draining,
    not_allowed,
    not_found,
    not_signed_in,
    passkey_required,
    passkey_shut,
    proof_demanded,
    step_up_required,
)
from server.services import Services
from session.identity import SessionId
from session.model import Session
from support.api_key import Scope
from support.staff import Role
from verification.credentials import Door

LONGEST_ID: Final = 64
_SIGN_IN_PAGES: Final = {Who.AGENT: "/agent/sign-in", Who.OFFICER: "/security/sign-in"}
_PROOF_PAGES: Final = {Who.AGENT: "/agent/prove", Who.OFFICER: "/security/prove"}
_OF_CUSTOMERS: Final = (CUSTOMER, ME)
_log: Final = structlog.get_logger("guard")


class Guard:
    """Turns a route's row into what aiohttp calls."""

    def __init__(self, services: Services, authentication: Authentication) -> None:
        self._services, self._authentication = services, authentication

    def around(self, route: Route) -> Callable[[web.Request], Any]:
        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                return rendered(route, await route.handler(await self._admit(route, request)))
            except Problem as problem:
                if route.kind is Kind.PAGE and problem.status == not_signed_in().status:
                    raise web.HTTPSeeOther(_sign_in_page(route)) from problem
                if route.kind is Kind.PAGE and problem.code == proof_demanded().code:
                    raise web.HTTPSeeOther(_proof_page(route, request)) from problem
                raise

        return guarded

    async def _admit(self, route: Route, request: web.Request) -> Call:
        services = self._services
        now = services.clock.now_ms()
        source = source_of(request, services.trusted_proxies)
        if request.method not in SAFE_METHODS and services.health.draining:
            raise draining()
        if route.scope is not None:
            return await self._admit_key(route, route.scope, request, source, now)
        if route.open_to_all:
            return Call(
                request, services, None, now, source, body=await self._body(route, request, None, None, now)
            )
        found = await self._authentication.all_of(request, now, seen=not route.passive)
        await self._refuse_staff_with_code(route, request, found, now)
        principal = self._chosen(route, request, found)
        self._must_be_allowed(route, principal)
        if isinstance(principal, MePrincipal) and not route.passive:
            await services.me.logins.seen(principal.login, now)
        session = await self._named_session(route, request, principal)
        body = await self._body(route, request, principal, session, now)
        if route.chooser is not None:
            principal = _required(found, route.chooser(body))
            self._must_be_allowed(route, principal)
        if request.method not in SAFE_METHODS:
            # A body may take its time, and all that was found be over by then.
            self._must_be_signed_in_still(route, principal)
            session = await self._named_session(route, request, principal)
        await self._must_be_proved(route, principal)
        return Call(request, services, principal, now, source, body, session)

    def _must_be_signed_in_still(self, route: Route, principal: Principal) -> None:
        """Signed out, blocked or in doubt while the request came in. From memory, so that an end waits for nothing."""
        services = self._services
        if not isinstance(principal, StaffPrincipal):
            return
        if not services.logins.live(principal.login, services.clock.now_ms()):
            raise not_signed_in()
        if not route.unproved and services.agents.demands.open_for(principal.id):
            raise proof_demanded()

    def _must_be_allowed(self, route: Route, principal: Principal) -> None:
        """Beyond doubt first: who must prove who they are is not told what their role may."""
        if (
            isinstance(principal, StaffPrincipal)
            and not route.unproved
            and self._services.agents.demands.doubts(principal)
        ):
            raise proof_demanded()
        if route.roles is not None and not _has_role(principal, route.roles):
            raise not_allowed()

    async def _must_be_proved(self, route: Route, principal: Principal) -> None:
        if not route.fresh:
            return
        if not (isinstance(principal, StaffPrincipal) and principal.fresh):
            raise step_up_required()
        needed = route.by_own_passkey and not principal.by_passkey
        passkeys = self._services.agents.passkeys
        if needed and await passkeys.has(principal):
            raise passkey_required() if await passkeys.has_good(principal) else passkey_shut()

    async def _admit_key(
        self, route: Route, scope: Scope, request: web.Request, source: str, now: int
    ) -> Call:
        """No cookie is looked at: it cannot stand in for a key."""
        services, named = self._services, f"{route.method} {route.path}"
        shown = request.headers.getall("Authorization", [])
        principal = await services.key_door.admit(
            shown[0] if len(shown) == 1 else "", scope, named, source, now
        )
        body = await self._body(route, request, None, None, now)
        return Call(request, services, principal, now, source, body)

    def _chosen(self, route: Route, request: web.Request, found: dict[Who, Principal]) -> Principal:
        admitted = [found[who] for who in (*_asked_doors(request), *Who) if who in route.who and who in found]
        if admitted:
            return admitted[0]
        raise not_allowed() if found else not_signed_in()

    async def _refuse_staff_with_code(
        self, route: Route, request: web.Request, found: dict[Who, Principal], now: int
    ) -> None:
        """A customer's request from a browser of signed-in staff. Only in the demo may one browser be both."""
        staff = found.get(Who.AGENT) or found.get(Who.OFFICER)
        both_allowed = self._services.demo is not None and not route.who.isdisjoint(found)
        if (
            staff is not None
            and not both_allowed
            and route.who in _OF_CUSTOMERS
            and route.request is not None
        ):
            body = await bodies.read(request)
            await self._refuse_if_code(route, body, staff, None, now, passkeys=bodies.carries_passkey(body))

    async def _named_session(
        self, route: Route, request: web.Request, principal: Principal
    ) -> Session | None:
        if any(len(name) > LONGEST_ID for name in request.match_info.values() if route.owned is not None):
            raise not_found()
        if route.owned is not Owned.SESSION:
            return None
        session = await self._services.conductor.load(SessionId(request.match_info["session"]))
        if not (isinstance(principal, StaffPrincipal) and _may_name(principal, session)):
            raise not_found()
        return session

    async def _body(
        self,
        route: Route,
        request: web.Request,
        principal: Principal | None,
        session: Session | None,
        now: int,
    ) -> msgspec.Struct | None:
        if request.method in SAFE_METHODS or route.form:
            return None
        body = await bodies.read(request)
        if isinstance(principal, StaffPrincipal) and not route.own_factor:
            await self._refuse_if_code(route, body, principal, session, now)
        if route.request is None:
            bodies.refuse_body(body)
            return None
        return bodies.parse(request, body, route.request)

    async def _refuse_if_code(
        self,
        route: Route,
        body: bytes,
        principal: Principal,
        session: Session | None,
        now: int,
        *,
        passkeys: bool = False,
    ) -> None:
        """Rule zero: no request of staff may carry a customer's code, nor use their passkey. Put on record, and nothing
        else is done."""
        if isinstance(principal, StaffPrincipal) and (passkeys or bodies.carries_code(body)):
            kind = ActorKind.OFFICER if principal.door is Door.SECURITY else ActorKind.AGENT
            actor = Actor(kind, principal.staff.id)
            await self._services.log.append(code_refused(actor, route.path, session, now))
            raise Problem(
                422,
                "code_refused",
                "Customers type their codes on their own page, never you. The code was not used; this was recorded.",
            )


def code_refused(staff: Actor, where: str, session: Session | None, now: int) -> Event:
    officer = staff.kind is ActorKind.OFFICER
    return Event(
        name=EventName.OFFICER_CODE_REFUSED if officer else EventName.AGENT_CODE_REFUSED,
        outcome=Outcome.REFUSED,
        at_ms=now,
        actor=staff,
        case=session.case if session else None,
        session=session.id if session else None,
        facts={"where": where},
    )


def rendered(route: Route, result: object) -> web.StreamResponse:
    """A handler's result as an answer: a response as it is, nothing as 204, anything else as JSON."""
    if isinstance(result, web.StreamResponse):
        return result
    if result is None:
        return web.Response(status=204)
    return json_response(result, route.status)


def json_response(result: object, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(result), status=status, content_type="application/json")


def _has_role(principal: Principal, roles: frozenset[Role]) -> bool:
    return isinstance(principal, StaffPrincipal) and principal.staff.role in roles


def _may_name(principal: StaffPrincipal, session: Session) -> bool:
    return principal.door is Door.SECURITY or session.agent == principal.id


def _required(found: dict[Who, Principal], who: Who) -> Principal:
    if who not in found:
        raise not_allowed() if found else not_signed_in()
    return found[who]


def _asked_doors(request: web.Request) -> list[Who]:
    return {"agent": [Who.AGENT], "security": [Who.OFFICER]}.get(request.query.get("door", ""), [])


def _sign_in_page(route: Route) -> str:
    return next((_SIGN_IN_PAGES[who] for who in (Who.AGENT, Who.OFFICER) if who in route.who), "/")


def _proof_page(route: Route, request: web.Request) -> str:
    """And from there on to what was asked for."""
    page = next(_PROOF_PAGES[who] for who in (Who.AGENT, Who.OFFICER) if who in route.who)
    return f"{page}?then={quote(request.path, safe='/')}"
