"""The outermost middleware: host and origin first, every refusal as a problem, headers on every answer."""

import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
import structlog
from aiohttp import HttpVersion11, web
from aiohttp.typedefs import Middleware

from server.http import headers
from server.http.admission import Admission
from server.http.origin import SAFE_METHODS, Site, check_host, check_origin
from server.http.problem_pages import problem_page
from server.http.proxied import check_way
from server.http.rendering import Pages
from server.metrics import Metrics, route_of
from server.problems import Problem, body_of, too_many
from server.refusals import problem_of

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Keyed = frozenset[tuple[str, str]]  # method and path of the routes that take API keys
PROBES: Final = frozenset({"/healthz", "/readyz"})  # asked by address, not by name
REQUEST_ID: Final = "X-Request-Id"  # our own: what a client sends under this name is not looked at
_REQUEST_ID_BYTES: Final = 8
_CONTINUE: Final = "100-continue"
_NOT_PAGES: Final = ("/api/", "/static/", "/healthz", "/readyz", "/.well-known/")
_log: Final = structlog.get_logger("http")

_CODES: Final = {
    404: ("not_found", "There is nothing here. Check the link."),
    405: ("wrong_method", "This is not done in this way. Nothing was changed."),
    413: ("too_large", "The request's body is too large. Nothing was changed."),
    417: ("not_understood", "The request cannot be understood. Nothing was changed."),
}


def answering(site: Site, pages: Pages, metrics: Metrics, admission: Admission, keyed: Keyed) -> Middleware:
    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        started, number = time.monotonic(), secrets.token_hex(_REQUEST_ID_BYTES)
        with structlog.contextvars.bound_contextvars(request_id=number):
            response = await judged(request, handler)
            if not response.prepared:
                headers.put(response.headers, secure=site.secure)
                response.headers[REQUEST_ID] = number
            seconds = time.monotonic() - started
            metrics.answered(request, response.status, seconds)
            _log.debug(
                "a request was answered",
                route=route_of(request),
                status_code=response.status,
                milliseconds=round(seconds * 1000),
            )
        return response

    async def judged(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            await admission.admit(request)
            _check(request, site, admission, by_key=_by_key(request, keyed))
            return await handler(request)
        except web.HTTPException as error:
            response = _of_http(request, error, pages)
        except Exception as error:  # noqa: BLE001  # the last one who can answer
            response = _problem_response(request, _problem_of(error), pages)
        if response.status == 401 and _by_key(request, keyed):
            response.headers["WWW-Authenticate"] = "Bearer"  # RFC 6750, 3
        return response

    return answer


async def continuing(request: web.Request) -> None:
    """Answers `Expect: 100-continue`. aiohttp's own handler also refuses all other expectations, and that before any
    middleware: without our headers, and not counted. `_check` refuses them instead."""
    if _expected(request) == _CONTINUE and request.version >= HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the answer itself has not begun


def _expected(request: web.Request) -> str:
    return request.headers.get("Expect", "").lower()


def _by_key(request: web.Request, keyed: Keyed) -> bool:
    resource = request.match_info.route.resource
    return resource is not None and (request.method, resource.canonical) in keyed


def _check(request: web.Request, site: Site, admission: Admission, *, by_key: bool) -> None:
    if _expected(request) not in {"", _CONTINUE}:
        raise web.HTTPExpectationFailed
    if request.path not in PROBES:
        if site.behind_proxy:
            check_way(request, site, admission.trusted)
        check_host(request, site)
    if by_key:
        return  # no browser's page asks here: no cookie is read, so there is nothing for another site to abuse
    if request.method not in SAFE_METHODS or "Upgrade" in request.headers:
        check_origin(request, site)


def _problem_of(error: Exception) -> Problem:
    problem = problem_of(error)
    if problem is None:
        _log.error("a request failed", exc_info=error)
        return Problem(
            500, "internal", "Something went wrong on our side. Nothing is shared. Try again in a minute."
        )
    if problem.status >= 500:  # server errors
        _log.warning("a request could not be served", problem_code=problem.code, exc_info=error)
    return problem


def _of_http(request: web.Request, error: web.HTTPException, pages: Pages) -> web.StreamResponse:
    if error.status < 400:  # a redirection is an answer
        return web.Response(status=error.status, headers={"Location": error.headers["Location"]})
    code, detail = _CODES.get(
        error.status, ("not_understood", "The request cannot be understood. Nothing was changed.")
    )
    response = _problem_response(request, Problem(error.status, code, detail), pages)
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def _problem_response(request: web.Request, problem: Problem, pages: Pages) -> web.StreamResponse:
    if not request.path.startswith(_NOT_PAGES) and request.method in SAFE_METHODS:
        if problem.status == too_many().status:  # nothing is rendered for a flood
            return web.Response(status=problem.status, text=problem.detail)
        return pages.respond(request, problem_page(request, problem, pages.cookies))
    body = msgspec.json.encode(body_of(problem))
    return web.Response(status=problem.status, body=body, content_type="application/problem+json")
