"""The interface's description as text, made without a running server."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from server.http.openapi import document
from server.http.routes import table
from server.version import VERSION


@cache
def interface(*, demo_routes: bool, secure: bool) -> Mapping[str, Any]:
    """Made when somebody asks for the first time: that takes longer than most of a start."""
    return document(table(demo_routes=demo_routes), secure=secure, version=VERSION)


def description(*, demo_routes: bool) -> str:
    made = interface(demo_routes=demo_routes, secure=True)
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode()
