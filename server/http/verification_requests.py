"""Other systems ask for a verification, look how it stands, and take it back."""

import re
from typing import Final

import msgspec
from aiohttp import web

from server.http.guard import json_response
from server.http.routing import Call
from server.http.verification_request_shapes import AskVerification, VerificationAsked, VerificationShown
from server.problems import Problem
from server.verification_requests import Seen, Wanted
from session.model import Level

IDEMPOTENCY: Final = "Idempotency-Key"
_ONCE: Final = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)


async def ask(call: Call) -> web.Response:
    body: AskVerification = call.body
    wanted = Wanted(body.customer, Level(body.level), body.reason, body.webhook)
    seen, is_new = await call.services.verification_requests.asking.ask(wanted, _once(call.request), call.key)
    found = seen.secrets
    link = f"{call.services.site.base_url}/join#{found.token}" if found is not None else None
    answer = VerificationAsked(
        **msgspec.structs.asdict(_shown(seen)), link=link, spoken=found.code if found is not None else None
    )
    return json_response(answer, 201 if is_new else 200)


async def show(call: Call) -> VerificationShown:
    named = call.request.match_info["verification"]
    return _shown(await call.services.verification_requests.asking.show(named, call.key))


async def withdraw(call: Call) -> VerificationShown:
    named = call.request.match_info["verification"]
    return _shown(await call.services.verification_requests.asking.withdraw(named, call.key))


def _once(request: web.Request) -> str:
    """Printable ASCII without blanks, once; "" where it is not sent. Raises Problem."""
    sent = request.headers.getall(IDEMPOTENCY, [])
    if not sent:
        return ""
    if len(sent) > 1 or not _ONCE.fullmatch(sent[0]):
        raise Problem(
            422,
            "does_not_fit",
            "An Idempotency-Key has 1 to 128 letters, digits and signs without blanks. Nothing was asked.",
        )
    return sent[0]


def _shown(seen: Seen) -> VerificationShown:
    request, outcome = seen.request, seen.request.outcome
    return VerificationShown(
        id=request.id,
        customer=seen.customer,
        wanted=request.wanted.value,
        state=seen.standing.value,
        expires_at_ms=request.expires_at_ms,
        level=outcome.level if outcome is not None else None,
        method=outcome.method if outcome is not None else None,
        at_ms=outcome.at_ms if outcome is not None else None,
        cause=outcome.cause if outcome is not None else None,
    )
