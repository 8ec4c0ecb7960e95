"""Datagrams that are not in order, with and without keys: one counter each, and nothing else changes."""

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from session.gate_port import GateUnavailable, Leg
from session.identity import SessionId
from session.media.budgets import LEG_REPEATS
from session.media.certificate import Identity
from session.media.dtls import DtlsState
from session.media.rtcp import negative_acknowledgement, picture_loss
from session.media.settings import GateSettings
from tests.protocol.gate_peers import DELTA_FRAME, KEY_FRAME, SSRC, RawPeer, rtp, sequence_of
from tests.protocol.gate_share import SESSION, Share, connected_share, running_gate

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
async def share() -> AsyncIterator[Share]:
    async with connected_share() as made:
        yield made


async def showing(share: Share) -> None:
    await share.grant()
    share.customer.send(KEY_FRAME)
    await share.agent.until(lambda: len(share.agent.rtp) == 1)


async def shown_again(share: Share) -> None:
    seen = len(share.agent.rtp)
    await share.grant()
    share.customer.send(KEY_FRAME)
    await share.agent.until(lambda: len(share.agent.rtp) > seen)


def stranger(share: Share, host: str = "127.0.0.1") -> socket.socket:
    """Somebody who is neither leg, at an address of this machine."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((host, 0))
    made.connect(("127.0.0.1", share.gate.port))
    return made


@pytest.mark.alone
async def test_ten_thousand_mutants_from_a_stranger_cost_one_counter_each(share: Share) -> None:
    await showing(share)
    chance = random.Random(7)  # noqa: S311 - a repeatable test
    assert share.customer.dtls is not None
    originals = [
        share.customer.stun(),
        share.agent.stun(),
        b"\x16\xfe\xfd" + bytes(60),
        share.customer.protected(rtp(1, 2, DELTA_FRAME, 3)),
        share.customer.protected(picture_loss(1, SSRC)),
    ]
    before = (await share.gate.metrics()).drops
    with (
        ExitStack() as open_ones
    ):  # from many addresses: one would soon have used up its budget, and nothing be parsed
        attackers = [open_ones.enter_context(stranger(share, f"127.0.1.{number}")) for number in range(1, 41)]
        for index in range(10_000):
            mutant = bytearray(chance.choice(originals))
            mutant[chance.randrange(len(mutant))] ^= 1 << chance.randrange(8)
            for _ in range(chance.randint(0, 3)):
                mutant[chance.randrange(len(mutant))] = chance.randrange(256)
            chance.choice(attackers).send(
                bytes(mutant[: chance.randint(0, len(mutant))]) if chance.random() < 0.5 else bytes(mutant)
            )
            if index % 50 == 49:
                share.customer.send(DELTA_FRAME)
                await share.handled()  # the gate keeps up: nothing is lost in its socket's buffer
    metrics = await share.gate.metrics()
    # Where this machine stands still for longer than a lease lives, the gate is right to be dark.
    dark = metrics.drops["lease"] - before["lease"]
    assert dark < 20
    if not dark:
        await share.agent.until(lambda: len(share.agent.rtp) == 1 + 10_000 // 50)
    else:  # then black pictures went out besides, and what counts is that the share can be seen again
        await shown_again(share)
    # A mutant of what the fingerprint does not cover may be whole.
    assert sum(metrics.drops.values()) - sum(before.values()) - dark >= 9_990
    assert metrics.drops["budget"] == before["budget"]
    assert (metrics.sessions, share.gate.restarts) == (1, 0)


async def test_a_participant_with_keys_cannot_upset_the_gate(share: Share) -> None:
    """Authentic packets whose content is broken: from the customer and from the agent."""
    await showing(share)
    chance = random.Random(8)  # noqa: S311 - a repeatable test
    pictures = [rtp(1, 2, KEY_FRAME, 3), rtp(2, 3, DELTA_FRAME, 4)]
    controls = [
        negative_acknowledgement(1, SSRC, list(range(0, 40, 2))),
        picture_loss(1, SSRC) + picture_loss(2, SSRC),
    ]
    for index in range(10_000):
        sender, originals = chance.choice(
            ((share.customer, pictures), (share.agent, controls), (share.agent, pictures))
        )
        mutant = bytearray(chance.choice(originals))
        for _ in range(chance.randint(1, 4)):
            mutant[chance.randrange(16, len(mutant))] = chance.randrange(256)
        mutant[2:4] = (index & 0xFFFF).to_bytes(2, "big") if originals is pictures else mutant[2:4]
        sender.send_packet(bytes(mutant))
        if index % 100 == 0:
            await share.customer.check()
            await share.agent.check()
    share.revoke()
    await share.grant()
    arrived = len(share.agent.rtp)
    share.customer.send_packet(rtp(20_000, 0, KEY_FRAME + b"last", 20_000))
    await share.agent.until(lambda: share.agent.rtp[arrived:] != [] and share.agent.rtp[-1].endswith(b"last"))
    assert share.gate.restarts == 0


async def test_a_strangers_flood_of_checks_is_not_looked_at_and_takes_nothing_from_others(
    share: Share,
) -> None:
    await showing(share)
    right, share.customer.gate_ufrag = share.customer.gate_ufrag, "0123456789abcdef"
    unknown = share.customer.stun()
    share.customer.gate_ufrag = right
    with stranger(share, "127.0.1.1") as attacker, stranger(share, "127.0.1.2") as other:
        for _ in range(20):
            for _ in range(250):
                attacker.send(unknown)
            await share.handled()
        before = await share.drops("stun")
        assert await share.drops("budget") >= 5_000 - before
        other.send(unknown)
        await share.handled()
        assert await share.drops("stun") == before + 1
    share.customer.send(DELTA_FRAME)
    await share.agent.until(lambda: len(share.agent.rtp) == 2)


async def test_a_participant_who_sends_too_much_is_cut_to_its_budget(share: Share) -> None:
    await showing(share)
    for _ in range(40):
        for _ in range(500):
            share.customer.send(DELTA_FRAME)
        await share.handled()
    metrics = await share.gate.metrics()
    assert metrics.drops["budget"] > 0
    assert metrics.forwarded_packets + metrics.drops["budget"] + metrics.drops["lease"] <= 20_001
    for _ in range(10):
        for _ in range(100):
            share.agent.send_packet(picture_loss(1, SSRC))
        await share.handled()
    assert await share.drops("budget") > metrics.drops["budget"]


async def test_an_agent_who_asks_again_for_everything_gets_no_flood_from_it(share: Share) -> None:
    await showing(share)
    for _ in range(240):
        share.customer.send(DELTA_FRAME)
    await share.agent.until(lambda: len(share.agent.rtp) == 241)
    everything = [sequence_of(packet) for packet in share.agent.rtp[1:]]
    before, began = await share.gate.metrics(), time.monotonic()
    while time.monotonic() < began + 1.5:
        share.agent.send_packet(negative_acknowledgement(1, SSRC, everything))
        await share.handled()
    metrics = await share.gate.metrics()
    seconds = int(time.monotonic() - began) + 2  # budgets are of whole seconds of the clock
    assert 0 < metrics.resent_packets - before.resent_packets <= seconds * LEG_REPEATS
    assert metrics.drops["budget"] > before.drops["budget"]
    share.customer.send(DELTA_FRAME)
    forwarded = metrics.forwarded_packets
    await share.handled()
    assert (await share.gate.metrics()).forwarded_packets == forwarded + 1


async def test_a_replayed_packet_is_dropped(share: Share) -> None:
    await showing(share)
    share.customer.sequence += 1
    datagram = share.customer.protected(rtp(share.customer.sequence, 0, DELTA_FRAME, 1))
    share.customer.send_raw(datagram, datagram, datagram)
    await share.handled()
    assert await share.drops("srtp") == 2
    assert len(share.agent.rtp) == 2


async def test_an_authentic_packet_from_another_address_is_dropped(share: Share) -> None:
    await showing(share)
    with stranger(share) as thief:
        thief.send(share.customer.protected(rtp(9, 0, DELTA_FRAME, 9)))
    await share.handled()
    assert await share.drops("address") == 1
    assert len(share.agent.rtp) == 1


async def test_a_check_with_the_wrong_password_teaches_the_gate_nothing(share: Share) -> None:
    right = share.customer.gate_password
    share.customer.gate_password = b"x" * 32
    forged = share.customer.stun()
    share.customer.gate_password = right
    with stranger(share) as thief:
        thief.send(forged)
        await share.handled()
        thief.send(share.customer.protected(rtp(9, 0, DELTA_FRAME, 9)))
        await share.handled()
        thief.setblocking(False)
        with pytest.raises(BlockingIOError):
            thief.recv(2_000)
    assert await share.drops("stun_integrity") == 1
    assert await share.drops("address") == 1


async def test_an_overheard_check_does_not_move_the_leg(share: Share) -> None:
    await showing(share)
    overheard = share.agent.stun()
    share.agent.send_raw(overheard)
    await share.handled()
    with stranger(share) as thief:
        thief.send(overheard)
        await share.handled()
    share.customer.send(DELTA_FRAME)
    await share.agent.until(lambda: len(share.agent.rtp) == 2)
    assert await share.drops("stun_integrity") == 1


async def test_one_participant_cannot_take_anothers_address(share: Share) -> None:
    """The agent's own valid check, sent from the customer's socket, as a forged source address would be."""
    await showing(share)
    share.customer.send_raw(share.agent.stun())
    share.customer.send(DELTA_FRAME)
    await share.agent.until(lambda: len(share.agent.rtp) == 2)
    assert await share.drops("address") == 1


async def test_a_certificate_other_than_the_promised_one_never_connects() -> None:
    async with running_gate() as gate:
        customer = RawPeer(Leg.CUSTOMER)
        opened = await gate.open(SESSION, customer.description("sendonly", "actpass"))
        customer.identity = Identity()
        await customer.connect(opened.answer_to_customer)  # it cannot know that the gate has given up
        assert customer.dtls is not None
        assert customer.dtls.state is DtlsState.CONNECTED
        customer.send(KEY_FRAME)
        await customer.check()
        assert (await gate.metrics()).drops["srtp"] == 1
        customer.stop()


async def test_a_full_gate_says_so() -> None:
    async with running_gate(GateSettings(max_sessions=1)) as gate:
        offer = RawPeer(Leg.CUSTOMER).description("sendonly", "actpass")
        await gate.open(SESSION, offer)
        with pytest.raises(GateUnavailable, match="full"):
            await gate.open(SessionId("ses_other"), offer)
        await gate.open(SESSION, offer)
        gate.close(SESSION)
        await gate.open(SessionId("ses_other"), offer)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "localhost", ""])
def test_settings_that_no_browser_could_reach_are_refused(host: str) -> None:
    with pytest.raises(ValueError, match=r"address|advertised"):
        GateSettings(bind_host=host)


async def test_the_gate_serves_ipv6() -> None:
    async with running_gate(GateSettings(bind_host="::1")) as gate:
        opened = await gate.open(SESSION, RawPeer(Leg.CUSTOMER).description("sendonly", "actpass"))
        assert "c=IN IP6 ::1\r\n" in opened.answer_to_customer
        assert f"udp 2130706431 ::1 {gate.port} typ host\r\n" in opened.offer_to_agent


async def test_stopping_the_gate_darkens_every_share(share: Share) -> None:
    await showing(share)
    await share.gate.stop()
    await share.agent.until(lambda: len(share.agent.rtp) == 4)


ORPHANING = """
import asyncio, sys
from session.media.settings import GateSettings
from session.media.supervisor import GateProcess

async def main():
    gate = GateProcess(GateSettings())
    await gate.start()
    print(gate.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_the_process_ends_with_a_killed_server() -> None:
    server = subprocess.Popen([sys.executable, "-c", ORPHANING], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    pid = int(server.stdout.readline())
    server.kill()
    server.wait()
    server.stdout.close()
    deadline = time.monotonic() + 5
    while alive(pid):  # it is nobody's child here: there is nothing to wait on
        assert time.monotonic() < deadline
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """A process that has ended may stay in the table until its foster parent looks."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"
