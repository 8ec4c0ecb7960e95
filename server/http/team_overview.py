"""The officers' overview by team: a page without script, whose charts are drawn here, beside the same figures."""

from datetime import UTC, datetime
from typing import Final

from aiohttp import web
from markupsafe import Markup

from audit.event import EventName
from server.checklist.wording import worded
from server.http.catalogues import Catalogue
from server.http.rendering import Page
from server.http.routing import OFFICER, Call, Kind, Route
from server.outbox.message import DAY_MS
from server.reporting.charts import Bar, stacked
from server.reporting.wording import moment
from server.team_overview import Overview


async def page(call: Call) -> web.Response:
    """Recorded before anything is shown, as the live sessions and the flags are."""
    services = call.services
    for name in (EventName.OFFICER_SESSIONS_READ, EventName.OFFICER_FLAGS_READ):
        await services.log_desk.record(call.staff.staff, name)
    found = await services.team_overview.at(call.now)
    words = services.pages.catalogues[services.pages.language(call.request)]
    context = {"to_mend": services.checklist.to_mend, **context_of(found, words, call.now)}
    return services.pages.respond(call.request, Page("security_overview", context=context), call.staff.staff)


def context_of(found: Overview, words: Catalogue, now_ms: int) -> dict[str, object]:
    """What the template shows."""
    return {
        "made_at": moment(now_ms),
        "found": found,
        "oldest": moment(found.waiting.oldest_ms) if found.waiting.oldest_ms is not None else "",
        "sent": [worded(finding, words) for finding in found.sent],
        "actions": [_action(action, words) for action in found.actions],
        "day": _day,
        "flags_chart": _flags_chart(found, words),
        "hours_chart": _hours_chart(found, words),
    }


def _flags_chart(found: Overview, words: Catalogue) -> Markup:
    busiest = max(found.days, key=lambda one: sum(one.counts))
    about = words.text(
        "overview.flags_about",
        total=sum(sum(one.counts) for one in found.days),
        most=sum(busiest.counts),
        day=_day(busiest.day),
    )
    drawn = [Bar(_day(one.day)[5:], one.counts) for one in found.days]
    return stacked(words.text("overview.flags_by_day"), about, drawn)


def _hours_chart(found: Overview, words: Catalogue) -> Markup:
    about = words.text(
        "overview.hours_about",
        today=sum(one.reached or 0 for one in found.hours),
        usual=round(sum(one.usual or 0.0 for one in found.hours if one.reached is not None), 1),
    )
    drawn = [Bar(f"{one.hour:02}", [one.reached or 0], one.usual) for one in found.hours]
    return stacked(words.text("overview.by_hour"), about, drawn)


def _action(action: str, words: Catalogue) -> str:
    key = f"flag_action.{action}"
    return words.text(key) if key in words.texts else action


def _day(day: int) -> str:
    return datetime.fromtimestamp(day * DAY_MS / 1000, UTC).strftime("%Y-%m-%d")


TEAM_OVERVIEW_ROUTES: Final = (
    Route(
        method="GET",
        path="/security/overview",
        handler=page,
        who=OFFICER,
        kind=Kind.PAGE,
        problems=(503,),
        summary="Teams now and this week, flags by day, customers by hour, delivery; recorded",
    ),
)
