"""How much of each kind of datagram is looked at in a second. What is over costs one counter and no more.

A stranger's connectivity checks are parsed and may be hashed, so they are counted for each address (of IPv6: for each
network of 64 bits, which one subscriber has) and for all strangers together. Whoever holds a leg can also sign what it
sends; its checks, handshake datagrams, reports and pictures have budgets of their own, far above what browsers send, so
that one participant cannot take the processor from the others; and so has what is sent again because a leg asked.
Seconds are fixed ones of the gate's clock: within two of them at most twice the budget passes.
"""

import socket
from typing import Final

STRANGER_CHECKS: Final = 500  # of one address, maybe of a whole office; a browser sends about 20
RELAY_CHECKS: Final = 50  # of one relay of a TURN server, behind which is one browser
ALL_STRANGERS_CHECKS: Final = 5_000
LEG_CHECKS: Final = 500
LEG_HANDSHAKE: Final = 100
LEG_REPORTS: Final = 250  # a browser sends about 20, and 100 where many packets are lost
LEG_PICTURES: Final = 4_000  # packets: 6 Mbit/s and as much again for probing are about 1,400
LEG_REPEATS: Final = 1_000  # packets sent again for one agent; 6 Mbit/s are about 700


class Budget:
    """`take` says whether one more fits into this second."""

    __slots__ = ("_left", "_second", "per_second")

    def __init__(self, per_second: int) -> None:
        self.per_second = per_second
        self._second, self._left = -1, 0

    def take(self, now_ms: int) -> bool:
        if now_ms // 1_000 != self._second:
            self._second, self._left = now_ms // 1_000, self.per_second
        self._left -= 1
        return self._left >= 0


class Strangers:
    """For addresses that belong to no leg. It remembers at most ALL_STRANGERS_CHECKS of them, for a second.

    `relays`: addresses of a TURN server, behind whose ports are all browsers of strict networks. There each port counts
    by itself, or one browser could take the checks of all the others."""

    def __init__(self, relays: tuple[str, ...] = ()) -> None:
        self._relays = frozenset(form for address in relays for form in (address, f"::ffff:{address}"))
        self._all = Budget(ALL_STRANGERS_CHECKS)
        self._second = -1
        self._taken: dict[bytes | str | tuple[str, int], int] = {}

    def take(self, host: str, now_ms: int, port: int = 0) -> bool:
        if now_ms // 1_000 != self._second:
            self._second = now_ms // 1_000
            self._taken.clear()
        relayed = host in self._relays
        whose = (host, port) if relayed else _subscriber(host)
        taken = self._taken.get(whose, 0)
        if taken >= (RELAY_CHECKS if relayed else STRANGER_CHECKS) or not self._all.take(now_ms):
            return False
        self._taken[whose] = taken + 1
        return True


def _subscriber(host: str) -> bytes | str:
    return socket.inet_pton(socket.AF_INET6, host.partition("%")[0])[:8] if ":" in host else host
