"""An agent opens, lists and ends sessions."""

import base64
import secrets
from typing import Final

from server.http.routing import Call
from server.http.shapes import InvitationShown, MailInvitation, OpenSession, SessionOpened, SessionRow
from server.invitations import qr_svg
from server.problems import Problem, case_held, not_found
from session.errors import OpeningRefused
from session.events import EndDemanded
from session.identity import CaseId, CustomerId, SessionId
from session.model import INVITATION_LIFE_MS, Badge, EndCause, Introduction, Purpose, Session, State
from support.case import Case

ID_BYTES: Final = 16


async def open_session(call: Call) -> SessionOpened:
    body: OpenSession = call.body
    services = call.services
    case = await services.desk.open_case(body.case, call.staff.staff, call.now)
    await services.circumstances.follow(CaseId(case.id))
    try:
        asked = services.badges.introductions.asked(body.contact)
        new = _new_session(call, case, Purpose(body.purpose), asked)
        session = await services.conductor.open(new, unknown=case.provisional)
    except OpeningRefused as error:
        if services.circumstances.held(CaseId(case.id), call.now):
            raise case_held() from error
        raise
    invited = await services.invitations.invite(session)
    link = f"{services.site.base_url}/join#{invited.token}"
    shown = InvitationShown(
        link=link, code=invited.code, qr_svg=qr_svg(link), expires_at_ms=session.invitation_expires_at
    )
    return SessionOpened(session=session.id, invitation=shown)


async def mail_invitation(call: Call) -> None:
    """The server has only the token's hash, so the page has to bring the token itself."""
    body: MailInvitation = call.body
    session = _named(call)
    open_yet = session.state is State.INVITED and call.now < session.invitation_expires_at
    if open_yet and await call.services.invitations.session_of_token(body.token, call.now) != session.id:
        raise Problem(422, "does_not_fit", "That is not this session's invitation. Nothing was sent.")
    await call.services.invitation_mail.send(session, body.token, call.staff)


async def list_own(call: Call) -> list[SessionRow]:
    own = [session for session in call.services.conductor.live() if session.agent == call.staff.id]
    return [await row(call, session) for session in own]


async def show(call: Call) -> SessionRow:
    return await row(call, _named(call))


async def end(call: Call) -> SessionRow:
    session = _named(call)
    if session.state is not State.ENDED:
        session = await call.services.conductor.apply(session.id, EndDemanded(EndCause.AGENT_LEFT))
    return await row(call, session)


async def row(call: Call, session: Session) -> SessionRow:
    """A session as its agent's lists show it."""
    labels = await call.services.labels.of(session.id)
    return SessionRow(
        session=session.id,
        state=session.state,
        case=session.case,
        case_reference=labels.case_reference,
        opened_at_ms=session.opened_at,
        purpose=session.purpose,
        end_cause=session.end_cause,
    )


def _new_session(call: Call, case: Case, purpose: Purpose, asked: Introduction) -> Session:
    return Session(
        id=SessionId(f"ses_{base64.urlsafe_b64encode(secrets.token_bytes(ID_BYTES)).rstrip(b'=').decode()}"),
        case=CaseId(case.id),
        customer=CustomerId(case.customer),
        agent=call.staff.id,
        agent_login=call.staff.login,
        purpose=purpose,
        opened_at=call.now,
        invitation_expires_at=call.now + INVITATION_LIFE_MS,
        state_since=call.now,
        introduction_asked=asked,
        badge=Badge(call.staff.staff.name, call.staff.staff.number, call.services.pages.organisation),
    )


def _named(call: Call) -> Session:
    if call.session is None:
        raise not_found()
    return call.session
