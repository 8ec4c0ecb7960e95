"""Two Chromium contexts, a real captured tab, the real gate process: what the agent's screen shows."""

import asyncio
import os
import random
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from session.gate_port import GateLost, Leg, LegLost, PictureStarted
from session.media.supervisor import GateProcess
from tests.browser import gate_pages
from tests.browser.gate_pages import COLOUR, SESSION, Rig

BLACK = (0, 0, 0)
pytestmark = pytest.mark.asyncio(loop_scope="module")  # the loop of the one browser of this file


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with gate_pages.browser() as launched:
        yield launched


@pytest_asyncio.fixture(loop_scope="module")
async def pages(browser: Browser) -> AsyncIterator[Rig]:
    """Both legs up, the tab captured, nothing granted."""
    async with gate_pages.rig(browser) as made:
        await made.connect()
        yield made


async def test_the_agent_sees_the_tab_only_under_a_grant_and_black_within_a_second_of_revocation(
    pages: Rig,
) -> None:
    """Six times over, and back at a usable rate: the two traps of bandwidth estimation (REMB, holes in the
    transport-wide sequence) each took it to nearly 0."""
    await pages.customer.evaluate("send()")
    assert await pages.becomes(COLOUR, 500) is None
    await pages.share()
    assert PictureStarted(SESSION, 1) in pages.seen
    for _ in range(6):
        await asyncio.sleep(1)  # a stretch of the length that makes feedback flow
        pages.revoke()
        assert await pages.becomes(BLACK, 1_000) is not None
        await pages.grant()
        assert await pages.becomes(COLOUR, 3_000) is not None
    stats = await pages.customer.evaluate("outbound()")
    assert stats["available"] > 1_500_000
    assert "AEAD_AES" in stats["srtp"]


async def test_the_picture_turns_black_when_renewals_are_withheld_and_when_the_session_is_closed(
    pages: Rig,
) -> None:
    await pages.share()
    pages.granting = False
    assert await pages.becomes(BLACK, 2_250) is not None
    await pages.share()
    await pages.customer.evaluate("hold()")
    pages.granting = False  # no packet comes that could notice the end: the tick must
    assert await pages.becomes(BLACK, 2_250) is not None
    await pages.share()
    pages.gate.close(SESSION)
    assert await pages.becomes(BLACK, 1_000) is not None
    assert (await pages.gate.metrics()).sessions == 0


async def test_a_hung_gate_is_reported_within_two_seconds_a_killed_one_at_once_and_the_next_serves_the_same_pages(
    pages: Rig,
) -> None:
    await pages.share()
    assert await lost_after(signal.SIGSTOP, pages) < 2.25
    await pages.come_back()
    await pages.share()
    assert await lost_after(signal.SIGKILL, pages) < 1
    await pages.come_back()
    await pages.share()


async def lost_after(sent: signal.Signals, pages: Rig) -> float:
    """Seconds until the loss was reported, with this session and once."""
    pages.seen.clear()
    began = time.monotonic()
    assert pages.gate.pid is not None
    os.kill(pages.gate.pid, sent)
    await pages.until(lambda: GateLost((SESSION,)) in pages.seen)
    assert pages.lost_s is not None
    return pages.lost_s - began


async def test_ten_thousand_hostile_datagrams_leave_a_real_share_its_frame_rate(pages: Rig) -> None:
    await pages.share()
    undisturbed = await frame_rate(pages, asyncio.sleep(2))
    attacked = await frame_rate(pages, attack(pages.gate))
    assert attacked > undisturbed / 2  # this machine's own noise is large; percentiles belong to benches
    metrics = await pages.gate.metrics()
    assert sum(metrics.drops.values()) >= 10_000
    assert (metrics.sessions, pages.gate.restarts) == (1, 0)
    assert await pages.becomes(COLOUR, 100) is not None


async def frame_rate(pages: Rig, meanwhile: Awaitable[None]) -> float:
    before, began = await pages.agent.evaluate("frames()"), time.monotonic()
    await meanwhile
    after = await pages.agent.evaluate("frames()")
    rate: float = (after["decoded"] - before["decoded"]) / (time.monotonic() - began)
    return rate


async def attack(gate: GateProcess) -> None:
    """Random datagrams that begin like STUN, DTLS, RTP or RTCP, over two seconds or more."""
    chance = random.Random(9)  # noqa: S311 - a repeatable test
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as attacker:
        attacker.connect(("127.0.0.1", gate.port))
        for sent in range(0, 10_000, 50):
            for _ in range(50):
                start = chance.choice((0, 0, 22, 128, 129, 144)), chance.choice((1, 96, 200, 205, 254))
                attacker.send(bytes(start) + chance.randbytes(chance.randrange(200)))
            await asyncio.sleep(0.01)
            await until_counted(gate, sent + 50)  # nothing is lost in its socket's buffer


async def until_counted(gate: GateProcess, datagrams: int) -> None:
    async with asyncio.timeout(10):
        while sum((await gate.metrics()).drops.values()) < datagrams:  # noqa: ASYNC110 - counters are read; nobody announces them
            await asyncio.sleep(0.01)


async def test_a_closed_tab_is_a_lost_leg_within_four_seconds(pages: Rig) -> None:
    await pages.share()
    await pages.customer.close()
    async with asyncio.timeout(4):
        await pages.until(lambda: LegLost(SESSION, Leg.CUSTOMER) in pages.seen)
