"""What happens mid-share when something dies: the screen goes dark, the cause is recorded, the next start works."""

import os
import signal
from typing import Any

import pytest

from audit.verify import verify_folder
from tests.browser.actors import now_ms
from tests.browser.demo_server import start
from tests.browser.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

DARK_WITHIN_MS = 1_000
COVERED_WITHIN_MS = 3_200  # the page's own watchdog, for a server that is gone


async def test_a_killed_gate_darkens_the_screen_and_ends_the_session_with_its_cause(stage: Stage) -> None:
    await stage.share()
    begun = now_ms()
    os.kill(stage.server.gate_pid, signal.SIGKILL)
    assert await stage.agent.dark_after(begun) < DARK_WITHIN_MS
    await stage.agent.page.wait_for_selector(".ended-card")
    await stage.customer.page.wait_for_selector("#screen h1:has-text('ended')")
    log = await stage.record()
    assert [entry["facts"]["cause"] for entry in log if entry["name"].endswith(":session:ended")] == [
        "gate_failed"
    ]
    await stage.agent.page.goto(f"{stage.server.url}/agent")
    link, _code = await stage.agent.open_session(stage.reference)
    assert "#" in link


async def test_after_a_killed_server_the_screen_is_covered_and_the_next_start_tells_what_happened(
    stage: Stage,
) -> None:
    await stage.share()
    session = stage.agent.session
    acknowledged = await entries_by_index(stage)
    begun = now_ms()
    await stage.server.kill()
    assert await stage.agent.dark_after(begun) < COVERED_WITHIN_MS
    stage.server.process = (again := await start(stage.folder, stage.server.port)).process
    stage.server.ready = again.ready
    await stage.agent.page.wait_for_selector(".ended-card", timeout=30_000)
    found = await entries_by_index(stage)
    assert "customer:consent:granted" in {entry["name"] for entry in acknowledged.values()}
    assert {index: found.get(index) for index in acknowledged} == acknowledged, "acknowledged, and lost"
    ends = [
        entry["facts"]["cause"]
        for entry in found.values()
        if entry["session"] == session and entry["name"].endswith(":session:ended")
    ]
    assert ends == ["server_restarted"]
    await stage.server.stop()
    report = verify_folder(stage.server.log_folder, verifier_key=stage.server.verifier_key)
    assert report.exit_code == 0, report.sentence


async def entries_by_index(stage: Stage) -> dict[int, dict[str, Any]]:
    """What is shown is durable."""
    return {entry["index"]: entry for entry in await stage.record()}
