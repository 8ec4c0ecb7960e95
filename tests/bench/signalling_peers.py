"""The three servers that `signalling` measures, each in a process of its own, and how one joins them.

Ours passes on what an agent draws, the only thing that one page says to the other many times a second; the others pass
on a text of the same length. Ours alone asks who is there, whether a share with the customer's agreement to it is live
at this moment, and how fast it comes.
"""

import asyncio
import contextlib
import json
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import aiohttp

from tests.bench.loopback import Post, elsewhere, sent

ROOT: Final = Path(__file__).resolve().parents[2]
PLACE: Final = ROOT / ".cache" / "bench" / "peerjs"
PACKAGE: Final = "peer@1.0.2"
LENGTH: Final = 300  # bytes of a message, as an ICE candidate has
STARTS_WITHIN_S: Final = 60
OFFER: Final = "v=0\r\ns=offer\r\n"
Socket = aiohttp.ClientWebSocketResponse[Any]


class PeerMissing(Exception):
    """It could not be installed or started; the message says why."""


@dataclass(slots=True)
class Pair:
    """`speaker` sends, `hearer` is passed it on. `offered_ms`: from the hearer's connecting until its first message had
    come to the other end."""

    number: int
    speaker: Socket
    hearer: Socket
    offered_ms: float


class Server(Protocol):
    name: str
    pid: int

    async def join(self, number: int) -> Pair: ...

    def text(self, pair: Pair, sequence: int) -> str:
        """LENGTH bytes."""
        ...

    def sequence(self, text: str) -> int | None:
        """Of what the hearer got; None for what is no passed-on message."""
        ...


