"""Which refusals a route may answer with: most follow from its row, as the guards do; the row says what is left.

Tests compare every answer that they get with this, so that the description tells no less than what happens.
"""

from typing import Final

from server.http.errors import PROBES
from server.http.origin import SAFE_METHODS
from server.http.routing import Kind, Route

_EVERYWHERE: Final = frozenset({429})
_BODY: Final = frozenset({400, 408, 413, 422})  # broken off, too slow, too large, not what fits
_UNAVAILABLE: Final = 503  # draining, no record possible, no database


def problem_statuses(route: Route) -> list[int]:
    """HTTP statuses of RFC 9457 problems, in order. 500 is none of them: it would be a fault of ours."""
    found = {*_EVERYWHERE, *route.problems}
    if route.path not in PROBES:
        found.add(421)
    if not route.open_to_all:
        found |= {401, 403, _UNAVAILABLE}
    if "{" in route.path:
        found.add(404)
    if route.query:
        found.add(422)
    if route.method not in SAFE_METHODS:
        found |= {403, _UNAVAILABLE, *_BODY} if not route.keyed else {_UNAVAILABLE, *_BODY}
        if route.request is not None:
            found.add(415)
    if route.kind is Kind.SOCKET:
        found |= {400, 403}
    return sorted(found - {route.status, *route.also})
