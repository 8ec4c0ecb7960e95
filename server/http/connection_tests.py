"""The page that tests a connection, and what it asks for: open to all, and counted."""

from typing import Final

import msgspec
from aiohttp import web

from server.connection_tests import ConnectionTest
from server.http.rendering import Page
from server.http.routing import ANYONE, Call, Kind, Route
from server.problems import too_many
from server.turn.relays import RelayShown


class GateShown(msgspec.Struct, frozen=True, kw_only=True):
    """Where a Binding request is answered (RFC 8489, short-term credentials) until the test is over."""

    addresses: list[str]
    port: int
    ufrag: str
    password: str


class ConnectionTestBegun(msgspec.Struct, frozen=True, kw_only=True):
    """`gates`: each process of the gate; first the one that a new session would go to. `relay`: null where there is no
    TURN server."""

    gates: list[GateShown]
    relay: RelayShown | None
    until_ms: int


async def page(call: Call) -> web.Response:
    return call.services.pages.respond(call.request, Page("connection_test", "pages/connection_test.js"))


async def begin(call: Call) -> ConnectionTestBegun:
    """Raises Problem."""
    if not await call.services.throttles.connection_tests(call.source):
        raise too_many("Too many tests of connections were asked for. Wait a few minutes, then try again.")
    return _shown(call.services.connection_tests.begin(call.source))


def _shown(test: ConnectionTest) -> ConnectionTestBegun:
    gates = [
        GateShown(addresses=list(gate.addresses), port=gate.port, ufrag=gate.ufrag, password=gate.password)
        for gate in test.gates
    ]
    return ConnectionTestBegun(gates=gates, relay=test.relay, until_ms=test.until_ms)


CONNECTION_TEST_ROUTES: Final = (
    Route(
        method="GET",
        path="/connection-test",
        handler=page,
        who=ANYONE,
        kind=Kind.PAGE,
        summary="Whether pictures get through from here",
    ),
    Route(
        method="POST",
        path="/api/v1/connection-tests",
        handler=begin,
        who=ANYONE,
        answer=ConnectionTestBegun,
        status=201,
        problems=(503,),
        summary="What a minute's test of the way to the media gate needs; nothing is shared by it",
    ),
)
