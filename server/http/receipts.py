"""The customer's receipts, and the page that checks one."""

from typing import Final

from aiohttp import web

from server.http.rendering import Page
from server.http.routing import ANYONE, CUSTOMER, Call, Kind, Route
from server.http.shapes import Answer
from server.problems import not_found

API: Final = "/api/v1"
LONGEST_INDEX: Final = 16  # digits of 2^53


class ReceiptRow(Answer, frozen=True, kw_only=True):
    """`kind` is "consent", "withdrawal" or "end"; `index` names the file."""

    index: int
    kind: str
    at_ms: int


async def rows(call: Call) -> list[ReceiptRow]:
    found = await call.services.receipts.of(call.customer.session)
    return [ReceiptRow(index=row.index, kind=row.kind.value, at_ms=row.at_ms) for row in found]


async def file(call: Call) -> web.Response:
    named = call.request.match_info["index"]
    if not (named.isascii() and named.isdigit() and len(named) <= LONGEST_INDEX):
        raise not_found()
    row, content = await call.services.receipts.issue(call.customer.session, int(named))
    name = f"{row.kind.value}-{row.index}.tachiai-receipt"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=content, content_type="application/json", headers=headers)


async def page(call: Call) -> web.Response:
    """Nothing of a receipt comes here: it is checked in the browser."""
    data = {"key": call.services.receipts.verifier_key}
    return call.services.pages.respond(call.request, Page("receipt", "pages/receipt.js", data))


RECEIPT_ROUTES: Final = (
    Route(
        method="GET",
        path=f"{API}/customer/receipts",
        handler=rows,
        who=CUSTOMER,
        answer=list[ReceiptRow],
        summary="What the customer can hold a receipt of, in this session",
    ),
    Route(
        method="GET",
        path=f"{API}/customer/receipts/{{index}}",
        handler=file,
        who=CUSTOMER,
        answer=dict[str, str],
        summary="One receipt as a file; recorded",
    ),
    Route(
        method="GET",
        path="/receipt",
        handler=page,
        who=ANYONE,
        kind=Kind.PAGE,
        summary="Check a receipt, in the browser alone",
    ),
)
