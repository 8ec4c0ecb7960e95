"""Numbers for operators, on a loopback port of their own. Labels are routes and outcomes, never people or ids."""

from collections.abc import Callable
from typing import Final

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

CONTENT_TYPE: Final = "text/plain; version=0.0.4"


class Metrics:
    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "tachiai_http_requests",
            "Answered requests",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._refused = Counter(
            "tachiai_socket_refused", "Refused messages on sockets", ["problem"], registry=self._registry
        )

    def answered(self, request: web.Request, status: int) -> None:
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else "none"
        method = request.method if request.method in {"GET", "HEAD", "POST", "DELETE"} else "other"
        self._requests.labels(method, route, str(status)).inc()

    def refused_message(self, code: str) -> None:
        self._refused.labels(code).inc()

    def watch(self, name: str, text: str, value: Callable[[], float]) -> None:
        """A gauge whose value is asked for at each scrape."""
        Gauge(f"tachiai_{name}", text, registry=self._registry).set_function(value)

    def application(self) -> web.Application:
        """What is served on the metrics port."""

        async def show(_request: web.Request) -> web.Response:
            return web.Response(body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE})

        application = web.Application()
        application.router.add_get("/metrics", show)
        return application
