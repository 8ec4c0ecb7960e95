"""What asking for help and the line take and give, as JSON."""

from typing import Annotated, Literal

import msgspec

from server.http.shapes import Answer, Id, Request

Topic = Literal["sign_in", "payment", "account", "security", "other"]


class AskForHelp(Request, frozen=True, kw_only=True):
    """`words`: the customer's own, shown to whoever accepts; never a code. `language`: of the page."""

    topic: Topic
    words: Annotated[str, msgspec.Meta(max_length=400)] = ""
    device_key: Annotated[str, msgspec.Meta(max_length=512)]
    language: Annotated[str, msgspec.Meta(max_length=8)]


class Asked(Answer, frozen=True, kw_only=True):
    session: str


class WaitingRow(Answer, frozen=True, kw_only=True):
    """One who waits. `here`: their page is connected; nobody else can be accepted. `handed_by`: the name of whoever
    handed them over, "" for somebody who asked; `for_you`: to the one who reads this."""

    session: str
    customer_label: str
    topic: str
    language: str
    since_ms: int
    until_ms: int
    here: bool
    handed_by: str
    for_you: bool


class ColleagueRow(Answer, frozen=True, kw_only=True):
    """Somebody to whom a customer can be handed on. `here`: signed in at this moment."""

    id: str
    name: str
    number: str
    team: str
    here: bool


class HandOver(Request, frozen=True, kw_only=True):
    """`to`: a colleague's id; null for whoever accepts."""

    to: Id | None


class Heard(Request, frozen=True, kw_only=True):
    """The meeting code, as the agent heard it from the customer."""

    heard: Id


class HeardAnswer(Answer, frozen=True, kw_only=True):
    outcome: Literal["met", "refused"]
    tries_left: int
