"""An agent at the organisation's own provider, from within a sign-in: proving once more who they are, linking their
identity, and taking that away.

The way back from there comes without the strict cookie of the sign-in. So it only notes what the provider told, and the
page that it shows asks once more, from here, with both cookies: what was told counts for the sign-in that asked.
"""

from typing import Final

from aiohttp import web

from server.http.cookies import PROVIDER
from server.http.guard import json_response
from server.http.rendering import Page
from server.http.routing import AGENT, Call, Kind, Route, Who
from server.http.shapes import Answer
from server.login_entries import NOT_CONFIRMED, entry
from server.oidc.fetching import ProviderUnavailable
from server.oidc.sign_in import LIFE_MS, Asker, Begun, ProviderSignIn, Told
from server.problems import Problem, not_found, too_many
from server.storage.provider_sign_ins import ProviderPurpose, ProviderTransaction
from verification.credentials import Door

_ME: Final = "/api/v1/staff/me"
BY_PROVIDER: Final = "provider"
_SENTENCES: Final = {"one_factor": "provider.one_factor", "somebody_else": "provider.somebody_else"}
_FINISH: Final = {
    ProviderPurpose.CONFIRM: "/staff/me/confirmations/provider",
    ProviderPurpose.LINK: "/staff/me/identity",
}


class OwnIdentity(Answer, frozen=True, kw_only=True):
    """`provider`: what the organisation's own sign-in is called, "" for no name of its own, null where there is none.
    `linked_at_ms` is null where this person is not linked to it."""

    provider: str | None
    linked_at_ms: int | None
    last_used_ms: int | None


class ProviderAddress(Answer, frozen=True, kw_only=True):
    """`url` is where the browser goes next."""

    url: str


async def show(call: Call) -> OwnIdentity:
    agents = call.services.agents
    link = await agents.identities.of(call.staff.staff.id)
    return OwnIdentity(
        provider=agents.provider_label,
        linked_at_ms=link.linked_at_ms if link is not None else None,
        last_used_ms=link.last_used_ms if link is not None else None,
    )


async def begin_link(call: Call) -> web.Response:
    begun = await _begun(call, ProviderPurpose.LINK)
    return _with_cookie(call, json_response(ProviderAddress(url=begun.address)), begun.token)


async def begin_confirmation(call: Call) -> web.Response:
    if await call.services.agents.identities.of(call.staff.staff.id) is None:
        raise not_found()
    begun = await _begun(call, ProviderPurpose.CONFIRM)
    response = web.Response(status=303, headers={"Location": begun.address})
    return _with_cookie(call, response, begun.token)


async def come_back(call: Call, provider: ProviderSignIn, told: Told) -> web.Response:
    """The page that asks once more."""
    response = _page(call, told.purpose, None, 200)
    return _with_cookie(call, response, await provider.await_step(told, call.now))


async def refused(call: Call, under_way: ProviderTransaction, reason: str) -> web.Response:
    staff, login = under_way.staff or "", under_way.login or ""
    if under_way.purpose is ProviderPurpose.LINK:
        await call.services.agents.identities.refused(staff, login, f"provider_{reason}")
    else:
        facts = {"login": login, "reason": f"provider_{reason}"}
        await call.services.log.append(entry(NOT_CONFIRMED, Door.AGENT, staff, call.now, dict(facts)))
    key = _SENTENCES.get(reason, "provider.refused")
    response = _page(call, under_way.purpose, key, 401)
    call.services.pages.cookies.take_back_short(response, PROVIDER)
    return response


async def confirm(call: Call) -> web.Response:
    proved = await _proved(call, ProviderPurpose.CONFIRM)
    token = await call.services.agents.own_logins.renewed(call.staff, BY_PROVIDER, proved.link)
    response = web.Response(status=204)
    call.services.pages.cookies.give(response, Who.AGENT, token)
    call.services.pages.cookies.take_back_short(response, PROVIDER)
    return response


