"""The one table of routes: aiohttp's routing, authorisation, the OpenAPI description and the role tests use it."""

from typing import Final

from server.http import (
    customer,
    health,
    invitations,
    logins,
    pages,
    security,
    sessions,
    shapes,
    tickets,
)
from server.http.action_routes import ACTION_ROUTES
from server.http.approvals import APPROVAL_ROUTES
from server.http.badges import BADGE_ROUTES
from server.http.block_lifts import BLOCK_LIFT_ROUTES
from server.http.case_file_routes import CASE_FILE_ROUTES
from server.http.case_routes import CASE_ROUTES
from server.http.checklist import CHECKLIST_ROUTES
from server.http.connection_tests import CONNECTION_TEST_ROUTES
from server.http.enrolment_routes import ENROLMENT_ROUTES
from server.http.erasures import ERASURE_ROUTES
from server.http.factor_routes import FACTOR_ROUTES
from server.http.flags import FLAG_ROUTES
from server.http.key_routes import KEY_ROUTES
from server.http.line_routes import LINE_ROUTES
from server.http.log_evidence import LOG_EVIDENCE_ROUTES
from server.http.log_exports import LOG_EXPORT_ROUTES
from server.http.log_routes import LOG_ROUTES
from server.http.me_routes import ME_ROUTES
from server.http.officer_messages import OFFICER_MESSAGE_ROUTES
from server.http.oidc import OIDC_ROUTES
from server.http.open_routes import FILES, OPEN_ROUTES
from server.http.own_logins import OWN_LOGIN_ROUTES
from server.http.passkey_routes import PASSKEY_ROUTES
from server.http.proof import PROOF_ROUTES
from server.http.provisional_cases import PROVISIONAL_ROUTES
from server.http.published import PUBLISHED_ROUTES
from server.http.receipts import RECEIPT_ROUTES
from server.http.reports import REPORT_ROUTES
from server.http.routing import (
    AGENT,
    ANYONE,
    CUSTOMER,
    OFFICER,
    SIGNED_IN,
    STAFF,
    SURFACES,
    Kind,
    Owned,
    Route,
)
from server.http.staff import STAFF_DESK_ROUTES
from server.http.staff_news import STAFF_NEWS_ROUTES
from server.http.staff_passkeys import STAFF_PASSKEY_ROUTES
from server.http.team_overview import TEAM_OVERVIEW_ROUTES
from server.http.visit_routes import VISIT_ROUTES
from server.signalling.messages import CustomerView, FlagShown, LiveSession

API: Final = "/api/v1"

PAGES: Final = (
    Route(method="GET", path="/", handler=pages.start, who=ANYONE, kind=Kind.PAGE, summary="Join by code"),
    Route(method="GET", path="/join", handler=pages.join, who=ANYONE, kind=Kind.PAGE, summary="Join by link"),
    Route(
        method="GET",
        path="/demo",
        handler=pages.demo,
        who=ANYONE,
        kind=Kind.PAGE,
        demo=True,
        summary="The demo's doors",
    ),
    Route(
        method="GET",
        path="/agent/sign-in",
        handler=pages.agent_sign_in,
        who=ANYONE,
        kind=Kind.PAGE,
        summary="Sign in",
    ),
    Route(
        method="POST",
        path="/agent/sign-in",
        handler=pages.submit_agent_sign_in,
        who=ANYONE,
        kind=Kind.PAGE,
        form=True,
        summary="Sign in as an agent",
    ),
    Route(
        method="GET",
        path="/agent",
        handler=pages.agent_home,
        who=AGENT,
        kind=Kind.PAGE,
        summary="An agent's desk",
    ),
    Route(
        method="GET",
        path="/agent/cases/{case}",
        handler=pages.agent_case,
        who=AGENT,
        kind=Kind.PAGE,
        summary="A case; the record itself comes by the interface, which judges",
    ),
    Route(
        method="GET",
        path="/agent/sessions/{session}",
        handler=pages.agent_session,
        who=AGENT,
        kind=Kind.PAGE,
        owned=Owned.SESSION,
        summary="A session, for its agent",
    ),
    Route(
        method="GET",
        path="/security/sign-in",
        handler=pages.security_sign_in,
        who=ANYONE,
        kind=Kind.PAGE,
        summary="Sign in",
    ),
    Route(
        method="POST",
        path="/security/sign-in",
        handler=pages.submit_security_sign_in,
        who=ANYONE,
        kind=Kind.PAGE,
        form=True,
        summary="Sign in as an officer",
    ),
    Route(
        method="GET",
        path="/security",
        handler=pages.security_home,
        who=OFFICER,
        kind=Kind.PAGE,
        summary="Oversight",
    ),
    Route(
        method="GET",
        path="/security/log",
        handler=pages.security_log,
        who=OFFICER,
        kind=Kind.PAGE,
        summary="The log",
    ),
    Route(
        method="POST",
        path="/sign-out",
        handler=pages.submit_sign_out,
        who=ANYONE,
        kind=Kind.PAGE,
        form=True,
        summary="End the sign-in of the form's door",
    ),
)

