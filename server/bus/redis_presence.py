"""Who is present, what is whose, and the bell, among servers that share a Redis."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

import structlog
from redis.exceptions import RedisError

from server.bus.ports import PRESENCE_LIFE_MS, Beat, BusUnavailable
from server.bus.redis_client import PREFIX, RedisClient

NAME_LIFE_MS: Final = (
    7 * 24 * 3_600_000
)  # longer than any session: a name whose server is gone is free anyway
LISTEN_AGAIN_S: Final = 1.0
LOOKED_AT_LINE_S: Final = 10.0
_SERVER: Final = PREFIX + "server:"
_HOME: Final = PREFIX + "home:"
_CHANNEL: Final = PREFIX + "bell"

_CLAIM: Final = """
if redis.call('EXISTS', ARGV[1] .. ARGV[2]) == 0 then return 0 end
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[2] and redis.call('EXISTS', ARGV[1] .. owner) == 1 then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""
_RELEASE: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0
"""
_log: Final = structlog.get_logger("bus")


class RedisPresence:
    """Implements Presence. `server` is this process's own id, never used by another one before or after."""

    def __init__(self, client: RedisClient, server: str, *, life_ms: int = PRESENCE_LIFE_MS) -> None:
        self._client, self._server, self._life_ms = client, server, life_ms
        self._claim, self._release = client.script(_CLAIM), client.script(_RELEASE)

    async def beat(self) -> Beat:
        async def asked(commands: Any) -> list[Any]:
            both = commands.pipeline(transaction=False)  # one connection, so one and the same Redis answers
            both.set(_SERVER + self._server, "1", px=self._life_ms, get=True)
            both.info("server")
            return list(await both.execute())

        before, information = await self._client.ask(asked)
        return Beat(run=str(information["run_id"]), kept=before is not None)

    async def claim(self, name: str) -> bool:
        return bool(await self._claim.run([_HOME + name], [_SERVER, self._server, NAME_LIFE_MS]))

    async def release(self, name: str) -> None:
        await self._release.run([_HOME + name], [self._server])

    async def leave(self) -> None:
        await self._client.ask(lambda commands: commands.delete(_SERVER + self._server))


class RedisBell:
    """Implements Bell. `run` must be running. Pub/sub loses messages, so nothing but a hint is said by it."""

    def __init__(
        self, client: RedisClient, server: str, start: Callable[[Coroutine[Any, Any, None]], object]
    ) -> None:
        self._client, self._server, self._start = client, server, start
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._start(self._told())

    async def heard(self) -> None:
        await self._rung.wait()
        self._rung.clear()

    async def run(self) -> None:
        """For ever: listen, and again where the line broke."""
        while True:
            try:
                await self._listen()
            except (RedisError, OSError, TimeoutError):
                _log.info("the line to Redis broke; listening again soon")
            await asyncio.sleep(LISTEN_AGAIN_S)

    async def _listen(self) -> None:
        async with self._client.listening.pubsub(ignore_subscribe_messages=True) as line:
            await line.subscribe(_CHANNEL)
            self._rung.set()  # what was said before is lost
            while True:
                message = await line.get_message(timeout=LOOKED_AT_LINE_S)
                if message is None:
                    await line.ping()  # a line that is dead raises at one of the next turns
                elif message.get("data") != self._server:
                    self._rung.set()

    async def _told(self) -> None:
        try:
            await self._client.ask(lambda commands: commands.publish(_CHANNEL, self._server))
        except BusUnavailable:
            _log.info("the bell could not be rung; the others look by themselves")
