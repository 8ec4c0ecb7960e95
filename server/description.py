"""The interface's description as text, made without a running server."""

import msgspec

from server.http.openapi import document
from server.http.routes import table
from server.version import VERSION


def description(*, demo_routes: bool) -> str:
    made = document(table(demo_routes=demo_routes), secure=True, version=VERSION)
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode()
