"""The rows of the route table for actions that need the highest assurance."""

from typing import Final

from server.http import action_shapes as shapes
from server.http import actions
from server.http.routing import AGENT, ANYONE, CUSTOMER, KEY, Kind, Owned, Route
from support.api_key import Scope
from verification.assurance import Protected

_API: Final = "/api/v1"

ACTION_ROUTES: Final = (
    Route(
        method="GET",
        path="/agent/actions",
        handler=actions.page,
        who=AGENT,
        kind=Kind.PAGE,
        summary="What waits for a second agent",
    ),
    Route(
        method="GET",
        path="/action",
        handler=actions.cancel_page,
        who=ANYONE,
        kind=Kind.PAGE,
        summary="The page behind a mail's link: what is about to be changed, and cancelling it",
    ),
    Route(
        method="POST",
        path=f"{_API}/sessions/{{session}}/actions",
        handler=actions.propose,
        who=AGENT,
        owned=Owned.SESSION,
        request=shapes.ProposeAction,
        answer=shapes.ActionShown,
        status=201,
        problems=(409,),
        summary="Ask the customer to confirm one exact change by passkey",
    ),
    Route(
        method="GET",
        path=f"{_API}/sessions/{{session}}/actions",
        handler=actions.of_session,
        who=AGENT,
        owned=Owned.SESSION,
        answer=list[shapes.ActionShown],
        summary="What was proposed in one of one's own sessions",
    ),
    Route(
        method="GET",
        path=f"{_API}/agent/actions",
        handler=actions.unfinished,
        who=AGENT,
        answer=list[shapes.ActionShown],
        summary="Actions that wait for a second agent or for their time; recorded",
    ),
    Route(
        method="POST",
        path=f"{_API}/agent/actions/{{action}}/approve",
        handler=actions.approve,
        who=AGENT,
        answer=shapes.ActionShown,
        problems=(409,),
        fresh=True,
        by_own_passkey=True,
        assured=frozenset({Protected.ACTION}),
        summary="The second agent's approval, while the customer's proof holds; it begins the hold",
    ),
    Route(
        method="POST",
        path=f"{_API}/agent/actions/{{action}}/cancel",
        handler=actions.cancel,
        who=AGENT,
        unproved=True,
        status=204,
        problems=(409,),
        summary="End it, at any time before its release",
    ),
    Route(
        method="GET",
        path=f"{_API}/customer/session/action",
        handler=actions.asked,
        who=CUSTOMER,
        answer=shapes.ActionAsked,
        problems=(404,),
        summary="The change that the customer is asked to confirm, word for word",
    ),
    Route(
        method="POST",
        path=f"{_API}/actions/shown",
        handler=actions.show_to_cancel,
        who=ANYONE,
        request=shapes.CancelToken,
        answer=shapes.ActionToCancel,
        problems=(404,),
        summary="What the link of a mail is about",
    ),
    Route(
        method="POST",
        path=f"{_API}/actions/cancelled",
        handler=actions.cancel_by_token,
        who=ANYONE,
        request=shapes.CancelToken,
        answer=shapes.ActionToCancel,
        problems=(404, 409),
        summary="Cancel it, with the link of a mail",
    ),
    Route(
        method="GET",
        path=f"{_API}/actions",
        handler=actions.released,
        who=KEY,
        scope=Scope.ACTIONS_READ,
        answer=shapes.ReleasedActions,
        query=(("after", "integer"),),
        problems=(422,),
        summary="Released actions, the oldest first, at most 100; each is to be carried out once; recorded",
    ),
)
