"""A composed server at work: recovered, listening, and stopped so that nobody is left without a word."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from typing import Final

import structlog
from aiohttp import web, web_response

from audit.event import EventName
from audit.log import AuditLog, LogRefused
from audit.ports import OpenedEntry
from server.administration import control
from server.composition import Composed
from server.doorway import Limits, Tally, allow_descriptors, counted_listener
from server.foundation import Foundation
from server.http import headers
from server.listening import BACKLOG, bind, port_of
from server.log_keeping.forwarding_numbers import ForwardingNumbers
from server.loop_watch import LoopWatch
from server.version import VERSION
from session.model import EndCause
from session.ports import Clock, StoreUnavailable

HEADERS_WITHIN_S: Final = 10.0  # also how long an idle connection is kept
HANDSHAKE_WITHIN_S: Final = 15.0
LAST_WORDS_WITHIN_S: Final = 3.0
USUAL_LIMITS: Final = Limits(of_all=1_024, of_each=128)
TAIL_CHUNK: Final = 2_000
TAIL_AT_LEAST_MS: Final = (
    24 * 3_600_000
)  # what the detectors learn from again, and where ends untold are found
_SIGN_OUTS: Final = frozenset({EventName.AGENT_LOGIN_ENDED, EventName.OFFICER_LOGIN_ENDED})
_log: Final = structlog.get_logger("server")


@asynccontextmanager
async def running(
    foundation: Foundation,
    composed: Composed,
    sockets: list[socket.socket],
    clock: Clock,
    *,
    tls: ssl.SSLContext | None = None,
    limits: Limits = USUAL_LIMITS,
) -> AsyncIterator[None]:
    """Serves while the context is open; drains on leaving. Raises LogUnavailable or StoreUnavailable before serving
    if what a crash left open cannot be closed, LogRefused if the log is older than the database, BusRefused, and
    DescriptorsRefused if so many connections may not be open."""
    allow_descriptors(limits)
    tally = Tally(limits)
    composed.metrics.connections(tally)
    with ExitStack() as theirs:  # nobody else closes what was bound if nothing is served
        for bound in sockets:
            theirs.enter_context(bound)
        await _join(composed)
        await _recover(foundation, composed, clock)
        theirs.pop_all()
    _start_tasks(composed)
    # aiohttp's own default, for answers that no middleware sees: broken requests, upgrades, the metrics page.
    web_response.SERVER_SOFTWARE = headers.SOFTWARE  # type: ignore[attr-defined]  # has no other way to be set
    runner = _runner(composed.application)
    await runner.setup()
    try:
        listeners = [counted_listener(bound, tally) for bound in sockets]
        office = control.serving(foundation.log_folder.parent, composed.office)
        async with office, _listening(runner, listeners, tls):
            _log.info("serving", version=VERSION, log_entries=foundation.log.size)
            yield
        await _drain(composed)
    finally:
        await runner.cleanup()
        await _stop(composed)


@asynccontextmanager
async def showing_metrics(composed: Composed, port: int) -> AsyncIterator[int]:
    """The metrics page on loopback; gives its port (`port` 0 is any free one). Raises ListenRefused."""
    (bound,) = bind("127.0.0.1", port, setting="http.metrics_port")
    runner = _runner(composed.metrics.application())
    try:
        await runner.setup()
        await web.SockSite(runner, bound).start()
        yield port_of([bound])
    finally:
        await runner.cleanup()
        bound.close()


async def _stop(composed: Composed) -> None:
    await composed.tasks.close()
    if composed.bus.shared is not None:
        await composed.bus.shared.close()
    composed.services.place_file.close()
    _log.info("stopped serving")


async def _join(composed: Composed) -> None:
    """Raises BusRefused."""
    shared = composed.bus.shared
    if shared is not None:
        try:
            await shared.join(composed.held)
        except BaseException:
            await shared.close()
            raise


async def _recover(foundation: Foundation, composed: Composed, clock: Clock) -> None:
    await _refuse_lost_entries(foundation)
    await composed.services.erasures.erasing.finish_begun()  # before its intent would count as left open
    unfinished = await foundation.stores.sessions.unfinished()
    now = clock.now_ms()
    since = min([session.opened_at for session in unfinished] + [now - TAIL_AT_LEAST_MS])
    tail = await _tail(foundation.log, since)
    await composed.services.conductor.recover(tail)
    await composed.services.line.cases.close_unmet()
    await composed.services.logins.load(now)
    await _end_logins(composed, tail, now)
    composed.flags.watch_over(await foundation.stores.canaries.marked())
    composed.flags.learn(tail)
    composed.services.receipts.book.learn(tail)


async def _refuse_lost_entries(foundation: Foundation) -> None:
    """A row is written after its entry is durable, so a log that ends before that entry is an older one."""
    highest = await foundation.stores.sessions.highest_log_index()
    if highest is not None and highest >= foundation.log.size:
        raise LogRefused(
            f"the database knows of entry {highest} of the audit log, and the log ends at {foundation.log.size} "
            "entries: some were lost, or the two do not belong together; put back a database and a log of one moment"
        )


async def _end_logins(composed: Composed, tail: list[OpenedEntry], now: int) -> None:
    """A sign-out counts once it is in the log: if its row could not be written then, it is written now."""
    logins = composed.services.logins
    for entry in tail:
        if entry.event is not None and entry.event.name in _SIGN_OUTS:
            login = str(entry.event.facts.get("login", ""))
            if logins.live(login, now):
                await logins.end(login, now)


async def _tail(log: AuditLog, since_ms: int) -> list[OpenedEntry]:
    """The end of the log, back to the first chunk that is older than `since_ms`."""
    tail: list[OpenedEntry] = []
    stop = log.size
    while stop > 0:
        start = max(0, stop - TAIL_CHUNK)
        chunk = await log.read(start, stop)
        tail = chunk + tail
        if any(entry.event is not None and entry.event.at_ms < since_ms for entry in chunk):
            break
        stop = start
    return tail


def _start_tasks(composed: Composed) -> None:
    services, tasks = composed.services, composed.tasks
    tasks.start(services.conductor.run(), name="conductor")
    tasks.start(services.fanout.beat(), name="beat")
    tasks.start(services.circumstances.watch(services.seats, services.conductor.live), name="circumstances")
    tasks.start(
        services.oversight.keep_shown(services.seats, services.fanout.overview_changed), name="oversight"
    )
    tasks.start(composed.flags.run(), name="flags")
    tasks.start(composed.flags.relearn(), name="relearning")
    tasks.start(composed.gate_watch.run(), name="gate watch")
    tasks.start(services.checklist.run(), name="checklist")
    if composed.bus.shared is not None:
        composed.bus.shared.start(tasks, composed.held, services.conductor)
    lateness = LoopWatch()
    composed.metrics.lateness(lateness.worst_s)
    tasks.start(lateness.run(), name="loop watch")
    tasks.start(services.refused_claims.run(), name="refused claims")
    tasks.start(services.line.run(), name="line")
    tasks.start(services.visits.run(), name="visits")
    composed.metrics.collect_from(ForwardingNumbers(composed.keepers))
    for keeper in composed.keepers:
        tasks.start(keeper.run(), name=keeper.name)


def _runner(application: web.Application) -> web.AppRunner:
    return web.AppRunner(
        application,
        handle_signals=False,
        access_log=None,  # paths name sessions; the metrics count requests by route
        keepalive_timeout=HEADERS_WITHIN_S,
        shutdown_timeout=LAST_WORDS_WITHIN_S,
    )


@asynccontextmanager
async def _listening(
    runner: web.AppRunner, listeners: list[socket.socket], tls: ssl.SSLContext | None
) -> AsyncIterator[None]:
    """Nobody new is let in after the context, whatever ended it."""
    servers = [await _listen(runner, listener, tls) for listener in listeners]
    try:
        yield
    finally:
        for server in servers:
            server.close()


async def _listen(runner: web.AppRunner, bound: socket.socket, tls: ssl.SSLContext | None) -> asyncio.Server:
    if runner.server is None:
        raise AssertionError("the runner is set up before it listens")
    loop = asyncio.get_running_loop()
    if tls is None:
        return await loop.create_server(runner.server, sock=bound, backlog=BACKLOG)
    return await loop.create_server(
        runner.server, sock=bound, backlog=BACKLOG, ssl=tls, ssl_handshake_timeout=HANDSHAKE_WITHIN_S
    )


async def _drain(composed: Composed) -> None:
    """Dark first, then every page is told, then the sockets close."""
    services = composed.services
    services.health.draining = services.fanout.draining = True
    _log.info("draining", sessions=len(services.conductor.live()))
    await services.conductor.end_all(EndCause.SERVER_RESTARTED)
    with suppress(StoreUnavailable):  # else at the next start
        await services.line.cases.close_unmet()
    services.seats.dismiss_all("draining")
    try:
        async with asyncio.timeout(LAST_WORDS_WITHIN_S):
            await services.seats.empty.wait()
    except TimeoutError:
        _log.warning("some pages did not close their sockets", sockets=len(services.seats))
