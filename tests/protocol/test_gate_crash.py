"""One of several gate processes is lost, or all are full: through the whole server, with packets of two real shares."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from session.gate_port import Leg
from session.identity import SessionId
from session.media.gates import Gates
from session.media.settings import GateSettings
from session.media.supervisor import GateProcess
from tests.protocol.gate_peers import RawPeer
from tests.protocol.gate_share import flowing, running_gates
from tests.protocol.key_shares import send_answer, send_offer
from tests.protocol.server_people import Share, agreed, in_verifying
from tests.protocol.server_stand import Stand, stand

FIRST, SECOND = ("agent", "K-30518", "C-2041"), ("agent2", "K-30877", "C-2056")
RESTARTED_WITHIN_S = 20


@asynccontextmanager
async def ready(server: Stand, who: tuple[str, str, str]) -> AsyncIterator[Share]:
    username, customer, case = who
    async with in_verifying(server, username=username, customer_reference=customer, reference=case) as share:
        await agreed(share)
        yield share


@asynccontextmanager
async def showing(server: Stand, who: tuple[str, str, str]) -> AsyncIterator[tuple[Share, RawPeer, RawPeer]]:
    """A share whose packets arrive."""
    customer, agent = RawPeer(Leg.CUSTOMER), RawPeer(Leg.AGENT)
    async with ready(server, who) as share:
        await send_offer(share, customer.description("sendonly", "actpass"))
        answer = await share.customer_socket.next("media.answer")
        offer = await share.agent_socket.next("media.offer")
        await send_answer(share, offer, sdp=agent.description("recvonly", "active"))
        await share.customer_socket.next("media.keys")
        try:
            await customer.connect(answer["sdp"])
            await agent.connect(offer["sdp"])
            await share.customer_socket.send({"type": "share.start", "surface": "tab"})
            await share.customer_socket.view("sharing")
            await flowing(customer, agent)
            yield share, customer, agent
        finally:
            customer.stop()
            agent.stop()


def home_of(gates: Gates, share: Share) -> GateProcess:
    (home,) = (process for process in gates.processes if process.serves(SessionId(share.session)))
    return home


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(RESTARTED_WITHIN_S):
        while not condition():  # noqa: ASYNC110 - a process tells nobody that it runs again
            await asyncio.sleep(0.05)


async def test_a_lost_process_ends_its_sessions_alone_and_serves_new_ones_after_its_restart(
    tmp_path: Path,
) -> None:
    async with (
        running_gates(GateSettings(processes=2)) as gates,
        stand(tmp_path, gates=gates) as server,
        showing(server, SECOND) as (other, customer, agent),
    ):
        async with showing(server, FIRST) as (share, _, _):
            home = home_of(gates, share)
            assert home_of(gates, other) is not home
            assert home.pid is not None
            os.kill(home.pid, signal.SIGKILL)
            for socket in (share.customer_socket, share.agent_socket):
                assert (await socket.view("ended"))["end"]["cause"] == "gate_failed"
        await flowing(customer, agent)
        await until(lambda: home.running)
        async with showing(server, FIRST) as (anew, _, _):
            assert home_of(gates, anew) is home
            await flowing(customer, agent)
        assert "ended" not in {message.get("view", {}).get("state") for message in other.agent_socket.got}


async def test_customer_and_agent_are_told_that_the_gate_is_full_and_a_share_begins_once_there_is_room(
    tmp_path: Path,
) -> None:
    async with (
        running_gates(GateSettings(max_sessions=1)) as gates,
        stand(tmp_path, gates=gates) as server,
        showing(server, FIRST) as (first, _, _),
        ready(server, SECOND) as share,
    ):
        offer = RawPeer(Leg.CUSTOMER).description("sendonly", "actpass")
        await send_offer(share, offer)
        for socket in (share.customer_socket, share.agent_socket):
            told = await socket.next("problem")
            assert (told["code"], told["of"]) == ("gate_unavailable", "media.offer")
            assert "full" in told["detail"]
        await first.customer_socket.send({"type": "share.stop", "by": "page"})
        await first.customer_socket.view("ended")
        await until(lambda: not gates.processes[0].sessions)
        await send_offer(share, offer)
        await share.customer_socket.next("media.answer")
        await share.agent_socket.next("media.offer")
