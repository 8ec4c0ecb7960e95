"""What a page of staff asks for every few seconds while somebody looks at it: whether they must prove who they are."""

from typing import Final

from server.http.routing import STAFF, Call, Route
from server.http.shapes import Answer


class StaffNews(Answer, frozen=True, kw_only=True):
    """`must_prove`: again, before anything else opens."""

    must_prove: bool


async def show(call: Call) -> StaffNews:
    return StaffNews(must_prove=call.staff.must_prove)


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
        summary="Whether one must prove again who one is; asked by pages, and no sign that anybody is there",
    ),
)