def cpu_s(pid: int) -> float:
    """Of all its threads, in nanoseconds as the scheduler counts them."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


@dataclass(slots=True)
class Ours:
    name: str
    pid: int
    url: str
    process: asyncio.subprocess.Process
    client: aiohttp.ClientSession
    shares: list[dict[str, str]] = field(default_factory=list)

    async def open(self, shares: int) -> None:
        self.shares = (await self._told(f"open {shares}"))["shares"]

    async def entries(self) -> int:
        return int((await self._told("entries"))["entries"])

    async def join(self, number: int) -> Pair:
        share = self.shares[number]
        agent = await self._seated(share["agent"], {"session": share["session"]})
        ticket = await self._ticket(share["customer"], {"purpose": "session"})
        began = time.perf_counter()
        customer = await self._connected(share["customer"], ticket)
        await customer.send_str(json.dumps({"type": "media.offer", "sdp": OFFER}))
        await _until(agent, "media.offer")
        offered_ms = 1000 * (time.perf_counter() - began)
        await customer.send_str(json.dumps({"type": "share.start", "surface": "tab"}))
        while '"state":"sharing"' not in await _text(customer):
            continue
        pair = Pair(number, agent, customer, offered_ms)
        await agent.send_str(self.text(pair, 0))  # the first of a share waits for its entry
        await _until(customer, "pointer.draw")
        return pair

    def text(self, _pair: Pair, sequence: int) -> str:
        """Its first place is the number, in ten-thousandths."""
        first, second = divmod(sequence, 10_000)
        head = f'{{"type":"pointer.draw","points":[[{first / 10_000:.4f},{second / 10_000:.4f}]'
        places = (LENGTH - len(head) - 2) // len(",[0.5000,0.5000]")
        return (head + ",[0.5000,0.5000]" * places + "]}").ljust(LENGTH)

    def sequence(self, text: str) -> int | None:
        if '"pointer.draw"' not in text:
            return None
        first, second = json.loads(text)["points"][0]
        return int(round(first * 10_000) * 10_000 + round(second * 10_000))

    async def _seated(self, cookie: str, asked: dict[str, str]) -> Socket:
        return await self._connected(cookie, await self._ticket(cookie, asked))

    async def _ticket(self, cookie: str, asked: dict[str, str]) -> str:
        headers = {"Origin": self.url, "Content-Type": "application/json", "Cookie": cookie, **elsewhere()}
        post = Post("/api/v1/socket-tickets", json.dumps(asked).encode(), headers)
        (answer,) = (await sent(self.url, [post], connections=1)).answers
        return str(json.loads(answer.body)["ticket"])

    async def _connected(self, cookie: str, ticket: str) -> Socket:
        headers = {"Origin": self.url, "Cookie": cookie, **elsewhere()}
        opened = await self.client.ws_connect(f"{self.url}/api/v1/socket", headers=headers, max_msg_size=0)
        page = secrets.token_urlsafe(16)
        await opened.send_str(json.dumps({"type": "hello", "ticket": ticket, "page": page}))
        await _until(opened, "welcome")
        return opened

    async def _told(self, line: str) -> dict[str, Any]:
        if self.process.stdin is None or self.process.stdout is None:
            raise AssertionError("it was started with pipes")
        self.process.stdin.write(f"{line}\n".encode())
        found: dict[str, Any] = json.loads(await self.process.stdout.readline())
        return found


@dataclass(slots=True)
class Relay:
    """aiohttp alone, or PeerJS: `address` of one end of a pair."""

    name: str
    pid: int
    url: str
    client: aiohttp.ClientSession

    async def join(self, number: int) -> Pair:
        speaker = await self._opened(number, "a")
        began = time.perf_counter()
        hearer = await self._opened(number, "b")
        await hearer.send_str(self._wrapped(f"a{number}", "OFFER", 0))
        await _until(speaker, "OFFER")
        return Pair(number, speaker, hearer, 1000 * (time.perf_counter() - began))

    def text(self, pair: Pair, sequence: int) -> str:
        return self._wrapped(f"b{pair.number}", "CANDIDATE", sequence)

    def sequence(self, text: str) -> int | None:
        return int(json.loads(text)["payload"]["n"]) if '"CANDIDATE"' in text else None

    async def _opened(self, number: int, end: str) -> Socket:
        opened = await self.client.ws_connect(self._address(number, end), max_msg_size=0)
        await _until(opened, "OPEN")
        return opened

    def _address(self, number: int, end: str) -> str:
        if self.name == "aiohttp":
            return f"{self.url}/rooms/{number}"
        return f"{self.url}/peerjs?key=peerjs&id={end}{number}&token=t{end}{number}"

    def _wrapped(self, to: str, kind: str, sequence: int) -> str:
        head = f'{{"type":"{kind}","dst":"{to}","payload":{{"n":{sequence},"pad":"'
        return head + "x" * (LENGTH - len(head) - 3) + '"}}'


@asynccontextmanager
async def ours() -> AsyncIterator[Ours]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "tests.bench.signalling_server"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    if process.stdin is None or process.stdout is None:
        raise AssertionError("it was started with pipes")
    try:
        first = json.loads(await process.stdout.readline())
        async with _client() as client:
            yield Ours("ours", first["pid"], first["url"], process, client)
    finally:
        process.stdin.close()
        await process.wait()


@asynccontextmanager
async def plain() -> AsyncIterator[Relay]:
    port = _free_port()
    command = [sys.executable, "-P", "-m", "tests.bench.plain_relay", str(port)]
    async with _running(command, port) as pid, _client() as client:
        yield Relay("aiohttp", pid, f"http://127.0.0.1:{port}", client)


@asynccontextmanager
async def peerjs() -> AsyncIterator[Relay]:
    """Raises PeerMissing."""
    node = await asyncio.to_thread(_install)
    port = _free_port()
    command = [node, str(PLACE / "node_modules" / ".bin" / "peerjs"), "--port", str(port)]
    command += ["--host", "127.0.0.1", "--concurrent_limit", "20000", "--alive_timeout", "3600000"]
    async with _running(command, port) as pid, _client() as client:
        yield Relay("PeerJS", pid, f"http://127.0.0.1:{port}", client)


def _client() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar())


@asynccontextmanager
async def _running(command: Sequence[str], port: int) -> AsyncIterator[int]:
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: ASYNC220
    try:
        await _once_it_listens(port, started)
        yield started.pid
    finally:
        started.terminate()
        started.wait()


async def _once_it_listens(port: int, started: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STARTS_WITHIN_S):
            while started.poll() is None:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    return
                await asyncio.sleep(0.05)  # it does not tell when it listens
    raise PeerMissing("its server did not start")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _install() -> str:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise PeerMissing("there is no node and npm on PATH")
    ready = PLACE / "ready"
    if ready.exists() and ready.read_text() == PACKAGE:
        return node
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    (PLACE / "package.json").write_text('{"name": "bench-peerjs", "private": true}')
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(PLACE), PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PeerMissing(f"npm install: {(done.stderr or done.stdout)[-300:]}")
    ready.write_text(PACKAGE)
    return node


async def _text(opened: Socket) -> str:
    frame = await opened.receive(timeout=STARTS_WITHIN_S)
    if frame.type is not aiohttp.WSMsgType.TEXT:
        raise AssertionError(f"a socket closed: {frame}")
    return str(frame.data)


async def _until(opened: Socket, kind: str) -> None:
    while f'"type":"{kind}"' not in (text := await _text(opened)):
        if '"problem"' in text:
            raise AssertionError(text)
