"""What waiting without having signed in takes and gives, as JSON."""

from typing import Annotated, Literal

import msgspec

from server.http.line_shapes import Topic
from server.http.shapes import Answer, Request

VisitState = Literal["waiting", "accepted", "met"]


class AskToVisit(Request, frozen=True, kw_only=True):
    """`language`: of the page."""

    topic: Topic
    language: Annotated[str, msgspec.Meta(max_length=8)]


class VisitSession(Request, frozen=True, kw_only=True):
    """`device_key`: of the page, as in every session."""

    device_key: Annotated[str, msgspec.Meta(max_length=512)]


class VisitAgent(Answer, frozen=True, kw_only=True):
    name: str
    number: str
    team: str


class VisitAnswer(Answer, frozen=True, kw_only=True):
    """As the visitor's own page shows it. `code`: what the agent who accepted has to type."""

    state: Literal["waiting", "accepted", "met", "ended"]
    server_now_ms: int
    until_ms: int
    place: int | None
    expected_ms: int | None
    code: str | None
    agent: VisitAgent | None
    end: Literal["left", "expired", "lost", "agent", "mismatch", "signed_in"] | None


class VisitRow(Answer, frozen=True, kw_only=True):
    """One who waits without having signed in. `state` of those that this agent accepted: `accepted`, or `met`."""

    visit: str
    state: VisitState
    topic: str
    language: str
    since_ms: int
    until_ms: int
    tries_left: int
