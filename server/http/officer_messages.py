"""What officers write to agents: resources and their routes. Agents are told by `staff_news`."""

from typing import Annotated, Final

import msgspec

from server.http.routing import AGENT, OFFICER, Call, Route
from server.http.shapes import Answer, Request
from server.problems import Problem
from support.intake import IntakeRefused, plain_text
from support.officer_message import LONGEST_TEXT

_OF_ONE: Final = "/api/v1/security/staff/{staff}/messages"


class WriteMessage(Request, frozen=True, kw_only=True):
    """`text`: one line."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TEXT)]


class MessageSent(Answer, frozen=True, kw_only=True):
    id: str


class MessageShown(Answer, frozen=True, kw_only=True):
    """`officer`: the name of who wrote it. `read_at_ms`: null until the agent said that they read it."""

    id: str
    text: str
    officer: str
    written_at_ms: int
    read_at_ms: int | None


async def write(call: Call) -> MessageSent:
    body: WriteMessage = call.body
    try:
        text = plain_text(body.text, what="message", longest=LONGEST_TEXT)
    except IntakeRefused as refused:
        raise Problem(422, "message_refused", f"{refused} Nothing was sent.") from refused
    named = call.request.match_info["staff"]
    return MessageSent(id=await call.services.officer_messages.write(named, text, call.staff.staff))


async def written(call: Call) -> list[MessageShown]:
    messages = await call.services.officer_messages.written_to(call.request.match_info["staff"])
    return [
        MessageShown(
            id=one.id,
            text=one.text,
            officer=officer,
            written_at_ms=one.written_at_ms,
            read_at_ms=one.read_at_ms,
        )
        for one, officer in messages
    ]


async def read(call: Call) -> None:
    await call.services.officer_messages.read(call.request.match_info["message"], call.staff.staff)


OFFICER_MESSAGE_ROUTES: Final = (
    Route(
        method="GET",
        path=_OF_ONE,
        handler=written,
        who=OFFICER,
        answer=list[MessageShown],
        problems=(404,),
        summary="What officers wrote to this agent in the last ninety days, and when it was read; 50 at most",
    ),
    Route(
        method="POST",
        path=_OF_ONE,
        handler=write,
        who=OFFICER,
        request=WriteMessage,
        answer=MessageSent,
        status=201,
        problems=(404, 409),
        summary="Write to an agent or supervisor; on record before they can read it",
    ),
    Route(
        method="POST",
        path="/api/v1/staff/me/messages/{message}/read",
        handler=read,
        who=AGENT,
        status=204,
        problems=(404,),
        summary="Say that one has read what an officer wrote; recorded",
    ),
)
