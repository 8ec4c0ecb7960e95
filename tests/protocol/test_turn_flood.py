"""A stranger who floods the gate through the TURN server does not keep out who needs it."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from session.media.settings import GateSettings
from session.media.supervisor import GateProcess
from tests.protocol.gate_share import running_gate
from tests.protocol.test_gate_trials import binding
from tests.protocol.turn_probe import GRANTED, TurnProbe
from tests.protocol.turn_stand import Ground, TurnStand, coturn, ground

FLOOD, ROUNDS = 12_000, 30  # checks, of which the gate looks at 500 a second from one address


@pytest.fixture
def around() -> Iterator[Ground]:
    with ground() as made:
        yield made


@pytest.fixture
def turn(around: Ground, tmp_path: Path) -> Iterator[TurnStand]:
    with coturn(tmp_path, around) as started:
        yield started


@pytest.fixture
async def gate(around: Ground) -> AsyncIterator[GateProcess]:
    settings = GateSettings(bind_host=around.gate[0], relays=(around.turn[0],))
    async with running_gate(settings) as running:
        yield running


def client(turn: TurnStand, gate: GateProcess, holder: str) -> TurnProbe:
    """With a relay, and the gate as its peer."""
    relay = turn.credentials(holder)
    probe = TurnProbe(turn.server, relay.username, relay.credential)
    assert probe.allocate() == GRANTED
    assert probe.permission(turn.ground.gate[0], gate.port) == GRANTED
    return probe


async def test_a_flood_through_one_relay_leaves_the_checks_of_another_answered(
    turn: TurnStand, gate: GateProcess
) -> None:
    at = (turn.ground.gate[0], gate.port)
    made_up = binding("f" * 16, "nobody's password")
    trial = gate.trial()
    with client(turn, gate, "a flooder") as flooder, client(turn, gate, "a visitor") as visitor:
        visitor.line.settimeout(0.3)
        answered = 0
        for _ in range(ROUNDS):
            for _ in range(FLOOD // ROUNDS):
                flooder.send(at, made_up)
            visitor.send(at, binding(trial.ufrag, trial.password))
            with contextlib.suppress(TimeoutError):
                answered += bool(visitor.received())
    assert answered > 0.9 * ROUNDS, "datagrams may be lost, but not by the dozen"
    dropped = (await gate.metrics()).drops["budget"]
    assert dropped > FLOOD // 4, "the flood reached the gate"
