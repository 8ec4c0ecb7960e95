"""Agents sign in at the organisation's own provider: the way there, the way back, and a code of ours where it is
missing. Every way ends in the same place as the other sign-ins: an entry, then the cookie.

The way back is answered with a page, not with a redirection: a browser sends no `SameSite=Strict` cookie along a chain
of redirections that began on another site, so the agent's first page would find nobody signed in.
"""

from collections import Counter
from typing import Final

import structlog
from aiohttp import web

from server.agent_parts import BACK
from server.clock import must_agree
from server.http import bodies, own_identity
from server.http.cookies import PROVIDER
from server.http.logins import browser_of, given
from server.http.pages import sign_in_page
from server.http.rendering import Page
from server.http.routing import ANYONE, Call, Kind, Route, Who
from server.oidc.fetching import ProviderUnavailable
from server.oidc.sign_in import LIFE_MS, ProviderRefused, ProviderSignIn, Told
from server.problems import Problem, too_many
from server.storage.staff import DOORS
from support.identity import StaffId
from verification.credentials import Door, SignInMeans
from verification.login import LinkGone
from verification.sign_in import SignedIn, SignInRefused

START: Final = "/agent/sign-in/provider"
CODE: Final = "/agent/sign-in/provider/code"
_DOOR: Final = Door.AGENT
_log: Final = structlog.get_logger("oidc")


