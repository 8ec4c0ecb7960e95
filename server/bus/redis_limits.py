"""Counters and tickets that several servers share. Time is Redis's own, so that servers need not agree on theirs."""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from typing import Final

from server.bus.ports import (
    LONGEST_NAME,
    TICKET_BYTES,
    TICKET_LENGTH,
    TICKET_LIFE_MS,
    BusUnavailable,
    TicketGrant,
)
from server.bus.redis_client import PREFIX, RedisClient
from verification.throttle import Rate

LARGEST_COUNT: Final = 10_000  # beyond, the products below would no longer be exact in a double

# Milliseconds since 2026: small enough for exact products. A clock of the caller's own is the tests'.
_NOW: Final = """
local function now_ms(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return (time[1] - 1767225600) * 1000 + math.floor(time[2] / 1000)
end
"""

# `verification.throttle.pass_through`, and one thing more: a state further ahead than a full burst is of a clock of
# Redis that was set back since, and becomes a full burst, so that nobody is shut out for longer than the period.
_TAKE: Final = f"""{_NOW}
local count, period = tonumber(ARGV[1]), tonumber(ARGV[2])
local now = now_ms(ARGV[4]) * count
local full = period * count
local state = tonumber(redis.call('GET', KEYS[1]) or '')
local function keep(arrival)
  redis.call('SET', KEYS[1], string.format('%.0f', arrival), 'PX', math.ceil((arrival - now) / count))
end
if state and state > now + full then
  state = now + full
  keep(state)
end
local arrival = math.max(now, state or now)
local beyond = arrival + period - now - full
if beyond > 0 then return math.ceil(beyond / count) end
if ARGV[3] == '1' then keep(arrival + period) end
return 0
"""
_ISSUE: Final = f"""{_NOW}
redis.call('SET', KEYS[1], string.format('%.0f ', now_ms(ARGV[3]) + ARGV[2]) .. ARGV[1], 'PX', ARGV[2])
return 0
"""
_REDEEM: Final = f"""{_NOW}
local kept = redis.call('GET', KEYS[1])
if not kept then return '' end
redis.call('DEL', KEYS[1])
local till, grant = kept:match('^(-?%d+) (.*)$')
if now_ms(ARGV[1]) < tonumber(till) then return grant end
return ''
"""


class RedisCounters:
    """Implements Counters. A counter that has run empty is forgotten by Redis itself; a Redis without room refuses,
    which is why it must not evict (`maxmemory-policy noeviction`): what it evicts would count from nothing again."""

    def __init__(self, client: RedisClient, clock_ms: Callable[[], int] | None = None) -> None:
        self._take, self._clock_ms = client.script(_TAKE), clock_ms

    async def take(self, name: str, rate: Rate) -> int:
        return await self._asked(name, rate, counting=True)

    async def wait_of(self, name: str, rate: Rate) -> int:
        return await self._asked(name, rate, counting=False)

    async def _asked(self, name: str, rate: Rate, *, counting: bool) -> int:
        if len(name) > LONGEST_NAME or rate.count > LARGEST_COUNT:
            raise BusUnavailable(
                "A counter's name is too long to be kept, or its rate too large to be exact."
            )
        key = f"{PREFIX}counter:{rate.count}:{rate.period_ms}:{_hashed(name)}"
        arguments: list[str | int] = [rate.count, rate.period_ms, int(counting), _given(self._clock_ms)]
        return int(await self._take.run([key], arguments))


class RedisTickets:
    """Implements Tickets. Whoever reads Redis finds hashes of tickets, which open nothing."""

    def __init__(
        self,
        client: RedisClient,
        *,
        random: Callable[[int], bytes] = secrets.token_bytes,
        clock_ms: Callable[[], int] | None = None,
    ) -> None:
        self._issue, self._redeem = client.script(_ISSUE), client.script(_REDEEM)
        self._random, self._clock_ms = random, clock_ms

    async def issue(self, grant: TicketGrant) -> str:
        ticket = base64.urlsafe_b64encode(self._random(TICKET_BYTES)).rstrip(b"=").decode("ascii")
        kept = json.dumps([grant.purpose, grant.holder, grant.session])
        await self._issue.run([_place_of(ticket)], [kept, TICKET_LIFE_MS, _given(self._clock_ms)])
        return ticket

    async def redeem(self, ticket: str) -> TicketGrant | None:
        if len(ticket) != TICKET_LENGTH:
            return None
        kept = await self._redeem.run([_place_of(ticket)], [_given(self._clock_ms)])
        return TicketGrant(*json.loads(kept)) if kept else None


def _place_of(ticket: str) -> str:
    return f"{PREFIX}ticket:{_hashed(ticket)}"


def _hashed(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def _given(clock_ms: Callable[[], int] | None) -> str:
    return "" if clock_ms is None else str(clock_ms())
