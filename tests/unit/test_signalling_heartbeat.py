"""Silence ends a socket; a server that itself stood still excuses it once, and never a second time."""

import asyncio
import time

from server.signalling.heartbeat import ANSWER_WITHIN_S, Heartbeat

STALL_S = ANSWER_WITHIN_S + 0.3


class Pings:
    def __init__(self) -> None:
        self.sent = asyncio.Semaphore(0)

    async def __call__(self) -> None:
        self.sent.release()


def stand_still() -> None:
    """As a loop does that something blocks."""
    time.sleep(STALL_S)


async def test_whoever_answers_is_not_lost_because_the_server_stood_still() -> None:
    pings, heartbeat = Pings(), Heartbeat()
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(heartbeat.watch(pings))
        await pings.sent.acquire()
        stand_still()  # the answer has come meanwhile, and nobody could read it
        await pings.sent.acquire()
        heartbeat.heard()
        assert not watching.done()
        watching.cancel()


async def test_a_silent_end_is_lost_in_time_however_often_the_server_stands_still() -> None:
    pings, heartbeat = Pings(), Heartbeat()
    async with asyncio.TaskGroup() as group, asyncio.timeout(2 * STALL_S + ANSWER_WITHIN_S):
        watching = group.create_task(heartbeat.watch(pings))
        await pings.sent.acquire()
        stand_still()
        await pings.sent.acquire()
        stand_still()
        await watching
