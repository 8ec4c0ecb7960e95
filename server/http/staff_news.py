"""What a page of staff asks for every few seconds while somebody looks at it: whether they must prove who they are, and
what officers wrote to them."""

from typing import Final

from server.http.routing import STAFF, Call, Route
from server.http.shapes import Answer
from verification.credentials import Door


class MessageToRead(Answer, frozen=True, kw_only=True):
    """`officer`: the name of who wrote it."""

    id: str
    text: str
    officer: str
    written_at_ms: int


class StaffNews(Answer, frozen=True, kw_only=True):
    """`must_prove`: again, before anything else opens. `messages`: to an agent and unread, the oldest first; none while
    they must prove who they are."""

    must_prove: bool
    messages: list[MessageToRead]


async def show(call: Call) -> StaffNews:
    staff = call.staff
    if staff.must_prove or staff.door is not Door.AGENT:
        return StaffNews(must_prove=staff.must_prove, messages=[])
    messages = await call.services.officer_messages.unread_by(staff.staff)
    return StaffNews(
        must_prove=False,
        messages=[
            MessageToRead(
                id=one.id,
                text=one.text,
                officer=officer,
                written_at_ms=one.written_at_ms,
            )
            for one, officer in messages
        ],
    )


STAFF_NEWS_ROUTES: Final = (
    Route(
        method="GET",
        path="/api/v1/staff/me/news",
        handler=show,
        who=STAFF,
        unproved=True,
        answer=StaffNews,
        query=(("door", "string"),),
        passive=True,
        summary="What one must prove or read now; asked by pages, and no sign that anybody is there",
    ),
)
