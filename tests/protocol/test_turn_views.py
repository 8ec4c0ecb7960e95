"""Who is told of the TURN server, and when: the two pages of a session, from the agreement on until its end."""

import base64
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.turn.settings import TurnSettings
from tests.protocol.server_people import Share, in_ready, in_sharing, in_verifying
from tests.protocol.server_stand import USUAL_SETTINGS, Stand, stand

SECRET = "0123456789abcdef0123456789abcdef"
URLS = ["turn:turn.example.com:3478?transport=udp", "turns:turn.example.com:443?transport=tcp"]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    file = tmp_path / "turn-secret"
    file.write_text(SECRET + "\n", encoding="utf-8")
    file.chmod(0o600)
    settings = msgspec.structs.replace(USUAL_SETTINGS, turn=TurnSettings(urls=URLS, access=str(file)))
    async with stand(tmp_path, settings=settings) as running:
        yield running


async def test_nobody_is_told_of_the_turn_server_before_there_is_an_agreement(server: Stand) -> None:
    async with in_verifying(server) as share:
        assert (await share.customer_socket.view("verifying"))["relay"] is None
        assert (await share.agent_socket.view("verifying"))["relay"] is None


async def test_each_page_has_credentials_of_its_own_that_end_with_the_agreement(server: Stand) -> None:
    async with in_ready(server) as share:
        customer, agent = await seen(share, "ready")
        assert customer["relay"]["username"] != agent["relay"]["username"]
        for view in (customer, agent):
            relay = view["relay"]
            assert relay["urls"] == URLS
            expiry = int(relay["username"].partition(":")[0])
            assert relay["until_ms"] == expiry * 1_000 <= view["consent"]["until_ms"] < (expiry + 1) * 1_000
            assert relay["credential"] == password(relay["username"])
            for name in (view["session"], view["case_reference"], view["agent"]["number"]):
                assert name not in relay["username"]


async def test_credentials_stay_the_same_through_a_share_and_are_gone_with_its_end(server: Stand) -> None:
    async with in_sharing(server) as share:
        before = (await seen(share, "sharing"))[0]["relay"]
        await share.customer_socket.send({"type": "share.pause"})
        assert (await share.customer_socket.view("paused"))["relay"] == before
        await share.customer_socket.send({"type": "share.stop", "by": "page"})
        assert (await share.customer_socket.view("ended"))["relay"] is None
        assert (await share.agent_socket.view("ended"))["relay"] is None


async def test_neither_the_log_of_the_server_nor_the_record_has_a_credential(server: Stand) -> None:
    async with in_sharing(server) as share:
        views = await seen(share, "sharing")
        await share.customer_socket.send({"type": "share.stop", "by": "page"})
        await share.customer_socket.view("ended")
    written = server.written.getvalue() + json.dumps([repr(event) for event in await server.events()])
    for view in views:
        assert view["relay"]["credential"] not in written
        assert view["relay"]["username"] not in written
    assert SECRET not in written


async def test_a_server_without_a_turn_server_says_so_with_null(tmp_path: Path) -> None:
    async with stand(tmp_path) as running, in_ready(running) as share:
        assert [view["relay"] for view in await seen(share, "ready")] == [None, None]


async def seen(share: Share, state: str) -> list[dict[str, Any]]:
    """What the customer's and what the agent's page was shown."""
    return [await socket.view(state) for socket in (share.customer_socket, share.agent_socket)]


def password(username: str) -> str:
    """As coturn makes it: `static-auth-secret` is the key, the user name the text."""
    return base64.b64encode(hmac.digest(SECRET.encode(), username.encode(), "sha1")).decode()