async def begin(call: Call) -> web.Response:
    provider = own_identity.provider_of(call)
    if not await call.services.throttles.sign_ins(call.source):
        raise too_many()
    try:
        begun = await provider.begin(call.now)
    except ProviderUnavailable as error:
        return _unavailable(call, error)
    response = web.Response(status=303, headers={"Location": begun.address})
    call.services.pages.cookies.give_short(response, PROVIDER, begun.token, lasts_s=LIFE_MS // 1000)
    return response


async def come_back(call: Call) -> web.StreamResponse:
    provider = own_identity.provider_of(call)
    cookie = call.services.pages.cookies.short(call.request, PROVIDER)
    answer = _answer(call)
    if cookie is None or answer is None:  # nobody started here: nothing is asked of anybody, nothing recorded
        return _failed(call, "sign_in.provider_refused", 400)
    try:
        told = await provider.complete(cookie, answer, call.now)
        return await (_told if told.asker is None else own_identity.come_back)(call, provider, told)
    except ProviderUnavailable as error:
        return _unavailable(call, error)
    except ProviderRefused as refused:
        if refused.under_way is not None and refused.under_way.login is not None:
            return await own_identity.refused(call, refused.under_way, refused.reason)
        return await _refused(call, refused.reason)


async def submit_code(call: Call) -> web.StreamResponse:
    """The second factor of ours, where the provider asked for none."""
    provider = own_identity.provider_of(call)
    fields = await bodies.read_form(call.request)
    cookies = call.services.pages.cookies
    cookie = cookies.short(call.request, PROVIDER)
    awaited = await provider.awaited(cookie, call.now) if cookie is not None else None
    if cookie is None or awaited is None or awaited.staff is None:
        return _failed(call, "sign_in.provider_refused", 400)
    staff = StaffId(awaited.staff)
    if not await call.services.throttles.sign_ins(call.source):
        return _ask_code(call, "sign_in.too_many", 429)
    must_agree(call.services.clock)
    judged = await call.services.agents.codes.use(staff, fields.get("code", ""), call.now)
    if judged.refusal is not None:
        try:
            await given(call, _DOOR, SignInRefused(staff, judged.refusal))
        except Problem as problem:
            return _ask_code(call, "sign_in.code_refused", problem.status)
    if not await provider.done(cookie, call.now):
        return _failed(call, "sign_in.provider_refused", 400)
    kept_out = await _kept_out(call, staff)
    admitted = kept_out or await call.services.sign_in.admit(
        staff,
        judged.authenticator,
        _DOOR,
        call.now,
        means=SignInMeans.PROVIDER_AND_CODE,
        browser=browser_of(call),
        link=awaited.link,
    )
    return await _admitted(call, admitted)


async def _told(call: Call, provider: ProviderSignIn, told: Told) -> web.StreamResponse:
    if told.staff is None:
        raise ProviderRefused("not_linked")
    kept_out = await _kept_out(call, told.staff)
    if kept_out is not None:
        return await _admitted(call, kept_out)
    if not told.strong:
        token = await provider.await_step(told, call.now)
        response = _ask_code(call, None, 200)
        call.services.pages.cookies.give_short(response, PROVIDER, token, lasts_s=LIFE_MS // 1000)
        return response
    try:  # written only while the link is there: one that is taken away meanwhile finds this login, or prevents it
        login, token = await call.services.logins.start(
            told.staff,
            _DOOR,
            call.now,
            means=SignInMeans.PROVIDER,
            browser=browser_of(call),
            link=told.link,
        )
    except LinkGone:
        return await _refused(call, "not_linked")
    return await _admitted(call, SignedIn(told.staff, login, token))


async def _admitted(call: Call, result: SignedIn | SignInRefused) -> web.StreamResponse:
    try:
        _, token = await given(call, _DOOR, result)
    except Problem as problem:
        return _failed(call, "sign_in.provider_refused", problem.status)
    response = call.services.pages.respond(call.request, Page("agent_signed_in", "pages/signed_in.js"))
    call.services.pages.cookies.give(response, Who.AGENT, token)
    call.services.pages.cookies.take_back_short(response, PROVIDER)
    return response


async def _kept_out(call: Call, named: StaffId) -> SignInRefused | None:
    staff = await call.services.staff.find(named)
    if staff is None or _DOOR not in DOORS[staff.role]:
        return SignInRefused(named, "door")  # officers prove themselves here: see DECISIONS.md
    return SignInRefused(named, "blocked") if staff.blocked(call.now) else None


async def _refused(call: Call, reason: str) -> web.Response:
    key = "sign_in.not_linked" if reason == "not_linked" else "sign_in.provider_refused"
    try:
        await given(call, _DOOR, SignInRefused("", f"provider_{reason}"))
    except Problem as problem:
        return _failed(call, key, problem.status)
    raise AssertionError("a refusal is never given")


def _answer(call: Call) -> dict[str, str] | None:
    """None where a name stands twice: which of the two would count?"""
    counted = Counter(call.request.query.keys())
    return None if any(count > 1 for count in counted.values()) else dict(call.request.query)


def _unavailable(call: Call, error: ProviderUnavailable) -> web.Response:
    _log.warning("the provider of sign-ins cannot be used", reason=str(error))
    return _failed(call, "sign_in.provider_unavailable", 503)


def _failed(call: Call, key: str, status: int) -> web.Response:
    page = sign_in_page(call, _DOOR, error=key, status=status)
    response = call.services.pages.respond(call.request, page)
    call.services.pages.cookies.take_back_short(response, PROVIDER)
    return response


def _ask_code(call: Call, key: str | None, status: int) -> web.Response:
    return call.services.pages.respond(
        call.request, Page("agent_sign_in_code", context={"error": key}, status=status)
    )


OIDC_ROUTES: Final = (
    Route(
        method="GET",
        path=START,
        handler=begin,
        who=ANYONE,
        kind=Kind.PAGE,
        summary="To the organisation's own sign-in",
    ),
    Route(
        method="GET",
        path=BACK,
        handler=come_back,
        who=ANYONE,
        kind=Kind.PAGE,
        summary="And back from there",
    ),
    Route(
        method="POST",
        path=CODE,
        handler=submit_code,
        who=ANYONE,
        kind=Kind.PAGE,
        form=True,
        summary="A code of ours, where the provider asked for no second factor",
    ),
    *own_identity.OWN_IDENTITY_ROUTES,
)
