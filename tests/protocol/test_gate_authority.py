"""Whoever grants is stopped: nobody tells the gate anything, and media stops all the same."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from session.gate_port import Leg
from session.media import curtain
from tests.protocol.gate_peers import KEY_FRAME, RawPeer

ROOT = Path(__file__).resolve().parent.parent.parent
SERVER = """
import asyncio, json, sys
from session.gate_port import Stamp
from session.media.settings import GateSettings
from session.media.supervisor import GateProcess

async def main():
    gate = GateProcess(GateSettings())
    await gate.start()
    offer, answer = json.loads(sys.stdin.readline())
    opened = await gate.open("ses_x", offer)
    await gate.answer("ses_x", answer)
    print(json.dumps([opened.answer_to_customer, opened.offer_to_agent]), flush=True)
    async for event in gate.events():
        if isinstance(event, Stamp):
            gate.renew("ses_x", 1, event.stamp)

asyncio.run(main())
"""


@asynccontextmanager
async def server() -> AsyncIterator[asyncio.subprocess.Process]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVER, cwd=ROOT, stdin=pipe, stdout=pipe
    )
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


async def test_a_stopped_server_ends_media_within_two_and_a_quarter_seconds() -> None:
    customer, agent = RawPeer(Leg.CUSTOMER), RawPeer(Leg.AGENT)
    async with server() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        descriptions = customer.description("sendonly", "actpass"), agent.description("recvonly", "active")
        process.stdin.write(json.dumps(descriptions).encode() + b"\n")
        answer, offer = json.loads(await process.stdout.readline())
        await customer.connect(answer)
        await agent.connect(offer)
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(send_without_end(customer))
            await agent.until(lambda: len(agent.rtp) > 100)
            os.kill(process.pid, signal.SIGSTOP)
            stopped = loop.time()
            await agent.until(lambda: agent.rtp[-1].endswith(curtain.FRAME))
            assert loop.time() - stopped < 2.25
            await agent.until(lambda: curtains(agent) == curtain.COPIES)
            whole = len(agent.rtp)
            for _ in range(20):
                await customer.check()  # each is answered after the packets sent before it were handled
            assert len(agent.rtp) == whole
            sending.cancel()
    customer.stop()
    agent.stop()


def curtains(agent: RawPeer) -> int:
    return sum(packet.endswith(curtain.FRAME) for packet in agent.rtp)


async def send_without_end(customer: RawPeer) -> None:
    while True:
        customer.send(KEY_FRAME)
        await asyncio.sleep(0.005)
