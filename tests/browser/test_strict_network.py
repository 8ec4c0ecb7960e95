"""A share from a network where no packet reaches the gate: the picture comes through the TURN server, in each way."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.actors import Person, pattern_tab
from tests.browser.stage import Stage, set_up
from tests.browser.strict_network import StrictNetwork, browser_inside, carried_in, strict_network
from tests.protocol.turn_stand import SECRET, Ground, TurnStand, coturn, ground, strangers_full

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def around() -> Iterator[Ground]:
    with ground() as made:
        yield made


@pytest.fixture(scope="module")
def network(around: Ground) -> Iterator[StrictNetwork]:
    with strict_network(around) as made:
        yield made


@pytest.fixture(scope="module")
def turn(around: Ground, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TurnStand]:
    with coturn(tmp_path_factory.mktemp("coturn"), around) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def browser(network: StrictNetwork, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    async with browser_inside(network, tmp_path_factory.mktemp("browser")) as launched:
        yield launched


@pytest.mark.parametrize("way", ["udp", "tcp", "tls"])
async def test_a_share_from_a_network_without_udp_to_the_gate_is_seen_through_the_turn_server(
    browser: Browser, network: StrictNetwork, turn: TurnStand, tmp_path: Path, way: str
) -> None:
    url = turn.urls[("udp", "tcp", "tls").index(way)]
    async with stage_inside(browser, network, tmp_path, settings(turn, tmp_path, url)) as stage:
        await watch_connections(stage)
        await stage.share()
        for person in (stage.customer, stage.agent):
            assert await ways(person) == [f"relay {way}"]
        await stage.customer.press(".share-bar .button-stop")
        await stage.agent.ended_with("stopped")


async def test_without_a_turn_server_both_pages_of_that_network_say_what_is_wrong(
    browser: Browser, network: StrictNetwork, turn: TurnStand, tmp_path: Path
) -> None:
    """And so the network is really as strict as the tests above believe."""
    only_a_gate = {"TACHIAI_GATE__HOST": turn.ground.gate[0]}
    async with stage_inside(browser, network, tmp_path, only_a_gate) as stage:
        await stage.agent.arrive()
        link, _code = await stage.agent.open_session(stage.reference)
        await pattern_tab(stage.customer.context)
        await stage.customer.reach_sharing(link)
        for person in (stage.customer, stage.agent):
            await person.page.wait_for_selector(
                "#media-state:not([hidden]) a[href='/connection-test'][target=_blank]"
            )


async def test_the_connection_test_names_the_hop_that_fails_and_passes_the_others(
    browser: Browser, network: StrictNetwork, turn: TurnStand, tmp_path: Path
) -> None:
    """One URL leads nowhere, one way is not set up; and the network lets nothing through to the gate itself."""
    nowhere = f"turn:{turn.ground.neighbour[0]}:3478?transport=tcp"
    variables = settings(turn, tmp_path, f"{turn.urls[0]},{nowhere},{turn.urls[2]}")
    async with stage_inside(browser, network, tmp_path, variables) as stage:
        found = await found_by_the_page(stage.customer)
        assert {way: state for way, (state, _) in found.items()} == {
            "direct": "Does not get through",
            "udp": "Gets through",
            "tcp": "Does not get through",
            "tls": "Gets through",
        }
        assert f"let UDP out to {turn.ground.gate[0]}:" in found["direct"][1]
        assert f"let TCP out to {turn.ground.neighbour[0]}:3478" in found["tcp"][1]
        assert "by way of the relay" in await stage.customer.page.inner_text("#verdict")
        with strangers_full(turn):
            found = await found_by_the_page(stage.customer)
            assert "has no place left for tests" in found["udp"][1]


async def test_the_connection_test_tells_a_fault_of_ours_from_one_of_the_network(
    browser: Browser, network: StrictNetwork, turn: TurnStand, around: Ground, tmp_path: Path
) -> None:
    """A wrong secret, and a TURN server that may reach another address than the gate's."""
    variables = settings(turn, tmp_path, turn.urls[0])
    (tmp_path / "turn-secret").write_text(SECRET[::-1], encoding="utf-8")
    async with stage_inside(browser, network, tmp_path, variables) as stage:
        found = await found_by_the_page(stage.customer)
        assert "did not accept the test" in found["udp"][1]
        assert found["tls"][0] == "Not set up"
        assert "No picture gets through" in await stage.customer.page.inner_text("#verdict")
    (tmp_path / "elsewhere").mkdir()
    with coturn(tmp_path / "elsewhere", around, gate=around.neighbour) as astray:
        variables = settings(astray, tmp_path, astray.urls[0])
        async with stage_inside(browser, network, tmp_path, variables) as stage:
            found = await found_by_the_page(stage.customer)
            assert f"{turn.ground.gate[0]}:" in found["udp"][1]
            assert "behind it was not" in found["udp"][1]


async def found_by_the_page(person: Person) -> dict[str, tuple[str, str]]:
    """What the page says of each way: its state, and everything in its row."""
    await person.page.goto(f"{person.server.url}/connection-test")
    await person.page.click("#begin")
    await person.page.wait_for_selector("#verdict .notice")
    return {
        await row.get_attribute("data-way") or "": (
            await row.locator(".pill").inner_text(),
            await row.inner_text(),
        )
        for row in await person.page.locator("#ways li").all()
    }


@asynccontextmanager
async def stage_inside(
    browser: Browser, network: StrictNetwork, folder: Path, variables: dict[str, str]
) -> AsyncIterator[Stage]:
    async with set_up(browser, folder, **variables) as stage, carried_in(network, stage.server.port):
        yield stage


def settings(turn: TurnStand, folder: Path, url: str) -> dict[str, str]:
    secret = folder / "turn-secret"
    secret.write_text(SECRET, encoding="utf-8")
    secret.chmod(0o600)
    return {
        "TACHIAI_GATE__HOST": turn.ground.gate[0],
        "TACHIAI_TURN__URLS": url,
        "TACHIAI_TURN__ACCESS": str(secret),
        "TACHIAI_TURN__RELAYS": turn.ground.turn[0],
    }


async def watch_connections(stage: Stage) -> None:
    for person in (stage.customer, stage.agent):
        await person.context.add_init_script(
            """{ const made = window.tachiaiConnections = [], Real = window.RTCPeerConnection;
            window.RTCPeerConnection =
              class extends Real { constructor(...all) { super(...all); made.push(this); } } }"""
        )


async def ways(person: Person) -> list[str]:
    """The kind of the local candidate in use, and by what it reaches the TURN server, of every open connection."""
    found: list[str] = await person.page.evaluate(
        """async () => {
          const ways = [];
          for (const connection of window.tachiaiConnections.filter(each => each.connectionState === 'connected')) {
            const all = await connection.getStats();
            for (const each of all.values()) if (each.type === 'transport') {
              const local = all.get(all.get(each.selectedCandidatePairId).localCandidateId);
              ways.push(`${local.candidateType} ${local.relayProtocol}`);
            }
          }
          return ways;
        }"""
    )
    return found
