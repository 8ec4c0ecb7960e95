"""Sends many requests over a few connections that stay open, and says how long each took: a client that costs little.

It reads answers with a `Content-Length` or in chunks, and no others: enough for ours and for Werkzeug's.
"""

import asyncio
import ipaddress
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from server.setting_groups import HttpSettings
from server.settings import Settings
from tests.protocol.server_stand import MANY_SIGN_INS

# Each request comes from an address of its own, as a proxy tells it: what is measured is no throttle.
BEHIND_A_PROXY: Final = Settings(
    http=HttpSettings(trusted_proxies=["127.0.0.0/8", "::1"]), flags=MANY_SIGN_INS.flags
)


def elsewhere() -> dict[str, str]:
    """Another address each time, as a proxy tells it."""
    return {"X-Forwarded-For": str(ipaddress.IPv4Address(random.getrandbits(31) + 2**24))}


@dataclass(frozen=True, slots=True)
class Post:
    path: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """`ms` from before the first byte went out until after the last one came in."""

    status: int
    body: bytes
    ms: float
    cookies: tuple[str, ...] = ()  # as they are to be sent again


@dataclass(frozen=True, slots=True)
class Load:
    answers: list[Answer]
    seconds: float

    def percentile(self, share: float) -> float:
        """Milliseconds; 0 < share < 1."""
        times = sorted(answer.ms for answer in self.answers)
        return times[min(len(times) - 1, int(len(times) * share))]


async def sent(url: str, posts: Sequence[Post], *, connections: int) -> Load:
    """All of them, in order, each by the first connection that is free. The answers are in the order of `posts`."""
    answers: list[Answer | None] = [None] * len(posts)
    waiting = iter(enumerate(posts))
    began = time.perf_counter()

    async def work() -> None:
        line = Line(url)
        try:
            for number, post in waiting:
                answers[number] = await line.ask(post)
        finally:
            line.close()

    await asyncio.gather(*(work() for _ in range(connections)))
    return Load([answer for answer in answers if answer is not None], time.perf_counter() - began)


class Line:
    """One connection, made anew where the other end closes it after an answer."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._name = parts.netloc
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, post: Post) -> Answer:
        head = "".join(f"{name}: {value}\r\n" for name, value in post.headers.items())
        raw = (
            f"POST {post.path} HTTP/1.1\r\nHost: {self._name}\r\n{head}Content-Length: {len(post.body)}\r\n\r\n"
        ).encode() + post.body
        began = time.perf_counter()
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        self._writer.write(raw)
        status, headers, cookies = _head(await self._reader.readuntil(b"\r\n\r\n"))
        body = await _body(self._reader, headers)
        if headers.get("connection") == "close":
            self.close()
        return Answer(status, body, (time.perf_counter() - began) * 1000, cookies)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


def _head(raw: bytes) -> tuple[int, dict[str, str], tuple[str, ...]]:
    """Status, fields by their small names, and the cookies that are to be sent again."""
    first, *lines = raw.decode("latin-1").rstrip("\r\n").split("\r\n")
    fields = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    cookies = tuple(value.partition(";")[0] for name, value in fields if name == "set-cookie")
    return int(first.split(" ")[1]), {name: value.lower() for name, value in fields}, cookies


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if "content-length" in headers:
        return await reader.readexactly(int(headers["content-length"]))
    if headers.get("transfer-encoding") != "chunked":
        return await reader.read() if headers.get("connection") == "close" else b""
    body = b""
    while (size := int(await reader.readline(), 16)) > 0:
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return body
