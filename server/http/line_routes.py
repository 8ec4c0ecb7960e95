"""The rows of the route table for customers who ask first."""

from typing import Final

from server.http import handing, line, pages
from server.http import line_shapes as shapes
from server.http.routing import AGENT, ANYONE, ME, Kind, Owned, Route
from server.http.shapes import SessionRow

_API: Final = "/api/v1"

LINE_ROUTES: Final = (
    Route(
        method="POST",
        path=f"{_API}/help-requests",
        handler=line.ask,
        who=ME,
        request=shapes.AskForHelp,
        answer=shapes.Asked,
        status=201,
        problems=(409,),
        summary="Wait for an agent; gives the customer's cookie of the session that this opens",
    ),
    Route(
        method="GET",
        path="/help",
        handler=pages.ask_for_help,
        who=ANYONE,
        kind=Kind.PAGE,
        summary="I need help: for a customer who asks first",
    ),
    Route(
        method="GET",
        path=f"{_API}/waiting",
        handler=line.waiting,
        who=AGENT,
        answer=list[shapes.WaitingRow],
        passive=True,
        summary="Who waits, the longest first; that somebody looks is recorded",
    ),
    Route(
        method="POST",
        path=f"{_API}/waiting/{{session}}/accept",
        handler=line.accept,
        who=AGENT,
        answer=SessionRow,
        problems=(404, 409),
        summary="Take on somebody who waits; of two at once, one does",
    ),
    Route(
        method="GET",
        path=f"{_API}/colleagues",
        handler=handing.colleagues,
        who=AGENT,
        answer=list[shapes.ColleagueRow],
        summary="To whom a customer can be handed on",
    ),
    Route(
        method="POST",
        path=f"{_API}/sessions/{{session}}/hand-over",
        handler=handing.hand_over,
        who=AGENT,
        owned=Owned.SESSION,
        request=shapes.HandOver,
        status=204,
        problems=(409,),
        summary="Leave the customer to a colleague or to the line; what the agent saw ends first",
    ),
    Route(
        method="POST",
        path=f"{_API}/sessions/{{session}}/meeting",
        handler=line.meet,
        who=AGENT,
        owned=Owned.SESSION,
        request=shapes.Heard,
        answer=shapes.HeardAnswer,
        problems=(409,),
        summary="The code that the customer's page shows, as the agent heard it",
    ),
)
