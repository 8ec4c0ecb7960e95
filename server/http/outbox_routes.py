"""The rows of the route table for what leaves for the outside: verifications that other systems ask for, the demo's
outbox."""

from typing import Final

from server.http import outbox_pages
from server.http.routing import ANYONE, Kind, Route
from server.http.verification_request_routes import VERIFICATION_REQUEST_ROUTES

OUTBOX_ROUTES: Final = (
    *VERIFICATION_REQUEST_ROUTES,
    Route(
        method="GET",
        path="/demo/outbox",
        handler=outbox_pages.demo_outbox,
        who=ANYONE,
        kind=Kind.PAGE,
        demo=True,
        summary="The demo's mails and webhooks",
    ),
)
