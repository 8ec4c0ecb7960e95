"""The rows of the route table that need nobody to be signed in and belong to no role: files, probes, descriptions."""

from typing import Any, Final

from server.http import demo, health, key_shapes, shapes
from server.http.routing import ANYONE, Kind, Route

API: Final = "/api/v1"

FILES: Final = (
    Route(
        method="GET",
        path="/static/{path:.+}",
        handler=health.static,
        who=ANYONE,
        kind=Kind.FILE,
        summary="A file",
    ),
    Route(
        method="GET",
        path="/.well-known/security.txt",
        handler=health.security_txt,
        who=ANYONE,
        kind=Kind.FILE,
        summary="Whom to tell of a weakness (RFC 9116)",
    ),
)

OPEN_ROUTES: Final = (
    Route(
        method="GET",
        path=f"{API}/openapi.json",
        handler=health.openapi,
        who=ANYONE,
        answer=dict[str, Any],
        summary="This description",
    ),
    Route(
        method="GET",
        path="/healthz",
        handler=health.alive,
        who=ANYONE,
        answer=shapes.Health,
        summary="The process answers",
    ),
    Route(
        method="GET",
        path="/readyz",
        handler=health.ready,
        who=ANYONE,
        answer=shapes.Health,
        also=(503,),
        summary="Ready to serve",
    ),
    Route(
        method="GET",
        path=f"{API}/demo",
        handler=demo.accounts,
        who=ANYONE,
        answer=list[shapes.DemoAccount],
        demo=True,
        problems=(404,),
        summary="The demo's accounts with their codes of this moment",
    ),
    Route(
        method="POST",
        path=f"{API}/demo/handoffs",
        handler=demo.hand_off,
        who=ANYONE,
        request=key_shapes.HandOff,
        answer=key_shapes.HandoffGiven,
        status=201,
        demo=True,
        problems=(404,),
        summary="What the organisation's own site would ask for, with a customer who is signed in there",
    ),
    Route(
        method="POST",
        path=f"{API}/demo/enrolments",
        handler=demo.enrol,
        who=ANYONE,
        request=key_shapes.HandOff,
        answer=key_shapes.HandoffGiven,
        status=201,
        demo=True,
        problems=(404,),
        summary="A link by which one of the demo's customers sets up a passkey or an app anew",
    ),
)
