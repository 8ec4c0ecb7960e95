"""What the control socket bears: many offers at once, many idle sessions, a process that is slow to read."""

import asyncio
import os
import signal

import pytest

from session.gate_port import GateLost, GateUnavailable, Leg, SdpRefused, Stamp
from session.identity import SessionId
from session.media.settings import MOST_SESSIONS, GateSettings
from session.media.supervisor import GateProcess
from tests.protocol.gate_peers import KEY_FRAME, RawPeer, connected_pair
from tests.protocol.gate_share import SESSION, connected_share, running_gate


def named(number: int) -> SessionId:
    return SessionId(f"ses_{number:022d}")


def offer() -> str:
    return RawPeer(Leg.CUSTOMER).description("sendonly", "actpass")


@pytest.mark.parametrize("size", [3_000, 32_000])
async def test_sixty_four_offers_in_one_turn_are_all_answered(size: int) -> None:
    long = "v=0\r\n" + "\x01" * size
    async with running_gate() as gate:
        answers = await asyncio.gather(
            *(gate.open(named(number), long) for number in range(64)), return_exceptions=True
        )
        assert {type(answer) for answer in answers} == {SdpRefused}
        assert gate.restarts == 0
        assert (await gate.metrics()).sessions == 0


async def test_as_many_sessions_as_may_be_are_stamped_and_renewed_for_seconds() -> None:
    async with running_gate(GateSettings(max_sessions=MOST_SESSIONS)) as gate:
        sessions = [named(number) for number in range(MOST_SESSIONS)]
        stamped = dict.fromkeys(sessions, 0)
        description = offer()
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            following = group.create_task(renew_all(gate, stamped))
            for at in range(0, MOST_SESSIONS, 64):
                await asyncio.gather(*(gate.open(session, description) for session in sessions[at : at + 64]))
            for session in sessions:
                stamped[session] = 0
            await following
        assert (gate.restarts, (await gate.metrics()).sessions) == (0, MOST_SESSIONS)


async def renew_all(gate: GateProcess, stamped: dict[SessionId, int]) -> None:
    """Until each session has had six stamps: three seconds of them."""
    async for event in gate.events():
        assert isinstance(event, Stamp)
        stamped[event.session] += 1
        gate.renew(event.session, 1, event.stamp)
        if min(stamped.values()) >= 6:
            return


async def test_more_sessions_than_were_measured_are_refused_as_a_setting() -> None:
    with pytest.raises(ValueError, match=f"1 to {MOST_SESSIONS}"):
        GateSettings(max_sessions=MOST_SESSIONS + 1)


async def test_five_thousand_messages_to_a_pausing_process_do_not_cost_the_share_that_is_revoked_after_them() -> (
    None
):
    async with connected_share() as share:
        await share.grant()
        share.customer.send(KEY_FRAME)
        await share.agent.until(lambda: len(share.agent.rtp) == 1)
        assert share.gate.pid is not None
        os.kill(share.gate.pid, signal.SIGSTOP)
        for number in range(5_000):
            share.gate.close(named(number))
        share.revoke()
        os.kill(share.gate.pid, signal.SIGCONT)
        await share.agent.until(lambda: len(share.agent.rtp) == 4)  # the curtain, three times
        await share.handled()
        assert share.gate.restarts == 0


async def test_a_process_that_is_told_more_than_may_wait_is_replaced() -> None:
    async with running_gate() as gate:
        old = gate.pid
        assert old is not None
        os.kill(old, signal.SIGSTOP)
        for number in range(200_000):
            gate.close(named(number))
        async with asyncio.timeout(1):  # sooner than its silence would be noticed
            async for event in gate.events():
                assert event == GateLost(())
                break
        assert gate.pid != old


async def test_an_open_that_is_not_answered_in_time_holds_no_place() -> None:
    async with running_gate(GateSettings(max_sessions=1), answer_s=0.1) as gate:
        assert gate.pid is not None
        os.kill(gate.pid, signal.SIGSTOP)
        with pytest.raises(GateUnavailable):
            await gate.open(named(1), offer())
        os.kill(gate.pid, signal.SIGCONT)
        gate.answer_s = 5.0
        await gate.open(named(2), offer())
        assert (await gate.metrics()).sessions == 1


async def test_an_open_that_nobody_waits_for_any_more_holds_no_place() -> None:
    async with running_gate(GateSettings(max_sessions=1)) as gate:
        assert gate.pid is not None
        os.kill(gate.pid, signal.SIGSTOP)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(gate.open(named(1), offer()), 0.05)
        os.kill(gate.pid, signal.SIGCONT)
        await gate.open(named(2), offer())
        assert (await gate.metrics()).sessions == 1


async def test_an_opening_anew_that_is_given_up_leaves_what_was_revoked_revoked() -> None:
    async with connected_share() as share:
        await share.grant()
        share.revoke()
        assert share.gate.pid is not None
        os.kill(share.gate.pid, signal.SIGSTOP)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(share.gate.open(SESSION, offer()), 0.05)
        os.kill(share.gate.pid, signal.SIGCONT)
        share.customer.stop()
        share.agent.stop()
        share.customer, share.agent = await connected_pair(share.gate, SESSION)
        share.gate.renew(SESSION, share.epoch, share.stamp)
        share.customer.send(KEY_FRAME)
        await share.handled()
        assert share.agent.rtp == []
