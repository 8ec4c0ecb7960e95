"""The bus of a single server: memory, bounded, gone with the process."""

import base64
import secrets
from collections import OrderedDict
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
from verification.throttle import Passage, Rate, pass_through

COUNTERS_AT_MOST: Final = 100_000
TICKETS_AT_MOST: Final = 10_000


class InProcessCounters:
    """Implements Counters. `monotonic_ms` never goes back: a jump of the wall clock frees nobody.

    A counter that has run empty is forgotten. If all are in use a new name is refused (BusUnavailable), so that
    inventing names does not make room.
    """

    def __init__(self, monotonic_ms: Callable[[], int], *, at_most: int = COUNTERS_AT_MOST) -> None:
        self._monotonic_ms = monotonic_ms
        self._at_most = at_most
        self._kept: OrderedDict[str, tuple[int, int]] = OrderedDict()  # name -> state, when it has run empty

    async def take(self, name: str, rate: Rate) -> int:
        now, passage = self._passage(name, rate)
        if not passage.allowed:
            return passage.retry_after_ms
        if name not in self._kept and len(self._kept) >= self._at_most:
            self._forget_empty(now)
        self._kept[name] = (passage.state, -(-passage.state // rate.count))
        self._kept.move_to_end(name)
        return 0

    async def wait_of(self, name: str, rate: Rate) -> int:
        return self._passage(name, rate)[1].retry_after_ms

    def _passage(self, name: str, rate: Rate) -> tuple[int, Passage]:
        if len(name) > LONGEST_NAME:
            raise BusUnavailable("A counter's name is too long to be kept.")
        now = self._monotonic_ms()
        state, _ = self._kept.get(name, (None, 0))
        return now, pass_through(rate, state, now)

    def _forget_empty(self, now: int) -> None:
        for name in [name for name, (_, empty_at) in self._kept.items() if empty_at <= now]:
            del self._kept[name]
        if len(self._kept) >= self._at_most:
            raise BusUnavailable("All counters are in use. Try again in a minute.")


class InProcessTickets:
    """Implements Tickets."""

    def __init__(
        self,
        monotonic_ms: Callable[[], int],
        *,
        random: Callable[[int], bytes] = secrets.token_bytes,
        at_most: int = TICKETS_AT_MOST,
    ) -> None:
        self._monotonic_ms = monotonic_ms
        self._random = random
        self._at_most = at_most
        self._open: OrderedDict[str, tuple[TicketGrant, int]] = OrderedDict()  # oldest first

    async def issue(self, grant: TicketGrant) -> str:
        now = self._monotonic_ms()
        self._forget_old(now)
        if len(self._open) >= self._at_most:
            raise BusUnavailable("Too many tickets are open. Try again in a few seconds.")
        ticket = base64.urlsafe_b64encode(self._random(TICKET_BYTES)).rstrip(b"=").decode("ascii")
        self._open[ticket] = (grant, now + TICKET_LIFE_MS)
        return ticket

    async def redeem(self, ticket: str) -> TicketGrant | None:
        if len(ticket) != TICKET_LENGTH:
            return None
        grant, until = self._open.pop(ticket, (None, 0))
        return grant if self._monotonic_ms() < until else None

    def _forget_old(self, now: int) -> None:
        while self._open and next(iter(self._open.values()))[1] <= now:
            self._open.popitem(last=False)
