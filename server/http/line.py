"""Customers who ask first, and the agents who accept them."""

from typing import Final

from aiohttp import web

from audit.event import Actor, ActorKind
from server.http.guard import code_refused, json_response
from server.http.line_shapes import Asked, AskForHelp, Heard, HeardAnswer, WaitingRow
from server.http.routing import Call, Who
from server.http.sessions import row
from server.http.shapes import SessionRow
from server.line_desk import Wish
from server.problems import Problem, not_found, too_many
from session.device_key import device_id
from session.errors import TooCrowded
from session.identity import CustomerId, SessionId
from session.model import MEETING_FAILURES_ALLOWED, Device, Party, State
from support.identity import is_id

_DIGITS_OF_A_CODE: Final = 6


async def ask(call: Call) -> web.StreamResponse:
    """Gives the customer's cookie, as a claimed invitation does."""
    body: AskForHelp = call.body
    device = Device(device_id(body.device_key), body.device_key)
    if not await call.services.throttles.asks_for_help(call.source, call.me.customer):
        raise too_many(
            "You asked for help very often. Nothing was changed. Wait a few minutes, then ask again."
        )
    wish = Wish(body.topic, body.words, body.language)
    try:
        session, token = await call.services.line.ask(CustomerId(call.me.customer), device, wish)
    except TooCrowded as error:
        raise Problem(409, "no_place_in_line", str(error)) from error
    response = json_response(Asked(session=session.id), 201)
    call.services.pages.cookies.give(response, Who.CUSTOMER, token)
    return response


async def waiting(call: Call) -> list[WaitingRow]:
    rows = []
    for one in await call.services.line.line(call.staff):
        asked = one.session.help
        rows.append(
            WaitingRow(
                session=one.session.id,
                customer_label=one.customer_masked,
                topic=asked.topic if asked else "",
                language=asked.language if asked else "",
                since_ms=one.session.opened_at,
                until_ms=one.session.invitation_expires_at,
                here=Party.CUSTOMER in one.session.present,
                handed_by=one.session.handed.by_name if one.session.handed else "",
                for_you=one.session.handed is not None and one.session.handed.to == call.staff.id,
            )
        )
    return rows


async def accept(call: Call) -> SessionRow:
    named = call.request.match_info["session"]
    if not is_id(named, "ses"):
        raise not_found()
    return await row(call, await call.services.line.accept(SessionId(named), call.staff))


async def meet(call: Call) -> HeardAnswer:
    """A refusal is an answer, not a problem. Guessing is slowed down by source and by all together, and by the session
    itself, which ends."""
    body: Heard = call.body
    if call.session is None:
        raise not_found()
    await refuse_digits(call, body.heard)
    await call.services.throttles.before_meeting(call.source)
    session = await call.services.line.heard(call.session, body.heard)
    met = session.help is not None and session.help.met
    if not met:
        await call.services.throttles.failed_meeting(call.source)
    over = session.help is None or session.state is State.ENDED
    left = 0 if over or session.help is None else MEETING_FAILURES_ALLOWED - session.help.mistyped
    return HeardAnswer(outcome="met" if met else "refused", tries_left=left)


async def refuse_digits(call: Call, heard: str) -> None:
    """Where a meeting code belongs, an authenticator's code was typed: on record, and Problem."""
    if sum(character.isdigit() for character in heard) >= _DIGITS_OF_A_CODE and not any(
        character.isalpha() for character in heard
    ):
        actor = Actor(ActorKind.AGENT, call.staff.id)
        await call.services.log.append(code_refused(actor, "meeting", call.session, call.now))
        raise Problem(
            422,
            "code_refused",
            "Customers type their codes on their own page, never you. The code was not used; this was recorded.",
        )
