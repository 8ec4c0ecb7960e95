"""The customer's own session: the view, the code typed on their page, the signed consent."""

from server.http.routing import Call
from server.http.shapes import GiveConsent, TypeCode, VerificationAnswer
from server.signalling.messages import CustomerView
from session.consent import ConsentInvalid
from session.events import ConsentRefused
from session.model import CODE_FAILURES_ALLOWED, Session


async def show(call: Call) -> CustomerView:
    return await _view(call, await call.services.conductor.load(call.customer.session))


async def verify(call: Call) -> VerificationAnswer:
    """A refusal is an answer, not a problem, and the same whoever the customer is."""
    body: TypeCode = call.body
    session, verified = await call.services.verifications.judge(call.customer.session, body.code)
    left = max(0, CODE_FAILURES_ALLOWED - session.code_failures)
    if verified and session.verification is not None:
        return VerificationAnswer(outcome="verified", attempts_left=left, level=session.verification.level)
    return VerificationAnswer(outcome="refused", attempts_left=left)


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
    return await _view(call, await services.conductor.apply(session.id, granted))


async def _view(call: Call, session: Session) -> CustomerView:
    return call.services.fanout.customer_view(session, await call.services.labels.of(session.id))
