"""Actions as JSON."""

from typing import Annotated, Literal

import msgspec

from server.http.shapes import Answer, Request

Kind = Literal["change_email", "change_phone", "change_payout_address", "raise_limit", "reset_authenticator"]
Summary = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class ProposeAction(Request, frozen=True, kw_only=True):
    """`summary`: one line; the customer reads exactly this."""

    kind: Kind
    summary: Summary


class CancelToken(Request, frozen=True, kw_only=True):
    token: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class ActionAsked(Answer, frozen=True, kw_only=True):
    """To the customer's page, which makes the hash again from id, session, kind and summary."""

    id: str
    kind: str
    summary: str
    expires_at_ms: int
    hold_ms: int


class ActionShown(Answer, frozen=True, kw_only=True):
    """To agents. `confirmed`: the customer's proof for it holds now. `own`: the viewer proposed it."""

    id: str
    kind: str
    summary: str
    state: str
    case_reference: str
    proposed_by: str
    own: bool
    confirmed: bool
    proposed_at_ms: int
    expires_at_ms: int
    due_at_ms: int | None


class ActionToCancel(Answer, frozen=True, kw_only=True):
    """To whoever has the link of the customer's mail."""

    kind: str
    summary: str
    state: str
    due_at_ms: int | None


class ReleasedAction(Answer, frozen=True, kw_only=True):
    """`index` rises; the next page is asked for with the last one."""

    index: int
    id: str
    kind: str
    summary: str
    customer: str
    case: str
    released_at_ms: int


class ReleasedActions(Answer, frozen=True, kw_only=True):
    actions: list[ReleasedAction]
