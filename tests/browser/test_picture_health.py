"""The agent's page tells a still picture from a frozen one, and a good line from a poor one."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.pages_stage import PagesStage, set_up

pytestmark = pytest.mark.asyncio(loop_scope="session")
SECONDS = 30


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[PagesStage]:
    async with set_up(browser) as stage:
        await stage.page.goto(f"{stage.url}/problem")
        yield stage


def line(*rates: Mapping[str, float]) -> list[dict[str, Any]]:
    """A sample a second; each rate of counters a second, with its round trip, holds for an equal part of the time."""
    counters = ("frames", "received", "lost", "reports", "sent", "asked", "frozenS")
    samples = [dict.fromkeys(counters, 0.0)]
    for rate in rates:
        for _ in range(SECONDS // len(rates)):
            last = samples[-1]
            samples.append({name: last[name] + rate.get(name, 0.0) for name in last})
    told = {"roundTripS": rates[0].get("rtt", 0.02), "sendableBps": rates[0].get("bps")}
    return [{**one, **told} for one in samples]


async def health(stage: PagesStage, samples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await stage.run(
        """const { PictureHealth } = await import('/static/media/picture_health.js');
        const health = new PictureHealth();
        return argument.map((sample, second) => health.observe(sample, 1000 * second));""",
        samples,
    )
    return found


MOVING = {"frames": 10, "received": 130, "reports": 1, "sent": 130}
STANDING = {"frames": 1, "received": 2, "reports": 1, "sent": 2}
REPORTS_ONLY = {"reports": 1}
CUT = {"reports": 0}
LOST_ON_THE_WAY = {"reports": 1, "sent": 130}
NEARLY_ALL_LOST = {"reports": 1, "sent": 130, "received": 2, "lost": 128}


async def test_a_moving_and_a_standing_picture_are_current(stage: PagesStage) -> None:
    for rate in (MOVING, STANDING, REPORTS_ONLY):
        assert {one["frozenForMs"] for one in await health(stage, line(rate))} == {0}, rate


async def test_a_cut_line_and_lost_packets_are_told_after_five_seconds(stage: PagesStage) -> None:
    for rate in (CUT, LOST_ON_THE_WAY, NEARLY_ALL_LOST):
        found = await health(stage, line(MOVING, rate))
        told = [second for second, one in enumerate(found) if one["frozenForMs"] > 0]
        assert told == list(range(SECONDS // 2 + 5, SECONDS + 1)), rate
        assert found[-1]["frozenForMs"] == 1000 * SECONDS // 2


async def test_a_picture_that_moves_again_is_told_at_once(stage: PagesStage) -> None:
    found = await health(stage, line(MOVING, CUT, MOVING))
    assert found[20]["frozenForMs"] > 0
    assert {one["frozenForMs"] for one in found[21:]} == {0}


@pytest.mark.parametrize(
    ("rate", "quality"),
    [
        ({**MOVING, "lost": 1}, "good"),
        ({**MOVING, "lost": 6}, "weak"),
        ({**MOVING, "lost": 20}, "poor"),
        ({**MOVING, "asked": 3}, "good"),
        ({**MOVING, "asked": 20}, "weak"),
        ({**MOVING, "asked": 60}, "poor"),
        ({**MOVING, "bps": 2_500_000}, "good"),
        ({**MOVING, "bps": 900_000}, "weak"),
        ({**MOVING, "bps": 300_000}, "poor"),
        ({**MOVING, "frozenS": 0.05}, "weak"),
        ({**MOVING, "frozenS": 0.2}, "poor"),
        ({**MOVING, "rtt": 0.5}, "weak"),
        ({**MOVING, "rtt": 1.2}, "poor"),
    ],
)
async def test_loss_and_round_trip_make_the_quality(
    stage: PagesStage, rate: Mapping[str, float], quality: str
) -> None:
    found = await health(stage, line(rate))
    assert {one["quality"] for one in found[2:]} == {quality}


async def test_loss_of_long_ago_is_forgotten_and_another_connection_counts_anew(stage: PagesStage) -> None:
    found = await health(stage, line({**MOVING, "lost": 20}, MOVING))
    assert found[-1]["quality"] == "good"
    found = await health(stage, [*line({**MOVING, "lost": 20}), *line(MOVING)])
    assert found[-1] == {"frozenForMs": 0, "quality": "good"}
    assert found[SECONDS + 1]["frozenForMs"] == 0