STAFF_ROUTES: Final = (
    Route(
        method="POST",
        path=f"{API}/logins",
        handler=logins.start,
        who=ANYONE,
        request=shapes.SignIn,
        answer=shapes.SignedInAnswer,
        status=201,
        problems=(401, 503),
        summary="Sign in; gives the cookie of the door",
    ),
    Route(
        method="DELETE",
        path=f"{API}/logins/current",
        handler=logins.end_current,
        who=STAFF,
        unproved=True,
        status=204,
        query=(("door", "string"),),
        summary="Sign out; ends the login's live sessions",
    ),
    Route(
        method="GET",
        path=f"{API}/staff/me",
        handler=logins.me,
        who=STAFF,
        unproved=True,
        answer=shapes.StaffShown,
        query=(("door", "string"),),
        summary="Who is signed in",
    ),
    Route(
        method="POST",
        path=f"{API}/socket-tickets",
        handler=tickets.issue,
        who=SIGNED_IN,
        chooser=tickets.asked_role,
        request=shapes.AskForTicket,
        answer=shapes.Ticket,
        problems=(404,),
        summary="A one-use ticket for the live socket",
    ),
    Route(
        method="GET",
        path=f"{API}/socket",
        handler=health.socket,
        who=SIGNED_IN,
        unproved=True,
        kind=Kind.SOCKET,
        status=101,
        summary="The live protocol (WebSocket)",
    ),
)

AGENT_ROUTES: Final = (
    Route(
        method="POST",
        path=f"{API}/sessions",
        handler=sessions.open_session,
        who=AGENT,
        request=shapes.OpenSession,
        answer=shapes.SessionOpened,
        status=201,
        problems=(404, 409),
        summary="Open a session in a live case",
    ),
    Route(
        method="GET",
        path=f"{API}/sessions",
        handler=sessions.list_own,
        who=AGENT,
        answer=list[shapes.SessionRow],
        summary="Own sessions that have not ended",
    ),
    Route(
        method="GET",
        path=f"{API}/sessions/{{session}}",
        handler=sessions.show,
        who=AGENT,
        owned=Owned.SESSION,
        answer=shapes.SessionRow,
        summary="One of one's own sessions",
    ),
    Route(
        method="POST",
        path=f"{API}/sessions/{{session}}/invitation/mail",
        handler=sessions.mail_invitation,
        who=AGENT,
        owned=Owned.SESSION,
        request=shapes.MailInvitation,
        status=204,
        problems=(409,),
        summary="Send its link to the customer's own addresses, once",
    ),
    Route(
        method="POST",
        path=f"{API}/sessions/{{session}}/end",
        handler=sessions.end,
        who=AGENT,
        unproved=True,
        owned=Owned.SESSION,
        answer=shapes.SessionRow,
        problems=(409,),
        summary="End it",
    ),
)

