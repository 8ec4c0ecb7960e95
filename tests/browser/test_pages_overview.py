"""The officers' overview in a browser: readable at 360 px in both languages and themes, with no fault for axe."""

from typing import Any

import pytest
from playwright.async_api import Browser

from server.checklist.finding import Finding
from server.checklist.table import Severity
from server.http import catalogues
from server.http.team_overview import context_of
from server.storage.overview_counts import Failing, Waiting
from server.team_overview import DAYS, FlagDay, HourNow, Overview, TeamNow
from tests.browser.axe import violations
from tests.browser.pages_measure import MEASURE
from tests.browser.pages_stage import CLIENT, set_up
from tests.browser.pages_views import NOW

pytestmark = pytest.mark.asyncio(loop_scope="session")
WORDS = catalogues.read_folder(CLIENT / "locales")
DAY_MS = 86_400_000
FULL = Overview(
    teams=[TeamNow("Customer help", 12, 4, 3, 1), TeamNow("", 0, 0, 1, 1)],
    actions=("block", "withheld", "hold", "step_up", "flag", "shadow"),
    days=[FlagDay(NOW // DAY_MS + day, (day % 3, 1, 0, day % 2, 2, 1)) for day in range(1 - DAYS, 1)],
    hours=[HourNow(hour, hour if hour < 15 else None, hour * 0.8) for hour in range(24)],
    usual_days=28,
    waiting=Waiting(4, NOW - 60_000, [Failing("siem", "timed_out", 3)]),
    sent=[Finding("outbox", "late", Severity.WEAK, {"count": 2}), Finding("collector", "none", Severity.OK)],
)
EMPTY = Overview(
    teams=[TeamNow("Customer help", 0, 0, 0, 0)],
    actions=(),
    days=[FlagDay(NOW // DAY_MS + day, ()) for day in range(1 - DAYS, 1)],
    hours=[HourNow(hour, 0 if hour < 1 else None, None) for hour in range(24)],
    usual_days=0,
    waiting=Waiting(0, None, []),
    sent=[],
)


def rendered(found: Overview, language: str) -> dict[str, Any]:
    return context_of(found, WORDS[language], NOW)


@pytest.mark.parametrize("found", [FULL, EMPTY], ids=["full", "empty"])
@pytest.mark.parametrize(("width", "language", "scheme"), [(360, "ja", "dark"), (1280, "en", "light")])
async def test_all_of_it_can_be_read_and_has_no_fault(
    browser: Browser, found: Overview, width: int, language: str, scheme: str
) -> None:
    size = {"width": width, "height": 800}
    async with set_up(browser, viewport=size, color_scheme=scheme, locale=language) as stage:
        stage.script.contexts["security_overview"] = rendered(found, language)
        await stage.page.goto(f"{stage.url}/security_overview")
        await stage.page.wait_for_selector("svg.chart[role=img]")
        measured = await stage.page.evaluate(MEASURE)
        assert not measured["wide"]
        assert [text for text in measured["texts"] if text["contrast"] < 4.5] == []
        assert [one for one in measured["targets"] if one["height"] < 44 or one["width"] < 44] == []
        assert await violations(stage.page) == []
