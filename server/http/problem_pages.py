"""The page in place of one that cannot be shown: what happened, and the ways on for who is likely to read it."""

from typing import Final

from aiohttp import web

from server.http.cookies import Cookies
from server.http.rendering import Page
from server.http.routing import Who
from server.problems import Problem

_SENTENCES: Final = {
    403: ("page_problem.not_allowed", "page_problem.not_allowed_next"),
    404: ("page_problem.not_found", "page_problem.not_found_next"),
}
_OURS: Final = ("page_problem.ours", "page_problem.ours_next")
_OTHER: Final = ("page_problem.title", "page_problem.next")
_STAFF_WAYS: Final = {
    Who.AGENT: ("/agent", "page_problem.desk"),
    Who.OFFICER: ("/security", "page_problem.console"),
}
_START: Final = ("/", "page_problem.home")


def problem_page(request: web.Request, problem: Problem, cookies: Cookies) -> Page:
    """Staff are led to their own door, everybody else to the start.

    The address and the presence of a cookie decide, unverified: they choose among links that anybody may follow, and
    a page about a failure must not ask the database.
    """
    ways = [way for who, way in _STAFF_WAYS.items() if _under(request, way[0])] or [
        way for who, way in _STAFF_WAYS.items() if cookies.token(request, who) is not None
    ]
    title, next_step = _OURS if problem.status >= 500 else _SENTENCES.get(problem.status, _OTHER)
    context = {"title": title, "next_step": next_step, "ways": ways or [_START], "for_staff": bool(ways)}
    return Page("problem", context=context, status=problem.status)


def _under(request: web.Request, home: str) -> bool:
    return request.path == home or request.path.startswith(home + "/")
