"""Two ways to one Redis: commands, which are answered at once or not at all, and a line that only listens.

Its client's defaults would wait for a stopped Redis for half a minute. A command here has 0.25 s for each answer of the
network and 0.5 s in all; nothing is tried twice, since a counter or a ticket would be used twice. Few connections carry
all of it: a step takes Redis microseconds, and many connections made at once would take longer than a command may.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import ConnectionPool
from redis.exceptions import RedisError

from server.bus.ports import BusUnavailable

Answer = TypeVar("Answer")

ANSWER_WITHIN_S: Final = 0.25
CONNECTIONS: Final = 8
OLDEST_MAJOR: Final = 7
PREFIX: Final = "tachiai:"


@dataclass(frozen=True, slots=True)
class RedisPlace:
    """`url` is redis://, rediss:// or unix://, and holds no password. `authority`: a PEM file, "" for the system's."""

    url: str
    password: str | None = None
    authority: str = ""


@dataclass(frozen=True, slots=True)
class Described:
    """What a Redis says of itself. `eviction`: what it does when it is full ("noeviction": it refuses)."""

    version: str
    eviction: str

    @property
    def old(self) -> bool:
        """Older than what everything here was tried with."""
        major = self.version.partition(".")[0]
        return not major.isdecimal() or int(major) < OLDEST_MAJOR


async def describe(place: RedisPlace) -> Described:
    """By a connection of its own. Raises BusUnavailable."""
    client = RedisClient(place)
    try:
        told = await client.ask(lambda commands: commands.info())
        return Described(str(told["redis_version"]), str(told.get("maxmemory_policy", "unknown")))
    finally:
        await client.close()


class RedisClient:
    """What the parts of one server share. `close` it."""

    def __init__(self, place: RedisPlace, *, answer_within_s: float | None = None) -> None:
        answer_within_s = ANSWER_WITHIN_S if answer_within_s is None else answer_within_s
        common = _common(place, answer_within_s)
        self._in_all_s = 2 * answer_within_s
        self._commands = Redis(
            connection_pool=BlockingConnectionPool.from_url(
                place.url,
                socket_timeout=answer_within_s,
                timeout=answer_within_s,
                max_connections=CONNECTIONS,
                **common,
            )
        )
        # It waits for as long as nothing is said; a stopped Redis costs it nothing, since rings are hints.
        self.listening = Redis(
            connection_pool=ConnectionPool.from_url(place.url, socket_timeout=None, **common)
        )

    def script(self, source: str) -> "Script":
        return Script(self, self._commands.register_script(source))

    async def ask(self, command: Callable[["Redis"], Awaitable[Answer]]) -> Answer:
        """Raises BusUnavailable."""
        with told_plainly():
            async with asyncio.timeout(self._in_all_s):
                return await command(self._commands)

    async def close(self) -> None:
        for client in (self._commands, self.listening):
            await client.aclose()
            await client.connection_pool.disconnect()


class Script:
    """A few lines that Redis runs as one step."""

    def __init__(self, client: RedisClient, script: Any) -> None:
        self._client, self._script = client, script

    async def run(self, keys: list[str], arguments: list[str | int]) -> Any:
        """Raises BusUnavailable."""
        return await self._client.ask(lambda _: self._script(keys=keys, args=arguments))


@contextmanager
def told_plainly() -> Iterator[None]:
    """The messages of Redis and of the network do not leave this package: they may quote what was sent."""
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        raise BusUnavailable("Redis does not answer at the moment. Nothing was granted.") from error


def _common(place: RedisPlace, answer_within_s: float) -> dict[str, Any]:
    options: dict[str, Any] = {
        "password": place.password,
        "socket_connect_timeout": answer_within_s,
        "retry": None,
        "protocol": 3,
        "decode_responses": True,
        "driver_info": None,  # nothing is said about this client while it connects
    }
    if place.url.startswith("rediss:"):
        options["ssl_min_version"] = ssl.TLSVersion.TLSv1_2
        if place.authority:
            options["ssl_ca_certs"] = place.authority
    return options
