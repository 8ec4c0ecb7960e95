"""A customer brings a link's token or a spoken code, and gets the cookie of that one session."""

from typing import Final

from aiohttp import web

from server.http.guard import json_response
from server.http.routing import Call, Who
from server.http.shapes import Claim, Claimed
from server.problems import Problem
from session.device_key import device_id
from session.errors import AlreadyInSession
from session.events import InvitationClaimed
from session.identity import SessionId
from session.model import Device, State
from session.transitions import IllegalEvent

_NOT_VALID: Final = (
    "This link or code is not valid, or no longer. Nothing is shared. Ask the agent for a new one, "
    "and make sure that you are really talking to us."
)


async def claim(call: Call) -> web.StreamResponse:
    body: Claim = call.body
    if (body.token is None) == (body.code is None):
        raise Problem(422, "does_not_fit", "Send either a token or a code. Nothing was changed.")
    device = Device(device_id(body.device_key), body.device_key)
    await call.services.throttles.before_claim(call.source, by_code=body.code is not None)
    session = await _invited(call, body)
    token = await _let_in(call, session, device) if session is not None else None
    if session is None or token is None:
        raise await _refused(call, by_code=body.code is not None)
    response = json_response(Claimed(session=session), 201)
    call.services.pages.cookies.give(response, Who.CUSTOMER, token)
    return response


async def _invited(call: Call, body: Claim) -> SessionId | None:
    """The session that this opens, while it waits for its customer. An ended one is like none at all."""
    invitations = call.services.invitations
    if body.token is not None:
        found = await invitations.session_of_token(body.token, call.now)
    else:
        found = await invitations.session_of_code(body.code or "", call.now)
    if found is None or (await call.services.conductor.load(found)).state is not State.INVITED:
        return None
    return found


async def _let_in(call: Call, session: SessionId, device: Device) -> str | None:
    """The cookie's token. It leaves the server only once the law's entry is durable; else the invitation stays open."""
    invitations = call.services.invitations
    token = await invitations.reserve(session, device.id, call.now)
    if token is None:
        return None
    try:
        await call.services.conductor.apply(session, InvitationClaimed(device))
    except BaseException as error:
        await invitations.release(session, token)
        if isinstance(error, IllegalEvent) and not isinstance(error, AlreadyInSession):
            return None  # it ended, or another was let in
        raise
    return token


async def _refused(call: Call, *, by_code: bool) -> Problem:
    often = await call.services.throttles.failed_claim(call.source, by_code=by_code)
    await call.services.refused_claims.refused("spoken" if by_code else "link", often=often)
    return Problem(404, "invitation_refused", _NOT_VALID)
