"""`tachiai doctor --media` against a real server, a real gate and a real coturn: which hop fails, and what to do."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from server.connection_tests import SHARED_USERS
from server.turn.relays import RelayShown
from tests.browser.demo_server import demo_server
from tests.protocol.turn_probe import GRANTED, TurnProbe
from tests.protocol.turn_stand import SECRET, Ground, TurnStand, coturn, ground, strangers_full
from tests.protocol.typed_commands import said

WAYS = ["direct", "udp", "tcp", "tls"]


@pytest.fixture(scope="module")
def around() -> Iterator[Ground]:
    with ground() as made:
        yield made


@pytest.fixture(scope="module")
def turn(around: Ground, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TurnStand]:
    with coturn(tmp_path_factory.mktemp("coturn"), around) as started:
        yield started


@asynccontextmanager
async def server(folder: Path, turn: TurnStand, *, secret: str = SECRET, **more: str) -> AsyncIterator[str]:
    """Gives its address."""
    file = folder / "turn-secret"
    file.write_text(secret, encoding="utf-8")
    file.chmod(0o600)
    settings = {
        "TACHIAI_GATE__HOST": turn.ground.gate[0],
        "TACHIAI_TURN__URLS": ",".join(turn.urls),
        "TACHIAI_TURN__ACCESS": str(file),
    }
    async with demo_server(folder, **settings | more) as running:
        yield running.url


async def told(folder: Path, url: str, *more: str, code: int = 0) -> dict[str, dict[str, Any]]:
    """What is found of each way."""
    exit_code, out, err = await said("doctor", "--media", "--url", url, "--json", *more, folder=folder)
    assert exit_code == code, (out, err)
    return {found["way"]: found for found in json.loads(out)["ways"]}


async def test_every_way_passes_where_everything_is_well_and_people_can_read_it(
    tmp_path: Path, turn: TurnStand
) -> None:
    async with server(tmp_path, turn) as url:
        found = await told(tmp_path, url, "--ca", str(turn.certificate))
        assert [way["result"] for way in found.values()] == ["passed"] * 4
        assert list(found) == WAYS
        assert [way["via"] for way in found.values()] == ["", *turn.urls]
        code, out, _ = await said(
            "doctor", "--media", "--url", url, "--ca", str(turn.certificate), folder=tmp_path
        )
        assert code == 0
        assert [line.split(":")[0] for line in out.splitlines()] == [f"ok      {way}" for way in WAYS]
        found = await told(tmp_path, url, code=1)
        assert (found["tls"]["hop"], found["tcp"]["hop"]) == ("certificate", "")


async def test_a_wrong_secret_is_told_from_a_way_that_is_shut(tmp_path: Path, turn: TurnStand) -> None:
    async with server(tmp_path, turn, secret=SECRET[::-1]) as url:
        found = await told(tmp_path, url, "--ca", str(turn.certificate), code=1)
        assert [found[way]["hop"] for way in WAYS] == ["", "refused", "refused", "refused"]
        assert "turn.access" in found["udp"]["mend"]
    nowhere = "turn:127.0.0.1:9?transport=udp,turn:127.0.0.1:9?transport=tcp"
    async with server(tmp_path, turn, TACHIAI_TURN__URLS=nowhere) as url:
        found = await told(tmp_path, url, code=1)
        assert [found[way]["hop"] for way in ("direct", "udp", "tcp")] == ["", "relay", "relay"]


async def test_strangers_who_hold_every_place_for_tests_keep_no_session_out(
    tmp_path: Path, turn: TurnStand
) -> None:
    async with server(tmp_path, turn) as url:
        with strangers_full(turn):
            found = await told(tmp_path, url, "--ca", str(turn.certificate), code=1)
            assert [found[way]["hop"] for way in WAYS] == ["", "full", "full", "full"]
            relay = turn.credentials("session ses_A customer")
            with TurnProbe(turn.server, relay.username, relay.credential) as page:
                assert page.allocate() == GRANTED
        await free_again(turn)
        await told(tmp_path, url, "--ca", str(turn.certificate))


async def free_again(turn: TurnStand) -> None:
    """coturn takes some seconds to forget relays that were given back."""
    relays = [turn.credentials(f"connection test {user}") for user in range(SHARED_USERS)]
    async with asyncio.timeout(60):
        while any(refused(turn, relay) for relay in relays):  # noqa: ASYNC110 - another program counts them
            await asyncio.sleep(0.5)


def refused(turn: TurnStand, relay: RelayShown) -> bool:
    with TurnProbe(turn.server, relay.username, relay.credential) as probe:
        return probe.allocate() != GRANTED


async def test_a_gate_that_is_no_peer_or_does_not_answer_is_named(
    tmp_path: Path, around: Ground, turn: TurnStand
) -> None:
    (tmp_path / "elsewhere").mkdir()
    with coturn(tmp_path / "elsewhere", around, gate=around.neighbour) as astray:
        async with server(tmp_path, astray) as url:
            found = await told(tmp_path, url, "--ca", str(astray.certificate), code=1)
            assert [found[way]["hop"] for way in WAYS] == ["", "forbidden", "forbidden", "forbidden"]
            assert f"allowed-peer-ip={around.gate[0]}" in found["udp"]["mend"]
        wrongly = {"TACHIAI_GATE__ADVERTISED": around.neighbour[0]}
        async with server(tmp_path, astray, **wrongly) as url:
            found = await told(tmp_path, url, "--ca", str(astray.certificate), code=1)
            assert [found[way]["hop"] for way in WAYS] == ["gate", "behind", "behind", "behind"]
            assert "gate.advertised" in found["direct"]["mend"]


async def test_each_process_of_the_gate_is_asked_since_each_has_a_port_of_its_own(tmp_path: Path) -> None:
    async with demo_server(tmp_path, TACHIAI_GATE__PROCESSES="2") as running:
        code, out, err = await said("doctor", "--media", "--url", running.url, "--json", folder=tmp_path)
        assert code == 0, (out, err)
        found = json.loads(out)["ways"]
        assert [(way["way"], way["result"]) for way in found] == [("direct", "passed")] * 2
        assert len({way["to"] for way in found}) == 2


async def test_without_a_turn_server_that_is_advised_and_no_server_is_said(tmp_path: Path) -> None:
    async with demo_server(tmp_path) as running:
        code, out, _ = await said("doctor", "--media", "--url", running.url, folder=tmp_path)
        assert code == 0, out
        assert out.startswith("ok      direct: ")
        assert "\nadvice  no TURN server is set up" in out
        url = running.url
    code, out, err = await said("doctor", "--media", "--url", url, folder=tmp_path)
    assert (code, out) == (3, "")
    assert "does not answer" in err
    code, out, err = await said("doctor", "--media", folder=tmp_path)
    assert (code, out) == (2, "")
    assert "--url" in err
    code, _, err = await said("doctor", "--url", url, folder=tmp_path)
    assert (code, err) == (2, "--url and --ca go with --media.\n")
