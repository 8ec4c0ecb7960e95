"""A test of the way to the gate: answered for a minute to whoever has its password, and worth nothing else."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator

import pytest
from aioice import stun

from session.gate_port import GateUnavailable
from session.media.stun import BindingRequest, parse_binding_request
from session.media.supervisor import GateProcess
from session.media.trial import LIFE_S, Trials, new_credentials, new_key
from tests.protocol.gate_share import SESSION, connected_share, running_gate

NOW_MS = 5_000_000
OF_ALL, OF_ONE, LOOKS = 300, 60, 3_000


@pytest.fixture
async def gate() -> AsyncIterator[GateProcess]:
    async with running_gate() as running:
        yield running


def binding(ufrag: str, password: str) -> bytes:
    """As a controlling browser asks."""
    request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    request.attributes["USERNAME"] = f"{ufrag}:them"
    request.add_message_integrity(password.encode())
    request.add_fingerprint()
    return bytes(request)


async def answer(gate: GateProcess, datagram: bytes) -> bytes | None:
    """None where the gate took it and said nothing."""
    before = sum((await gate.metrics()).drops.values())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setblocking(False)
        client.connect(("127.0.0.1", gate.port))
        client.send(datagram)
        async with asyncio.timeout(5):
            while True:
                dropped = sum((await gate.metrics()).drops.values()) > before
                with contextlib.suppress(BlockingIOError):
                    return client.recv(2_048)
                if dropped:
                    return None
                await asyncio.sleep(0.01)  # counters are read; nobody announces them


async def test_a_trial_is_answered_and_no_longer_than_it_asked(gate: GateProcess) -> None:
    trial = gate.trial()
    assert (trial.addresses, trial.port) == (("127.0.0.1",), gate.port)
    request = binding(trial.ufrag, trial.password)
    got = await answer(gate, request)
    assert got is not None
    assert len(got) <= len(request)
    read = stun.parse_message(got)
    assert read.message_class == stun.Class.RESPONSE
    assert (await gate.metrics()).sessions == 0


async def test_another_password_a_stranger_fragment_and_another_gates_trial_are_not_answered(
    gate: GateProcess,
) -> None:
    trial = gate.trial()
    async with running_gate() as other:
        foreign = other.trial()
        for ufrag, password in (
            (trial.ufrag, trial.password[:-1] + ("0" if trial.password[-1] != "0" else "1")),
            (trial.ufrag[:-1] + ("0" if trial.ufrag[-1] != "0" else "1"), trial.password),
            (foreign.ufrag, foreign.password),
            ("trial+", trial.password),
            ("trial+" + "x" * 28, trial.password),
        ):
            assert await answer(gate, binding(ufrag, password)) is None, ufrag


async def test_nothing_but_checks_is_taken_from_the_address_of_a_trial(gate: GateProcess) -> None:
    trial = gate.trial()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(3)
        client.connect(("127.0.0.1", gate.port))
        client.send(binding(trial.ufrag, trial.password))
        assert client.recv(2_048)
        before = (await gate.metrics()).drops["address"]
        client.send(bytes([22, 254, 253]) + bytes(30))  # a DTLS record
        async with asyncio.timeout(5):
            while (await gate.metrics()).drops["address"] == before:  # noqa: ASYNC110 - counters are read; nobody announces them
                await asyncio.sleep(0.01)


async def test_a_gate_that_was_restarted_knows_the_trials_of_the_one_before(gate: GateProcess) -> None:
    trial = gate.trial()
    pid = gate.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(15):
        while not (gate.pid not in {None, pid} and await usable(gate)):  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.05)
    assert gate.pid != pid
    assert await answer(gate, binding(trial.ufrag, trial.password)) is not None


async def usable(gate: GateProcess) -> bool:
    try:
        await gate.metrics()
    except GateUnavailable:
        return False
    return True


async def test_a_share_goes_on_beside_more_trials_than_are_answered() -> None:
    async with connected_share() as share:
        await share.grant()
        trial = share.gate.trial()
        request = binding(trial.ufrag, trial.password)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood:
            flood.connect(("127.0.0.1", share.gate.port))
            for _ in range(10):
                for _ in range(100):
                    flood.send(request)
                await share.handled()
        assert await share.drops("stun") > 0
        assert (await share.gate.metrics()).sessions == 1
        share.gate.close(SESSION)


def test_a_trial_is_over_after_a_minute_and_none_lasts_longer() -> None:
    key, trials = new_key(), Trials()
    trials.know(key)
    ufrag, password = new_credentials(key, NOW_MS)
    request = parse_binding_request(binding(ufrag, password))
    assert trials.password_of(request, NOW_MS) == password.encode()
    assert trials.password_of(request, NOW_MS + (LIFE_S - 1) * 1_000) is not None
    assert trials.password_of(request, NOW_MS + LIFE_S * 1_000) is None
    assert (
        trials.password_of(request, NOW_MS - 2_000) is None
    )  # made later than now: by no clock of this machine


def test_so_many_trials_are_answered_in_a_second_and_no_more_of_one_or_of_all() -> None:
    key, trials = new_key(), Trials()
    trials.know(key)
    first, *others = [parse_binding_request(binding(*new_credentials(key, NOW_MS))) for _ in range(8)]
    assert answered(trials, first, 400) == OF_ONE
    assert sum(answered(trials, other, 400) for other in others) == OF_ALL - OF_ONE
    assert trials.password_of(first, NOW_MS + 1_000) is not None


def test_made_up_trials_take_no_answers_from_others_until_they_are_very_many() -> None:
    key, trials = new_key(), Trials()
    trials.know(key)
    ufrag, password = new_credentials(key, NOW_MS)
    good, bad = (parse_binding_request(binding(ufrag, one)) for one in (password, "wrong"))
    assert answered(trials, bad, LOOKS - 1) == 0
    assert answered(trials, good, 2) == 1
    assert trials.password_of(good, NOW_MS + 1_000) is not None


def answered(trials: Trials, request: BindingRequest, times: int) -> int:
    return sum(trials.password_of(request, NOW_MS) is not None for _ in range(times))


def test_before_it_is_told_a_key_a_gate_answers_no_trial() -> None:
    request = parse_binding_request(binding(*new_credentials(bytes(32), NOW_MS)))
    assert Trials().password_of(request, NOW_MS) is None
