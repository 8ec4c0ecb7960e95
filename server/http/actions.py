"""Actions that need the highest assurance, for the agents, the customer, and the organisation's systems."""

from typing import Final

from aiohttp import web

from server.http.action_shapes import (
    ActionAsked,
    ActionShown,
    ActionToCancel,
    CancelToken,
    ProposeAction,
    ReleasedAction,
    ReleasedActions,
)
from server.http.pages import show_console
from server.http.rendering import Page
from server.http.routing import Call
from server.problems import Problem, not_found, too_many
from support.action import Action, ActionKind
from support.identity import CaseId

RELEASED_AT_ONCE: Final = 100
LARGEST_INDEX: Final = 2**53 - 1


async def page(call: Call) -> web.Response:
    return await show_console(call, "agent_actions")


async def cancel_page(call: Call) -> web.Response:
    """Nothing of an action comes here: the token stands behind the address's "#"."""
    return call.services.pages.respond(call.request, Page("action", "pages/action.js"))


async def propose(call: Call) -> ActionShown:
    body: ProposeAction = call.body
    if call.session is None:
        raise not_found()
    action = await call.services.actions.propose(
        call.session, ActionKind(body.kind), body.summary, call.staff.staff
    )
    return await _shown(call, action, confirmed=False)


async def of_session(call: Call) -> list[ActionShown]:
    if call.session is None:
        raise not_found()
    actions = call.services.actions
    asked = call.session.assertion
    return [
        await _shown(call, action, confirmed=asked is not None and asked.action == action.hash)
        for action in await actions.of_session(call.session)
    ]


async def unfinished(call: Call) -> list[ActionShown]:
    return [
        await _shown(call, action, confirmed=confirmed)
        for action, confirmed in await call.services.actions.unfinished(call.staff.staff)
    ]


async def approve(call: Call) -> ActionShown:
    action = await call.services.actions.approve(call.request.match_info["action"], call.staff.staff)
    return await _shown(call, action, confirmed=False)


async def cancel(call: Call) -> None:
    await call.services.actions.cancel(call.request.match_info["action"], call.staff.staff)


async def asked(call: Call) -> ActionAsked:
    """The one action that the customer's page is to show, word for word."""
    services = call.services
    action = await services.actions.asked_of(await services.conductor.load(call.customer.session))
    if action is None:
        raise not_found()
    return ActionAsked(
        id=action.id,
        kind=action.kind,
        summary=action.summary,
        expires_at_ms=action.expires_at_ms,
        hold_ms=services.actions.hold_ms,
    )


async def show_to_cancel(call: Call) -> ActionToCancel:
    body: CancelToken = call.body
    await _not_too_often(call)
    return _to_cancel(await call.services.actions.by_token(body.token))


async def cancel_by_token(call: Call) -> ActionToCancel:
    body: CancelToken = call.body
    await _not_too_often(call)
    return _to_cancel(await call.services.actions.cancel_by_token(body.token))


async def released(call: Call) -> ReleasedActions:
    text = call.request.query.get("after", "0")
    if not (text.isascii() and text.isdecimal() and len(text) <= 16 and int(text) <= LARGEST_INDEX):
        raise Problem(422, "does_not_fit", "`after` is the index of the last action that you have.")
    found = await call.services.actions.released(int(text), RELEASED_AT_ONCE, call.key.actor)
    return ReleasedActions(actions=[await _released(call, index, action) for index, action in found])


async def _released(call: Call, index: int, action: Action) -> ReleasedAction:
    return ReleasedAction(
        index=index,
        id=action.id,
        kind=action.kind,
        summary=action.summary,
        customer=await call.services.actions.customer_reference(action),
        case=await _case_reference(call, action),
        released_at_ms=action.ended_at_ms or 0,
    )


async def _shown(call: Call, action: Action, *, confirmed: bool) -> ActionShown:
    proposer = await call.services.staff.find(action.proposed_by)
    return ActionShown(
        id=action.id,
        kind=action.kind,
        summary=action.summary,
        state=action.state,
        case_reference=await _case_reference(call, action),
        proposed_by=f"{proposer.name} ({proposer.number})" if proposer is not None else "",
        own=action.proposed_by == call.staff.staff.id,
        confirmed=confirmed,
        proposed_at_ms=action.proposed_at_ms,
        expires_at_ms=action.expires_at_ms,
        due_at_ms=action.due_at_ms,
    )


async def _case_reference(call: Call, action: Action) -> str:
    case = await call.services.cases.find(CaseId(action.case))
    return case.reference if case is not None else ""


def _to_cancel(action: Action) -> ActionToCancel:
    return ActionToCancel(
        kind=action.kind, summary=action.summary, state=action.state, due_at_ms=action.due_at_ms
    )


async def _not_too_often(call: Call) -> None:
    """A token of 128 bits is not guessed; but trying costs the database a look."""
    if not await call.services.throttles.changes(f"action/{call.source}"):
        raise too_many()
