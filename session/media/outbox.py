"""What waits for a socket that is full for the moment: bounded, in order, and with a door for what cannot wait."""

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from typing import Final

SOCKET_BYTES: Final = 1 << 20


class Outbox:
    """Sends at once while the socket takes it. `broken` is called once: when the socket fails, or more than
    `limit_bytes` would wait. Use from the running loop only; the caller closes the socket after `close`."""

    def __init__(self, end: socket.socket, limit_bytes: int, broken: Callable[[], None]) -> None:
        end.setblocking(False)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BYTES)
        self._socket = end
        self._limit_bytes = limit_bytes
        self._broken = broken
        self._loop = asyncio.get_running_loop()
        self._first: deque[bytes] = deque()
        self._rest: deque[tuple[str, bytes]] = deque()
        self._begun = memoryview(b"")  # what is left of a message of which the socket took a part
        self._waiting_bytes = 0
        self._moved_s = 0.0
        self._blocked = False
        self._closed = False

    def put(self, message: bytes, subject: str = "") -> None:
        """After everything that waits. `subject` is what a later `put_first` must not overtake."""
        self._admit(message)
        self._rest.append((subject, message))
        self._start()

    def put_first(self, message: bytes, subject: str) -> None:
        """Before everything that waits, unless something about the same subject is among it."""
        if any(subject == other for other, _ in self._rest):
            self.put(message, subject)
            return
        self._admit(message)
        self._first.append(message)
        self._start()

    def stuck_s(self) -> float:
        """For how many seconds something has waited without the socket taking a byte."""
        return self._loop.time() - self._moved_s if self._waiting_bytes else 0.0

    def close(self) -> None:
        """What waits is dropped, and what is put from now on."""
        self._closed = True
        self._wait_no_longer()

    def _admit(self, message: bytes) -> None:
        if not self._waiting_bytes:
            self._moved_s = self._loop.time()
        self._waiting_bytes += len(message)

    def _start(self) -> None:
        if self._waiting_bytes > self._limit_bytes:
            self._fail()
        elif not self._blocked:
            self._flush()

    def _flush(self) -> None:
        try:
            while not self._closed and (self._begun or self._next()):
                sent = self._socket.send(self._begun)
                self._begun = self._begun[sent:]
                self._waiting_bytes -= sent
                self._moved_s = self._loop.time()
        except BlockingIOError:
            self._wait_for_room()
        except OSError:
            self._fail()
        else:
            self._wait_no_longer()

    def _next(self) -> bool:
        if self._first:
            self._begun = memoryview(self._first.popleft())
        elif self._rest:
            self._begun = memoryview(self._rest.popleft()[1])
        return bool(self._begun)

    def _wait_for_room(self) -> None:
        if not self._blocked:
            self._blocked = True
            self._loop.add_writer(self._socket.fileno(), self._flush)

    def _wait_no_longer(self) -> None:
        if self._blocked:
            self._blocked = False
            self._loop.remove_writer(self._socket.fileno())

    def _fail(self) -> None:
        if not self._closed:
            self.close()
            self._broken()
