"""Is an answer one of those that the interface's description tells of?"""

import re
from typing import Final

from server.http.route_problems import problem_statuses
from server.http.routes import TABLE
from server.http.routing import Kind

_ROUTES: Final = [
    (route.method, re.compile(re.sub(r"\{[^}]*\}", "[^/]+", route.path)), route)
    for route in TABLE
    if route.kind is Kind.INTERFACE
]


def check_described(method: str, path: str, status: int) -> None:
    """What is asked for by a method or at a path that no route has is not the description's matter."""
    for one, pattern, route in _ROUTES:
        if one == method and pattern.fullmatch(path.partition("?")[0]):
            told = {route.status, *route.also, *problem_statuses(route), 500}  # a fault, made by the test
            assert status in told, (
                f"{method} {route.path} answered {status}, which its description does not tell"
            )
            return
