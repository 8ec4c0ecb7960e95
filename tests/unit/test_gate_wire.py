"""The control messages between supervisor and process."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.gate_port import GateEvent, GateLost, Leg, LegConnected, LegLost, PictureStarted, Stamp
from session.identity import SessionId
from session.media import wire

SESSION = SessionId("ses_x")
EVENTS = [
    Stamp(SESSION, 12),
    LegConnected(SESSION, Leg.AGENT),
    LegLost(SESSION, Leg.CUSTOMER),
    PictureStarted(SESSION, 4),
]


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_comes_back_the_same(event: GateEvent) -> None:
    (frame,) = wire.Frames().feed(wire.encode(wire.event_to_wire(event)))
    report = wire.decode_report(frame)
    assert isinstance(report, wire.Event)
    assert wire.event_from_wire(report) == event


def test_a_process_cannot_report_its_own_loss() -> None:
    with pytest.raises(ValueError, match="supervisor"):
        wire.event_to_wire(GateLost(()))
    with pytest.raises(wire.WireBroken):
        wire.event_from_wire(wire.Event("GateLost", SESSION))


@given(st.lists(st.integers(0, 3_000), max_size=8), st.integers(1, 900))
def test_messages_are_cut_out_of_any_pieces(sizes: list[int], piece: int) -> None:
    commands = [wire.Open(number, SESSION, "x" * size) for number, size in enumerate(sizes)]
    stream = b"".join(map(wire.encode, commands))
    frames = wire.Frames()
    cut = [frame for at in range(0, len(stream), piece) for frame in frames.feed(stream[at : at + piece])]
    assert [wire.decode_command(frame) for frame in cut] == commands


def test_a_message_that_is_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(wire.WireBroken):
        list(wire.Frames().feed((wire.FRAME_LIMIT_BYTES + 1).to_bytes(4, "big")))


def test_ten_thousand_mutants_are_read_or_refused() -> None:
    chance = random.Random(6)  # noqa: S311 - a repeatable test
    original = wire.encode(wire.Renewals([wire.Renew(SESSION, 1, 2, 3)]))[4:]
    refused = 0
    for _ in range(10_000):
        mutant = bytearray(original)
        mutant[chance.randrange(len(mutant))] = chance.randrange(256)
        try:
            wire.decode_command(bytes(mutant))
        except wire.WireBroken:
            refused += 1
    assert refused > 5_000
