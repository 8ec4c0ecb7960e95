"""The rows of the route table for those who ask for help without having signed in."""

from typing import Final

from server.http import visit_shapes as shapes
from server.http import visits
from server.http.line_shapes import Asked, Heard, HeardAnswer
from server.http.routing import AGENT, ANYONE, ME, Route

_API: Final = "/api/v1"

VISIT_ROUTES: Final = (
    Route(
        method="POST",
        path=f"{_API}/visits",
        handler=visits.ask,
        who=ANYONE,
        request=shapes.AskToVisit,
        answer=shapes.VisitAnswer,
        status=201,
        problems=(409,),
        summary="Wait for an agent without having signed in; gives the visitor's cookie of this wait",
    ),
    Route(
        method="GET",
        path=f"{_API}/visits/own",
        handler=visits.own,
        who=ANYONE,
        answer=shapes.VisitAnswer,
        also=(204,),
        problems=(503,),
        summary="The wait that this browser's visitor's cookie names, if there is one; asking is a sign of life",
    ),
    Route(
        method="POST",
        path=f"{_API}/visits/own/prolong",
        handler=visits.prolong,
        who=ANYONE,
        answer=shapes.VisitAnswer,
        problems=(404, 409),
        summary="Ten more minutes in line, in the last three of them",
    ),
    Route(
        method="POST",
        path=f"{_API}/visits/own/leave",
        handler=visits.leave,
        who=ANYONE,
        status=204,
        problems=(404,),
        summary="Out of line, or away from whoever accepted",
    ),
    Route(
        method="POST",
        path=f"{_API}/visits/own/session",
        handler=visits.signed_in,
        who=ME,
        request=shapes.VisitSession,
        answer=Asked,
        status=201,
        problems=(404, 409),
        summary="The visitor whom an agent met has signed in: a session with that agent, and its customer's cookie",
    ),
    Route(
        method="GET",
        path=f"{_API}/visits",
        handler=visits.waiting,
        who=AGENT,
        answer=list[shapes.VisitRow],
        passive=True,
        summary="Who waits without having signed in, and whom of them this agent accepted; nobody is named",
    ),
    Route(
        method="POST",
        path=f"{_API}/visits/{{visit}}/accept",
        handler=visits.accept,
        who=AGENT,
        answer=shapes.VisitRow,
        problems=(404, 409),
        summary="Take on a visitor; of two at once, one does. It opens nothing",
    ),
    Route(
        method="POST",
        path=f"{_API}/visits/{{visit}}/meeting",
        handler=visits.meet,
        who=AGENT,
        request=Heard,
        answer=HeardAnswer,
        problems=(404, 409),
        summary="The code that the visitor's page shows, as the agent heard it",
    ),
    Route(
        method="POST",
        path=f"{_API}/visits/{{visit}}/end",
        handler=visits.end,
        who=AGENT,
        status=204,
        problems=(404,),
        summary="The agent is done with a visitor",
    ),
)
