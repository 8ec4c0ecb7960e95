"""Passkeys on a customer's own page, and what else they are known by."""

import secrets
from typing import Final

from aiohttp import web

from server.clock import must_agree
from server.http.enrolment_shapes import RecoveryCodesShown
from server.http.guard import json_response
from server.http.known_browser import known_here
from server.http.me import let_in, record_refusal, refuse_staff_browser, refused_problem, shown
from server.http.me_shapes import AppShown, DeviceShown, FactorsShown, MeShown
from server.http.passkey_shapes import (
    AssertionOptions,
    NamedRegistration,
    PasskeyAssertion,
    RegistrationOptions,
    assertion_options,
    passkey_shown,
    registration_options,
)
from server.http.routing import Call, Who
from server.http.shapes import Resynchronised, TypeCode, TypeTwoCodes
from server.me.door import EntryRefused
from server.problems import Problem, not_found, not_signed_in
from server.storage.contacts import SESSION
from verification import totp
from verification.passkey_challenge import LIFE_MS
from verification.passkey_refusal import PasskeyRefused, Refusal

ASKING: Final = "tachiai-me-asking"
ASKING_BYTES: Final = 16


async def ask_stranger(call: Call) -> web.Response:
    """The challenge is good in this browser alone, by a cookie that lives as long as it does."""
    await refuse_staff_browser(call)
    binding = secrets.token_urlsafe(ASKING_BYTES)
    asked = await call.services.me.proving.ask_stranger(binding)
    response = json_response(assertion_options(asked))
    call.services.pages.cookies.give_short(response, ASKING, binding, lasts_s=LIFE_MS // 1_000)
    return response


async def enter(call: Call) -> web.StreamResponse:
    body: PasskeyAssertion = call.body
    await refuse_staff_browser(call)
    binding = call.services.pages.cookies.short(call.request, ASKING)
    if binding is None:
        raise PasskeyRefused(Refusal.CHALLENGE)
    try:
        entered = await call.services.me.proving.enter(body.response(), binding)
    except PasskeyRefused as refused:
        await record_refusal(call, EntryRefused(f"passkey_{refused.reason.value}", refused.owner))
        raise
    except EntryRefused as refused:
        await record_refusal(call, refused)
        raise refused_problem() from refused
    response = await let_in(call, entered)
    call.services.pages.cookies.take_back_short(response, ASKING)
    return response


async def ask(call: Call) -> AssertionOptions:
    return assertion_options(await call.services.me.proving.ask(call.me.login))


async def prove(call: Call) -> web.StreamResponse:
    """A new cookie: what was known of the former one opens nothing."""
    body: PasskeyAssertion = call.body
    return await _raised(call, await call.services.me.proving.prove(call.me.login, body.response()))


async def _raised(call: Call, token: str) -> web.StreamResponse:
    login = await call.services.me.logins.find(token, call.now)
    if login is None:
        raise not_signed_in()
    answer: MeShown = await shown(call, login)
    response = json_response(answer)
    call.services.pages.cookies.give(response, Who.ME, token)
    return response


async def prove_by_code(call: Call) -> web.StreamResponse:
    body: TypeCode = call.body
    services, login = call.services, call.me.login
    await _refuse_while_seen(call)
    must_agree(services.clock)
    known = await known_here(call, login.customer)
    device = known.id if known is not None else ""
    return await _raised(call, await services.me.proving.prove_by_code(login, body.code, device))


async def _refuse_while_seen(call: Call) -> None:
    """No code is typed while an agent may be looking: the screen that is shown could be this one. Raises Problem."""
    found = await call.services.me.contacts.talking(call.me.customer)
    if any(way.channel == SESSION for way in found.ways):
        raise Problem(
            409,
            "in_session",
            "You are in a help session. Type no code while somebody may see your screen. End it first, or use a "
            "passkey.",
        )


async def show(call: Call) -> FactorsShown:
    services, login = call.services, call.me.login
    known = await services.me.authenticators.of_owner(login.customer)
    here = await known_here(call, login.customer)
    devices = await services.factors.devices.of(call.me.customer, call.now)
    app = None
    if known is not None:
        used = known.last_step * totp.STEP_MS if known.last_step >= 0 else None
        app = AppShown(state="good" if known.disabled_at_ms is None else "disabled", last_used_ms=used)
    return FactorsShown(
        passkeys=[passkey_shown(one) for one in await services.me.proving.own(login)],
        app=app,
        devices=[
            DeviceShown(
                id=one.id,
                since_ms=one.made_at_ms,
                last_seen_ms=one.seen_at_ms,
                here=here is not None and one.id == here.id,
            )
            for one in devices
        ],
        recovery_codes_left=await services.me.codes.left(login),
    )


async def resynchronise(call: Call) -> Resynchronised:
    body: TypeTwoCodes = call.body
    must_agree(call.services.clock)
    codes = call.services.me.codes
    done = await codes.resynchronise(call.me.login, body.first_code, body.second_code)
    return Resynchronised(outcome="found" if done else "refused")


async def make_recovery_codes(call: Call) -> RecoveryCodesShown:
    return RecoveryCodesShown(recovery_codes=await call.services.me.codes.make(call.me.login))


async def ask_new(call: Call) -> RegistrationOptions:
    asked = await call.services.me.proving.ask_new(call.me.login)
    customer = await call.services.me.customers.find(call.me.customer)
    return registration_options(asked, customer.reference if customer is not None else "")


async def add(call: Call) -> FactorsShown:
    body: NamedRegistration = call.body
    await call.services.me.proving.add(call.me.login, body.passkey.response(), body.label)
    return await show(call)


async def remove(call: Call) -> None:
    await call.services.me.proving.remove(call.me.login, call.request.match_info["passkey"])


async def forget_device(call: Call) -> None:
    named = call.request.match_info["device"]
    if not await call.services.factors.devices.forget(named, call.me.customer, call.now):
        raise not_found()
