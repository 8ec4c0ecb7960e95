"""Passkeys over HTTP: a customer's in their session, and a new one by an enrolment link."""

from aiohttp import web

from server.http.enrolment_shapes import EnrolmentShown
from server.http.enrolments import held_link, shown
from server.http.guard import json_response
from server.http.known_browser import known_here, remember
from server.http.passkey_shapes import (
    NamedRegistration,
    PasskeyAssertion,
    RegistrationOptions,
    SessionAssertionOptions,
    registration_options,
    session_options,
)
from server.http.routing import Call
from server.http.shapes import VerificationAnswer
from server.problems import Problem
from session.model import CODE_FAILURES_ALLOWED
from verification.assurance import Method
from verification.passkey_response import AssertionResponse


async def ask_customer(call: Call) -> SessionAssertionOptions:
    """Where something is to be proved, and alike for all customers."""
    session = await call.services.conductor.load(call.customer.session)
    offered = Method.PASSKEY in call.services.verifications.methods_now(session)
    if not offered or call.now < session.dark_from:
        raise Problem(409, "not_now", "No proof is asked for at this point. Nothing was changed.")
    return session_options(await call.services.passkey_verifier.options(session, call.now), session)


async def verify_customer(call: Call) -> web.StreamResponse:
    """A refusal is an answer, not a problem, and the same whoever the customer is."""
    body: PasskeyAssertion = call.body
    evidence: AssertionResponse = body.response()
    before = await call.services.conductor.load(call.customer.session)
    known = await known_here(call, before.customer)
    session, verified = await call.services.verifications.judge(before.id, Method.PASSKEY, evidence)
    left = max(0, CODE_FAILURES_ALLOWED - session.code_failures)
    proofs = [one for one in (session.verification, session.assertion) if one is not None]
    if not verified or not proofs:
        return json_response(VerificationAnswer(outcome="refused", attempts_left=left))
    newest = max(proofs, key=lambda one: (one.at, one.level))
    response = json_response(VerificationAnswer(outcome="verified", attempts_left=left, level=newest.level))
    await remember(call, session, known, response)
    return response


async def ask_newcomer(call: Call) -> RegistrationOptions:
    held = await held_link(call)
    asked = await call.services.passkey_enrolling.options(held, call.now)
    return registration_options(asked, held.person.account)


async def register_newcomer(call: Call) -> EnrolmentShown:
    body: NamedRegistration = call.body
    held = await held_link(call)
    done = await call.services.passkey_enrolling.register(held, body.passkey.response(), body.label, call.now)
    return await shown(call, done)
