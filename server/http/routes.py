"""The one table of routes: aiohttp's routing, authorisation, the OpenAPI description and the role tests use it."""

from typing import Final

from server.http import (
    cases,
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
from server.http.approvals import APPROVAL_ROUTES
from server.http.checklist import CHECKLIST_ROUTES
from server.http.enrolment_routes import ENROLMENT_ROUTES
from server.http.key_routes import KEY_ROUTES
from server.http.open_routes import FILES, OPEN_ROUTES
from server.http.routing import AGENT, ANYONE, CUSTOMER, OFFICER, SIGNED_IN, STAFF, Kind, Owned, Route
from server.signalling.messages import CustomerView, FlagShown, LiveSession

API: Final = "/api/v1"

PAGES: Final = (
    Route(method="GET", path="/", handler=pages.start, who=ANYONE, kind=Kind.PAGE, summary="Join by code"),
    Route(
        method="GET",
        path="/join",
        handler=pages.join,
        who=ANYONE,
        kind=Kind.PAGE,
        summary="The customer's page",
    ),
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
        summary="Sign in; gives the cookie of the door",
    ),
    Route(
        method="DELETE",
        path=f"{API}/logins/current",
        handler=logins.end_current,
        who=STAFF,
        status=204,
        query=(("door", "string"),),
        summary="Sign out; ends the login's live sessions",
    ),
    Route(
        method="GET",
        path=f"{API}/staff/me",
        handler=logins.me,
        who=STAFF,
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
        summary="A one-use ticket for the live socket",
    ),
    Route(
        method="GET",
        path=f"{API}/socket",
        handler=health.socket,
        who=SIGNED_IN,
        kind=Kind.SOCKET,
        status=101,
        summary="The live protocol (WebSocket)",
    ),
)

AGENT_ROUTES: Final = (
    Route(
        method="GET",
        path=f"{API}/cases",
        handler=cases.list_own,
        who=AGENT,
        answer=list[shapes.CaseRow],
        summary="Own cases",
    ),
    Route(
        method="GET",
        path=f"{API}/cases/{{case}}",
        handler=cases.open_record,
        who=AGENT,
        owned=Owned.CASE,
        answer=shapes.CaseRecord,
        summary="A case's record, masked; recorded",
    ),
    Route(
        method="POST",
        path=f"{API}/cases/{{case}}/unmaskings",
        handler=cases.unmask,
        who=AGENT,
        owned=Owned.CASE,
        request=shapes.Unmask,
        answer=shapes.UnmaskedField,
        summary="One field in the clear; recorded",
    ),
    Route(
        method="POST",
        path=f"{API}/sessions",
        handler=sessions.open_session,
        who=AGENT,
        request=shapes.OpenSession,
        answer=shapes.SessionOpened,
        status=201,
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
        path=f"{API}/sessions/{{session}}/end",
        handler=sessions.end,
        who=AGENT,
        owned=Owned.SESSION,
        answer=shapes.SessionRow,
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
        summary="Join by a link's token or a spoken code; gives the customer's cookie",
    ),
    Route(
        method="GET",
        path=f"{API}/customer/session",
        handler=customer.show,
        who=CUSTOMER,
        answer=CustomerView,
        summary="The customer's own session",
    ),
    Route(
        method="POST",
        path=f"{API}/customer/session/verification",
        handler=customer.verify,
        who=CUSTOMER,
        request=shapes.TypeCode,
        answer=shapes.VerificationAnswer,
        summary="The code, typed by the customer",
    ),
    Route(
        method="POST",
        path=f"{API}/customer/session/consent",
        handler=customer.consent,
        who=CUSTOMER,
        request=shapes.GiveConsent,
        answer=CustomerView,
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
        owned=Owned.SESSION,
        status=204,
        summary="End any session at once",
    ),
    Route(
        method="GET",
        path=f"{API}/security/log",
        handler=security.log,
        who=OFFICER,
        answer=shapes.LogPage,
        query=(("before", "integer"), ("limit", "integer"), ("session", "string")),
        summary="Entries of the log, or those of one session; recorded",
    ),
    Route(
        method="GET",
        path=f"{API}/security/log/integrity",
        handler=security.integrity,
        who=OFFICER,
        answer=shapes.LogIntegrity,
        summary="Verify the log; recorded",
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
    *PAGES,
    *FILES,
    *STAFF_ROUTES,
    *AGENT_ROUTES,
    *CUSTOMER_ROUTES,
    *OFFICER_ROUTES,
    *CHECKLIST_ROUTES,
    *APPROVAL_ROUTES,
    *KEY_ROUTES,
    *OPEN_ROUTES,
)


def table(*, demo_routes: bool) -> tuple[Route, ...]:
    """The routes that this server has; those of the demo do not exist elsewhere."""
    return tuple(route for route in TABLE if demo_routes or not route.demo)