CUSTOMER_ROUTES: Final = (
    Route(
        method="POST",
        path=f"{API}/invitations/claim",
        handler=invitations.claim,
        who=ANYONE,
        request=shapes.Claim,
        answer=shapes.Claimed,
        status=201,
        problems=(404, 409),
        summary="Join by a link's token or a spoken code; gives the customer's cookie",
    ),
    Route(
        method="GET",
        path=f"{API}/customer/session",
        handler=customer.show,
        who=CUSTOMER,
        answer=CustomerView,
        problems=(404,),
        summary="The customer's own session",
    ),
    Route(
        method="POST",
        path=f"{API}/customer/session/verification",
        handler=customer.verify,
        who=CUSTOMER,
        request=shapes.TypeCode,
        answer=shapes.VerificationAnswer,
        problems=(404, 409),
        summary="The code, typed by the customer",
    ),
    Route(
        method="POST",
        path=f"{API}/customer/session/consent",
        handler=customer.consent,
        who=CUSTOMER,
        request=shapes.GiveConsent,
        assured=SURFACES,
        answer=CustomerView,
        problems=(404, 409),
        summary="The signed consent",
    ),
)

OFFICER_ROUTES: Final = (
    Route(
        method="GET",
        path=f"{API}/security/sessions",
        handler=security.sessions,
        who=OFFICER,
        answer=list[LiveSession],
        summary="All live sessions; recorded",
    ),
    Route(
        method="POST",
        path=f"{API}/security/sessions/{{session}}/end",
        handler=security.end_session,
        who=OFFICER,
        unproved=True,
        owned=Owned.SESSION,
        status=204,
        problems=(409,),
        summary="End any session at once",
    ),
    Route(
        method="GET",
        path=f"{API}/security/flags",
        handler=security.flags,
        who=OFFICER,
        answer=list[FlagShown],
        summary="The latest flags; recorded",
    ),
)

TABLE: Final = (
    *ENROLMENT_ROUTES,
    *FACTOR_ROUTES,
    *PASSKEY_ROUTES,
    *PAGES,
    *FILES,
    *STAFF_ROUTES,
    *OWN_LOGIN_ROUTES,
    *STAFF_PASSKEY_ROUTES,
    *STAFF_DESK_ROUTES,
    *PROOF_ROUTES,
    *STAFF_NEWS_ROUTES,
    *OIDC_ROUTES,
    *CASE_ROUTES,
    *PROVISIONAL_ROUTES,
    *AGENT_ROUTES,
    *CUSTOMER_ROUTES,
    *LINE_ROUTES,
    *VISIT_ROUTES,
    *OFFICER_ROUTES,
    *FLAG_ROUTES,
    *CASE_FILE_ROUTES,
    *TEAM_OVERVIEW_ROUTES,
    *BLOCK_LIFT_ROUTES,
    *OFFICER_MESSAGE_ROUTES,
    *BADGE_ROUTES,
    *LOG_ROUTES,
    *LOG_EXPORT_ROUTES,
    *LOG_EVIDENCE_ROUTES,
    *CHECKLIST_ROUTES,
    *REPORT_ROUTES,
    *ACTION_ROUTES,
    *APPROVAL_ROUTES,
    *ERASURE_ROUTES,
    *KEY_ROUTES,
    *RECEIPT_ROUTES,
    *ME_ROUTES,
    *OPEN_ROUTES,
    *CONNECTION_TEST_ROUTES,
    *PUBLISHED_ROUTES,
)


def table(*, demo_routes: bool) -> tuple[Route, ...]:
    """The routes that this server has; those of the demo do not exist elsewhere."""
    return tuple(route for route in TABLE if demo_routes or not route.demo)