async def link(call: Call) -> web.Response:
    proved = await _proved(call, ProviderPurpose.LINK)
    await call.services.agents.identities.link(call.staff, proved.subject or "")
    response = web.Response(status=204)
    call.services.pages.cookies.take_back_short(response, PROVIDER)
    return response


async def unlink(call: Call) -> None:
    await call.services.agents.identities.unlink_own(call.staff)


def provider_of(call: Call) -> ProviderSignIn:
    provider = call.services.agents.provider
    if provider is None:
        raise not_found()
    return provider


async def _begun(call: Call, purpose: ProviderPurpose) -> Begun:
    provider = provider_of(call)
    if not await call.services.throttles.sign_ins(call.source):
        raise too_many()
    try:
        return await provider.begin(call.now, purpose, Asker(call.staff.staff.id, call.staff.login))
    except ProviderUnavailable as error:
        raise Problem(
            503,
            "provider_unavailable",
            "The organisation's own sign-in does not answer. Nothing was changed. Try again in a minute.",
        ) from error


async def _proved(call: Call, purpose: ProviderPurpose) -> ProviderTransaction:
    cookie = call.services.pages.cookies.short(call.request, PROVIDER)
    asker = Asker(call.staff.staff.id, call.staff.login)
    provider = provider_of(call)
    found = await provider.proved(cookie, purpose, asker, call.now) if cookie is not None else None
    if found is None:
        raise Problem(
            409,
            "provider_proof_gone",
            "This is not what was begun in this window, or it was too long ago. Nothing was changed. Begin again.",
        )
    return found


def _with_cookie(call: Call, response: web.Response, token: str) -> web.Response:
    call.services.pages.cookies.give_short(response, PROVIDER, token, lasts_s=LIFE_MS // 1000)
    return response


def _page(call: Call, purpose: ProviderPurpose, error: str | None, status: int) -> web.Response:
    data = {"purpose": purpose.value, "finish": None if error else _FINISH[purpose]}
    context = {"purpose": purpose.value, "error": error}
    return call.services.pages.respond(
        call.request, Page("agent_provider_back", "pages/provider_back.js", data, context, status)
    )


OWN_IDENTITY_ROUTES: Final = (
    Route(
        method="GET",
        path="/agent/confirm",
        handler=begin_confirmation,
        who=AGENT,
        unproved=True,
        kind=Kind.PAGE,
        summary="To the organisation's own sign-in, to prove once more who one is",
    ),
    Route(
        method="GET",
        path=f"{_ME}/identity",
        handler=show,
        who=AGENT,
        unproved=True,
        answer=OwnIdentity,
        summary="Whether one is linked to the organisation's own sign-in",
    ),
    Route(
        method="POST",
        path=f"{_ME}/identity/begin",
        handler=begin_link,
        who=AGENT,
        fresh=True,
        by_own_passkey=True,
        answer=ProviderAddress,
        problems=(404,),
        summary="To the organisation's own sign-in, to link oneself to it",
    ),
    Route(
        method="POST",
        path=f"{_ME}/identity",
        handler=link,
        who=AGENT,
        fresh=True,
        by_own_passkey=True,
        status=204,
        problems=(404, 409),
        summary="Link oneself by what was proved there; by the cookie of what was begun here",
    ),
    Route(
        method="POST",
        path=f"{_ME}/identity/remove",
        handler=unlink,
        who=AGENT,
        fresh=True,
        by_own_passkey=True,
        status=204,
        problems=(404, 409),
        summary="Sign in by the organisation's own sign-in no longer; sign-ins made by it end",
    ),
    Route(
        method="POST",
        path=f"{_ME}/confirmations/provider",
        handler=confirm,
        who=AGENT,
        unproved=True,
        status=204,
        problems=(404, 409),
        summary="Prove once more who one is by what was proved there; gives this sign-in a new cookie",
    ),
)
