"""The connection test in Firefox ESR: the same answers as in Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.demo_server import demo_server
from tests.browser.firefox import FirefoxPage, firefox
from tests.protocol.turn_stand import SECRET, Ground, coturn, ground

pytestmark = pytest.mark.asyncio(loop_scope="session")
PASSED, FAILED, ABSENT = "Gets through", "Does not get through", "Not set up"
ROWS = (
    "Object.fromEntries([...document.querySelectorAll('#ways li')].map((row) => "
    "[row.dataset.way, [row.querySelector('.pill').textContent, row.textContent]]))"
)


@pytest.fixture
def around() -> Iterator[Ground]:
    with ground() as made:
        yield made


async def ways(page: FirefoxPage, url: str) -> dict[str, tuple[str, str]]:
    await page.open(f"{url}/connection-test")
    await page.click("#begin")
    await page.appears("#verdict .notice")
    found: dict[str, tuple[str, str]] = await page.until(ROWS)
    return found


async def test_firefox_finds_the_ways_that_pass_and_tells_a_shut_one_from_a_refusal(
    tmp_path: Path, around: Ground
) -> None:
    (tmp_path / "coturn").mkdir()
    secret = tmp_path / "turn-secret"
    secret.write_text(SECRET, encoding="utf-8")
    secret.chmod(0o600)
    with coturn(tmp_path / "coturn", around) as turn:
        settings = {
            "TACHIAI_GATE__HOST": around.gate[0],
            "TACHIAI_TURN__URLS": ",".join(turn.urls[:2]),
            "TACHIAI_TURN__ACCESS": str(secret),
        }
        async with firefox(tmp_path) as page:
            async with demo_server(tmp_path, **settings) as server:
                found = await ways(page, server.url)
                assert [found[way][0] for way in ("direct", "udp", "tcp", "tls")] == [PASSED] * 3 + [ABSENT]
            secret.write_text(SECRET[::-1], encoding="utf-8")
            async with demo_server(tmp_path, **settings) as server:
                found = await ways(page, server.url)
                assert [found[way][0] for way in ("direct", "udp", "tcp")] == [PASSED, FAILED, FAILED]
                for way in ("udp", "tcp"):
                    assert "did not accept the test" in found[way][1]
