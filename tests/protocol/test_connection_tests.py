"""What a stranger who tests a connection is given, and how often."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.connection_tests import SHARED_USERS, ConnectionTests
from server.http.throttles import CONNECTION_TESTS
from server.problems import Problem
from server.turn.relays import Relays
from server.turn.settings import TurnSettings
from session.gate_port import GateUnavailable
from session.media.trial import LIFE_S, Trial, new_credentials
from tests.protocol.server_people import Browser
from tests.protocol.server_stand import USUAL_SETTINGS, Stand, stand

URLS = ["turn:turn.example.com:3478?transport=udp"]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    file = tmp_path / "turn-secret"
    file.write_text("0123456789" * 4, encoding="utf-8")
    file.chmod(0o600)
    settings = msgspec.structs.replace(USUAL_SETTINGS, turn=TurnSettings(urls=URLS, access=str(file)))
    async with stand(tmp_path, settings=settings) as running:
        yield running


class Still:
    def now_ms(self) -> int:
        return 1_000_000


class OneGate:
    def trials(self) -> list[Trial]:
        return [Trial(*new_credentials(bytes(32), 0), ("192.0.2.1", "2001:db8::1"), 40_000)]


class NoGate:
    def trials(self) -> list[Trial]:
        raise GateUnavailable("starting")


async def test_anybody_gets_a_minutes_test_and_after_some_of_them_none(server: Stand) -> None:
    async with Browser(server) as nobody:
        begun = await nobody.ask("POST", "/connection-tests")
        assert begun.status == 201
        body: dict[str, Any] = begun.body
        assert set(body["gates"][0]) == {"addresses", "port", "ufrag", "password"}
        assert body["relay"]["urls"] == URLS
        assert 0 < body["relay"]["until_ms"] - server.clock.now_ms() <= LIFE_S * 1_000
        for _ in range(CONNECTION_TESTS.count - 1):
            assert (await nobody.ask("POST", "/connection-tests")).status == 201
        refused = await nobody.ask("POST", "/connection-tests")
        assert refused.status == 429


async def test_without_a_turn_server_only_the_gate_is_tested(tmp_path: Path) -> None:
    async with stand(tmp_path) as running, Browser(running) as nobody:
        assert (await nobody.ask("POST", "/connection-tests")).body["relay"] is None


async def test_another_site_cannot_spend_a_visitors_tests(server: Stand) -> None:
    async with Browser(server) as nobody:
        answer = await nobody.ask(
            "POST", "/connection-tests", headers={"Origin": "https://elsewhere.example"}
        )
        assert answer.status == 403


async def test_the_page_is_there_for_everybody_in_both_languages(server: Stand) -> None:
    async with Browser(server) as nobody:
        for language, words in (("en", "Do pictures get through"), ("ja", "映像は届きますか")):
            page = await nobody.page("/connection-test", headers={"Accept-Language": language})
            assert page.status == 200
            assert words in page.body


def test_all_strangers_together_are_a_few_users_of_the_turn_server() -> None:
    """So its quota for each user bounds what they hold, and a session's pages are other users."""
    tests = ConnectionTests(OneGate(), Relays(URLS, "s" * 40), Still())
    users = {user(tests, f"192.0.2.{low}") for low in range(256)} | {
        user(tests, f"2001:db8:{low:x}::/64") for low in range(256)
    }
    assert len(users) == SHARED_USERS
    assert user(tests, "192.0.2.7") == user(tests, "192.0.2.7")


def user(tests: ConnectionTests, source: str) -> str:
    relay = tests.begin(source).relay
    assert relay is not None
    assert hashlib.sha256(source.encode()).hexdigest()[:8] not in relay.username
    return relay.username.partition(":")[2]


def test_while_the_gate_is_away_the_test_says_so() -> None:
    with pytest.raises(Problem) as refused:
        ConnectionTests(NoGate(), Relays([], ""), Still()).begin("192.0.2.1")
    assert (refused.value.status, refused.value.code) == (503, "gate_unavailable")
