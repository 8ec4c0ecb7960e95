"""The OpenAPI 3.1 description, made from the route table that serves."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from server.http.cookies import Cookies
from server.http.route_problems import problem_statuses
from server.http.routing import Kind, Route, Who
from server.problems import TITLES, ProblemBody

_REFERENCE: Final = "#/components/schemas/{name}"
_PARAMETER: Final = re.compile(r"\{(\w+)[^}]*\}")


def document(routes: Iterable[Route], *, secure: bool, version: str) -> dict[str, Any]:
    """The whole description as JSON-ready data."""
    listed = [route for route in routes if route.kind in {Kind.INTERFACE, Kind.SOCKET}]
    types = [kind for route in listed for kind in (route.request, route.answer) if kind is not None]
    schemas, components = msgspec.json.schema_components([*types, ProblemBody], ref_template=_REFERENCE)
    by_type = dict(zip(map(id, [*types, ProblemBody]), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in listed:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, by_type)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tachiai", "version": version},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _schemes(secure=secure)},
    }


def _operation(route: Route, schemas: Mapping[int, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": route.summary,
        "operationId": f"{route.method.lower()}_{re.sub(r'[^a-z0-9]+', '_', route.path.lower()).strip('_')}",
        "responses": {
            **{str(status): _answer(route, schemas) for status in (route.status, *route.also)},
            **{str(status): _problem(status, schemas) for status in problem_statuses(route)},
        },
        "security": [{}] if route.open_to_all else [_required(route, who) for who in sorted(route.who)],
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(route.path)
    ]
    parameters += [
        {"name": name, "in": "query", "required": False, "schema": {"type": kind}}
        for name, kind in route.query
    ]
    if parameters:
        operation["parameters"] = parameters
    if route.request is not None:
        operation["requestBody"] = {"required": True, "content": _json(schemas[id(route.request)])}
    return operation


def _required(route: Route, who: Who) -> dict[str, list[str]]:
    """OpenAPI 3.1 lets any scheme list the roles that it needs: for a key, its scope."""
    return {who.value: [route.scope.value] if route.scope is not None else []}


def _answer(route: Route, schemas: Mapping[int, Any]) -> dict[str, Any]:
    if route.answer is None:
        return {"description": "Done."}
    return {"description": "Done.", "content": {route.media: {"schema": schemas[id(route.answer)]}}}


def _problem(status: int, schemas: Mapping[int, Any]) -> dict[str, Any]:
    return {
        "description": f"{TITLES.get(status, 'Refused')}; nothing was changed (RFC 9457).",
        "content": {"application/problem+json": {"schema": schemas[id(ProblemBody)]}},
    }


def _json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _schemes(*, secure: bool) -> dict[str, Any]:
    cookies = Cookies(secure=secure)
    by_cookie: dict[str, Any] = {
        who.value: {"type": "apiKey", "in": "cookie", "name": cookies.name(who)}
        for who in (Who.AGENT, Who.OFFICER, Who.CUSTOMER, Who.ME)
    }
    return {
        **by_cookie,
        Who.KEY.value: {"type": "http", "scheme": "bearer", "bearerFormat": "tk_<id>_<secret>"},
    }
