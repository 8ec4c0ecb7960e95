"""The customer's own session: the view, the code typed on their page, the signed consent."""

from aiohttp import web

from server.http.guard import json_response
from server.http.known_browser import known_here, remember
from server.http.routing import Call
from server.http.shapes import (
    GiveConsent,
    TypeCode,
    VerificationAnswer,
)
from server.signalling.messages import CustomerView
from server.typed_codes import TypedCode
from session.consent import ConsentInvalid
from session.events import ConsentRefused
from session.model import CODE_FAILURES_ALLOWED, Session
from support.identity import CustomerId
from verification.assurance import Method, Protected


async def show(call: Call) -> CustomerView:
    return await _view(call, await call.services.conductor.load(call.customer.session))


async def verify(call: Call) -> web.StreamResponse:
    """A refusal is an answer, not a problem, and the same whoever the customer is."""
    body: TypeCode = call.body
    services, method = call.services, Method(body.method)
    before = await services.conductor.load(call.customer.session)
    known = await known_here(call, before.customer)
    typed = TypedCode(body.code, known.id if known is not None else "")
    session, verified = await services.verifications.judge(before.id, method, typed)
    left = max(0, CODE_FAILURES_ALLOWED - session.code_failures)
    if not verified or session.verification is None:
        account = f"customer/{session.customer}"
        services.spray_alarm.refused(source=call.source, account=account, guess=body.code, now=call.now)
        return json_response(VerificationAnswer(outcome="refused", attempts_left=left))
    codes_left = None
    if method is Method.RECOVERY_CODE:
        codes_left = await services.factors.recovery.left(CustomerId(session.customer))
    answer = VerificationAnswer(
        outcome="verified",
        attempts_left=left,
        level=session.verification.level,
        recovery_codes_left=codes_left,
    )
    response = json_response(answer)
    await remember(call, session, known, response)
    return response


async def consent(call: Call) -> CustomerView:
    body: GiveConsent = call.body
    services = call.services
    session = await services.conductor.load(call.customer.session)
    labels = await services.labels.of(session.id)
    try:
        granted = services.consents.check(session, labels, body.document, body.signature, call.now)
    except ConsentInvalid as error:
        await services.conductor.apply(session.id, ConsentRefused(error.reason.value))
        raise
    if (
        session.extension is None
    ):  # more time rests on what was proved when it was agreed; the law says for how long
        services.assured.must_hold(session, Protected(granted.consent.surface.value))
    return await _view(call, await services.conductor.apply(session.id, granted))


async def _view(call: Call, session: Session) -> CustomerView:
    return call.services.fanout.customer_view(session, await call.services.labels.of(session.id))
