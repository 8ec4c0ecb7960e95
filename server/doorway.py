"""How many connections may be open: of all together, and of each source. Counted where they are accepted.

A connection is counted before anything is read from it, TLS included, and until its file descriptor is closed. So
strangers who connect and say nothing can never use up the descriptors that the log and the database need.
"""

import resource
import socket
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from server.http.addresses import Network, counted, is_trusted

RESERVED_DESCRIPTORS: Final = (
    512  # for the log, the database, the gate, modules and whatever the system opens
)


class DescriptorsRefused(Exception):
    """This process may not open as many files as its connections need. The message says how to allow it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`of_each` does not hold for a trusted proxy, which brings everybody's connections."""

    of_all: int
    of_each: int
    trusted: Sequence[Network] = ()


@dataclass(slots=True)
class Tally:
    """The open connections. One for all listening sockets of a server."""

    limits: Limits
    open: int = 0
    refused: int = 0
    _by_source: Counter[str] = field(default_factory=Counter)

    def enter(self, address: str) -> str | None:
        """Under which name it was counted, or None if there is no room."""
        source = counted(address)
        full = self._by_source[source] >= self.limits.of_each and not is_trusted(address, self.limits.trusted)
        if full or self.open >= self.limits.of_all:
            self.refused += 1
            return None
        self.open += 1
        self._by_source[source] += 1
        return source

    def leave(self, source: str) -> None:
        self.open -= 1
        self._by_source[source] -= 1
        if not self._by_source[source]:
            del self._by_source[source]


def counted_listener(bound: socket.socket, tally: Tally) -> socket.socket:
    """The same listening socket, which accepts no more than the tally allows. `bound` must not be used after."""
    listener = _Listener(bound.family, bound.type, bound.proto, fileno=bound.detach())
    listener.setblocking(False)
    listener.tally = tally
    return listener


def allow_descriptors(limits: Limits) -> None:
    """Raise this process's limit of open files as far as it may. Raises DescriptorsRefused if that is too little."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = limits.of_all + RESERVED_DESCRIPTORS
    wanted = max(soft if hard == resource.RLIM_INFINITY else hard, needed)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (ValueError, OverflowError, OSError) as error:
        raise DescriptorsRefused(
            f"{limits.of_all} connections need {needed} open files, and this process may not open so many. Nothing "
            "was opened. Allow more (`ulimit -Hn`, LimitNOFILE=), or set http.connections lower."
        ) from error


class _Connection(socket.socket):
    """An accepted connection, which is given back to the tally when it is closed."""

    tally: Tally
    source: str | None = None

    def close(self) -> None:
        source, self.source = self.source, None
        super().close()
        if source is not None:
            self.tally.leave(source)


class _Listener(socket.socket):
    tally: Tally

    def accept(self) -> tuple[socket.socket, Any]:
        accepted, address = super().accept()
        source = self.tally.enter(str(address[0]))
        if source is None:
            accepted.close()
            # What asyncio takes for a connection that was gone before it could be accepted.
            raise ConnectionAbortedError
        connection = _Connection(accepted.family, accepted.type, accepted.proto, fileno=accepted.detach())
        connection.tally, connection.source = self.tally, source
        return connection, address
