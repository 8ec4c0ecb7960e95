"""The buffer in front of a control socket."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from session.media.outbox import Outbox

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    near, far = socket.socketpair()
    with near, far:
        yield near, far


def filled(near: socket.socket, limit: int, broken: list[str]) -> Outbox:
    """Its socket takes nothing any more; the last message is half taken, or waits whole."""
    outbox = Outbox(near, limit, lambda: broken.append("broken"))
    while not outbox.stuck_s():
        outbox.put(b"." * 4_000)
    return outbox


async def received(far: socket.socket, size: int) -> bytes:
    loop = asyncio.get_running_loop()
    far.setblocking(False)
    data = b""
    async with asyncio.timeout(5):
        while len(data.lstrip(b".")) < size:
            data += await loop.sock_recv(far, 65_536)
    return data.lstrip(b".")


async def test_what_waits_arrives_whole_and_in_order(pair: Pair) -> None:
    outbox = filled(pair[0], 1_000_000, [])
    for number in range(100):
        outbox.put(b"%04d" % number)
    assert await received(pair[1], 400) == b"".join(b"%04d" % number for number in range(100))
    assert outbox.stuck_s() == 0
    outbox.close()


async def test_what_cannot_wait_overtakes_all_that_has_not_begun(pair: Pair) -> None:
    outbox = filled(pair[0], 1_000_000, [])
    outbox.put(b"<open a>", "a")
    outbox.put(b"<renewals>")
    outbox.put_first(b"<revoke b>", "b")
    outbox.put_first(b"<close b>", "b")
    assert await received(pair[1], 37) == b"<revoke b><close b><open a><renewals>"
    outbox.close()


async def test_nothing_overtakes_what_waits_about_its_own_subject(pair: Pair) -> None:
    """A closing before its opening would leave the session open for ever."""
    outbox = filled(pair[0], 1_000_000, [])
    outbox.put(b"<open a>", "a")
    outbox.put(b"<open b>", "b")
    outbox.put_first(b"<close a>", "a")
    assert await received(pair[1], 25) == b"<open a><open b><close a>"
    outbox.close()


async def test_more_than_the_limit_breaks_it_once(pair: Pair) -> None:
    broken: list[str] = []
    outbox = filled(pair[0], 10_000, broken)
    for _ in range(10):
        outbox.put(b"." * 4_000)
    assert broken == ["broken"]


async def test_an_end_that_is_gone_breaks_it_once(pair: Pair) -> None:
    broken: list[str] = []
    outbox = Outbox(pair[0], 10_000, lambda: broken.append("broken"))
    pair[1].close()
    outbox.put(b"1")
    outbox.put_first(b"2", "")
    assert broken == ["broken"]


async def test_an_end_that_goes_while_something_waits_breaks_it(pair: Pair) -> None:
    broken = asyncio.Event()
    outbox = Outbox(pair[0], 10_000, broken.set)
    while not outbox.stuck_s():
        outbox.put(b"." * 4_000)
    pair[1].close()
    await asyncio.wait_for(broken.wait(), 5)
