"""Numbers for operators, on a loopback port of their own. Labels are routes, states and outcomes from closed lists,
never people, ids or addresses. docs/observability.md says what each number means and when to be alarmed.
"""

from collections.abc import Callable
from typing import Final

from aiohttp import web
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.registry import Collector

from audit.detectors.flag import Action
from audit.detectors.registry import all_detectors
from audit.event import EventName, Outcome
from audit.ports import OpenedEntry
from server.doorway import Tally
from server.version import VERSION
from session.model import EndCause, State

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
REQUEST_BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
APPEND_BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0)
SWITCHING: Final = 101
ALARMED: Final = (
    (EventName.CUSTOMER_CODE_REFUSED, Outcome.REFUSED),
    (EventName.CUSTOMER_CODE_REPLAYED, Outcome.REFUSED),
    (EventName.CUSTOMER_INVITATION_REFUSED, Outcome.REFUSED),
    (EventName.AGENT_LOGIN_REFUSED, Outcome.REFUSED),
    (EventName.OFFICER_LOGIN_REFUSED, Outcome.REFUSED),
    (EventName.AGENT_FIELD_UNMASKED, Outcome.DONE),
    (EventName.SYSTEM_OUTCOME_UNKNOWN, Outcome.UNKNOWN),
)
_WAITS: Final = {
    EventName.CUSTOMER_HELP_ASKED: "asked",
    EventName.AGENT_HELP_ACCEPTED: "accepted",
    EventName.AGENT_MEETING_CONFIRMED: "met",
}
_LEFT: Final = "left"  # for whatever cause: tachiai_session_ends tells
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE"})


class Metrics:
    def __init__(self) -> None:
        # Else a second series for each says when it was first counted.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = registry = CollectorRegistry()
        self._requests = Histogram(
            "tachiai_http_request_seconds",
            "Time to answer a request",
            ["method", "route", "status"],
            buckets=REQUEST_BUCKETS_S,
            registry=registry,
        )
        self._sockets = Counter("tachiai_sockets_closed", "Live sockets that have closed", registry=registry)
        self._refused = Counter(
            "tachiai_socket_refused", "Refused messages on sockets", ["problem"], registry=registry
        )
        self._entries = Counter(
            "tachiai_log_entries", "Durable entries since the start", ["event", "outcome"], registry=registry
        )
        self._ends = Counter("tachiai_session_ends", "Ended sessions", ["cause"], registry=registry)
        self._waits = Counter(
            "tachiai_waits", "Customers who asked first: what became of them", ["step"], registry=registry
        )
        self._flags = Counter(
            "tachiai_flags_raised", "Flags raised", ["detector", "action"], registry=registry
        )
        self._appends = Histogram(
            "tachiai_log_append_seconds",
            "Time from asking until an entry was durable",
            buckets=APPEND_BUCKETS_S,
            registry=registry,
        )
        Info("tachiai_build", "This version", registry=registry).info({"version": VERSION})
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        self._begin_at_zero()

    def _begin_at_zero(self) -> None:
        """A series that begins at 1 has not risen, for Prometheus: an alarm on its rate would miss the first time."""
        for cause in EndCause:
            self._ends.labels(cause.value)
        for step in (*_WAITS.values(), _LEFT):
            self._waits.labels(step)
        for detector in all_detectors():
            for action in Action:
                self._flags.labels(detector.name, action.value)
        for name, outcome in ALARMED:
            self._entries.labels(name.value, outcome.value)

    def answered(self, request: web.Request, status: int, seconds: float) -> None:
        """A socket's request is answered when the socket closes: it is counted, and its time says nothing."""
        if status == SWITCHING:
            self._sockets.inc()
            return
        method = request.method if request.method in _METHODS else "other"
        self._requests.labels(method, route_of(request), f"{status // 100}xx").observe(seconds)

    def refused_message(self, code: str) -> None:
        self._refused.labels(code).inc()

    def recorded(self, entry: OpenedEntry) -> None:
        """A listener of the log."""
        event = entry.event
        if event is None:
            return
        self._entries.labels(event.name.value, event.outcome.value).inc()
        if event.name.value.endswith(":session:ended"):
            self._ends.labels(str(event.facts.get("cause", "unknown"))).inc()
            if event.facts.get("state_before") == State.WAITING.value:
                self._waits.labels(_LEFT).inc()
        if event.name in _WAITS and event.outcome is Outcome.DONE:
            self._waits.labels(_WAITS[event.name]).inc()
        if event.name is EventName.SYSTEM_FLAG_RAISED:
            self._flags.labels(str(event.facts.get("detector")), str(event.facts.get("action"))).inc()

    def appended(self, seconds: float) -> None:
        self._appends.observe(seconds)

    def connections(self, tally: Tally) -> None:
        """What the doorway counts."""
        self._gauge("connections", "Open connections", lambda: tally.open)
        self._gauge("connections_refused", "Connections for which there was no room", lambda: tally.refused)

    def collect_from(self, collector: Collector) -> None:
        """Whole families, made at each scrape."""
        self._registry.register(collector)

    def text(self) -> str:
        return generate_latest(self._registry).decode()

    def lateness(self, worst_s: Callable[[], float]) -> None:
        self._gauge("loop_late_seconds", "By how much the loop was late at the worst, lately", worst_s)

    def _gauge(self, name: str, text: str, value: Callable[[], float]) -> None:
        Gauge(f"tachiai_{name}", text, registry=self._registry).set_function(value)

    def application(self) -> web.Application:
        """What is served on the metrics port."""

        async def show(_request: web.Request) -> web.Response:
            return web.Response(body=self.text().encode(), headers={"Content-Type": CONTENT_TYPE})

        application = web.Application()
        application.router.add_get("/metrics", show)
        return application


def route_of(request: web.Request) -> str:
    """The template of the route's path, which names no object; "none" where no route fits."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"
