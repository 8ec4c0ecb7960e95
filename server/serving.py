"""A server at work from a foundation to the end of its drain: what the demo and a server in earnest have in common."""

import asyncio
import contextlib
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Final

import structlog

from server.clock import TrueClock
from server.composition import compose
from server.cycle_collection import short_collections
from server.doorway import Limits
from server.foundation import Foundation, gate_started
from server.http.addresses import parse_networks
from server.plan import Plan
from server.running import running, showing_metrics
from server.settings import Settings

_STOPS: Final = (signal.SIGTERM, signal.SIGINT)
_log: Final = structlog.get_logger("server")


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the server is reached: bound sockets, and TLS of its own unless a proxy has it."""

    sockets: list[socket.socket]
    tls: ssl.SSLContext | None


@contextlib.asynccontextmanager
async def serving(foundation: Foundation, plan: Plan, doors: Doors, clock: TrueClock) -> AsyncIterator[None]:
    """Requests are answered while the context is open; leaving it drains. Raises what `running` raises, and
    GateUnavailable."""
    composed = compose(foundation, plan, clock)
    await gate_started(foundation, clock)
    http = plan.settings.http
    limits = limits_of(plan.settings)
    async with (
        showing_metrics(composed, http.metrics_port) as metrics_port,
        running(foundation, composed, doors.sockets, clock, tls=doors.tls, limits=limits),
    ):
        _log.info("metrics", url=f"http://127.0.0.1:{metrics_port}/metrics")
        with short_collections():
            yield


def limits_of(settings: Settings) -> Limits:
    http = settings.http
    return Limits(http.connections, http.connections_of_each, parse_networks(http.trusted_proxies))


@contextlib.contextmanager
def until_told_to_stop() -> Iterator[asyncio.Event]:
    """The event is set by SIGTERM or SIGINT."""
    stop = asyncio.Event()
    with contextlib.ExitStack() as handled:
        for told in _STOPS:
            handled.enter_context(on_signal(told, stop.set))
        yield stop


@contextlib.contextmanager
def on_signal(told: signal.Signals, act: Callable[[], None]) -> Iterator[None]:
    """`act` is called on the event loop whenever this process gets the signal."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(told, act)
    try:
        yield
    finally:
        loop.remove_signal_handler(told)
