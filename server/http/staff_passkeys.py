"""Staff sign in by a passkey, prove by one once more who they are, and keep their own."""

import base64
import secrets
from typing import Final, Literal

from aiohttp import web

from server.http.cookies import PASSKEY
from server.http.guard import json_response
from server.http.logins import WHO, browser_of, given, shown
from server.http.passkey_shapes import (
    AssertionOptions,
    Label,
    PasskeyAssertion,
    PasskeyRegistration,
    PasskeyShown,
    RegistrationOptions,
    assertion_options,
    passkey_shown,
    registration_options,
)
from server.http.routing import ANYONE, STAFF, Call, Route
from server.http.shapes import Request, SignedInAnswer
from server.own_logins import BY_PASSKEY
from server.problems import Problem, too_many
from server.staff_passkeys import StaffPasskeys, account_of
from verification.credentials import Door
from verification.passkey_challenge import LIFE_MS
from verification.passkey_refusal import PasskeyRefused
from verification.sign_in import SignedIn, SignInRefused

_API: Final = "/api/v1"
_ME: Final = f"{_API}/staff/me"
_DOOR: Final = (("door", "string"),)


class AskToSignIn(Request, frozen=True, kw_only=True):
    door: Literal["agent", "security"]


class SignInByPasskey(Request, frozen=True, kw_only=True):
    door: Literal["agent", "security"]
    passkey: PasskeyAssertion


class ProveByPasskey(Request, frozen=True, kw_only=True):
    passkey: PasskeyAssertion


class AddPasskey(Request, frozen=True, kw_only=True):
    """`label` is the owner's own word for it."""

    label: Label
    passkey: PasskeyRegistration


async def sign_in_options(call: Call) -> web.Response:
    """The same for everybody, with a cookie that binds the answer to this browser."""
    if not await call.services.throttles.sign_ins(call.source):
        raise too_many()
    token = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode("ascii")
    response = json_response(assertion_options(await _own(call).sign_in_options(token, call.now)))
    call.services.pages.cookies.give_short(response, PASSKEY, token, lasts_s=LIFE_MS // 1000)
    return response


async def sign_in(call: Call) -> web.Response:
    body: SignInByPasskey = call.body
    door, cookies = Door(body.door), call.services.pages.cookies
    result = await _entered(call, door, body.passkey)
    try:
        staff, token = await given(call, door, result)
    except Problem as problem:
        if isinstance(result, SignInRefused):
            raise _not_accepted() from problem
        raise
    response = json_response(SignedInAnswer(staff=shown(staff)), 201)
    cookies.give(response, WHO[door], token)
    cookies.take_back_short(response, PASSKEY)
    return response


async def proof_options(call: Call) -> AssertionOptions:
    return assertion_options(await _own(call).proof_options(call.staff, call.now))


async def prove(call: Call) -> web.Response:
    body: ProveByPasskey = call.body
    passkey = await _own(call).prove(call.staff, body.passkey.response(), call.now)
    token = await call.services.agents.own_logins.renewed(call.staff, BY_PASSKEY, passkey=passkey)
    response = web.Response(status=204)
    call.services.pages.cookies.give(response, WHO[call.staff.door], token)
    return response


async def list_own(call: Call) -> list[PasskeyShown]:
    return [passkey_shown(one) for one in await _own(call).of(call.staff)]


async def options(call: Call) -> RegistrationOptions:
    asked = await _own(call).registration_options(call.staff, call.now)
    return registration_options(asked, account_of(call.staff.staff))


async def add(call: Call) -> PasskeyShown:
    body: AddPasskey = call.body
    return passkey_shown(await _own(call).register(call.staff, body.passkey.response(), body.label, call.now))


async def remove(call: Call) -> None:
    await _own(call).remove(call.staff, call.request.match_info["passkey"], call.now)


async def _entered(call: Call, door: Door, passkey: PasskeyAssertion) -> SignedIn | SignInRefused:
    cookie = call.services.pages.cookies.short(call.request, PASSKEY)
    if cookie is None:
        raise _not_accepted()  # nobody asked here: nothing to judge, and nothing to record
    try:
        response = passkey.response()
    except PasskeyRefused as refused:
        return SignInRefused(staff="", reason=f"passkey_{refused.reason.value}")
    return await _own(call).sign_in(response, door, cookie, browser=browser_of(call), now=call.now)


def _own(call: Call) -> StaffPasskeys:
    return call.services.agents.passkeys


def _not_accepted() -> Problem:
    return Problem(
        401,
        "passkey_sign_in_refused",
        "This passkey opens nothing here. Nothing was changed. Use one that you registered for this organisation.",
    )


STAFF_PASSKEY_ROUTES: Final = (
    Route(
        method="POST",
        path=f"{_API}/logins/passkey-options",
        handler=sign_in_options,
        who=ANYONE,
        request=AskToSignIn,
        answer=AssertionOptions,
        summary="What a passkey is to sign for a sign-in; the same for everybody",
    ),
    Route(
        method="POST",
        path=f"{_API}/logins/passkey",
        handler=sign_in,
        who=ANYONE,
        request=SignInByPasskey,
        answer=SignedInAnswer,
        status=201,
        problems=(401,),
        summary="Sign in by a passkey; gives the cookie of the door",
    ),
    Route(
        method="POST",
        path=f"{_ME}/confirmations/passkey-options",
        handler=proof_options,
        who=STAFF,
        unproved=True,
        answer=AssertionOptions,
        query=_DOOR,
        summary="What one's own passkey is to sign, to prove once more who one is",
    ),
    Route(
        method="POST",
        path=f"{_ME}/confirmations/passkey",
        handler=prove,
        who=STAFF,
        unproved=True,
        request=ProveByPasskey,
        status=204,
        query=_DOOR,
        problems=(409,),
        summary="Prove once more who one is; gives this sign-in a new cookie",
    ),
    Route(
        method="GET",
        path=f"{_ME}/passkeys",
        handler=list_own,
        who=STAFF,
        unproved=True,
        answer=list[PasskeyShown],
        query=_DOOR,
        summary="One's own passkeys",
    ),
    Route(
        method="POST",
        path=f"{_ME}/passkeys/options",
        handler=options,
        who=STAFF,
        fresh=True,
        by_own_passkey=True,
        answer=RegistrationOptions,
        query=_DOOR,
        problems=(409,),
        summary="What an authenticator needs to make a passkey",
    ),
    Route(
        method="POST",
        path=f"{_ME}/passkeys",
        handler=add,
        who=STAFF,
        fresh=True,
        by_own_passkey=True,
        request=AddPasskey,
        answer=PasskeyShown,
        status=201,
        query=_DOOR,
        problems=(409,),
        summary="Keep a new passkey of one's own",
    ),
    Route(
        method="POST",
        path=f"{_ME}/passkeys/{{passkey}}/remove",
        handler=remove,
        who=STAFF,
        fresh=True,
        by_own_passkey=True,
        status=204,
        query=_DOOR,
        problems=(409,),
        summary="Remove one of one's own passkeys",
    ),
)
