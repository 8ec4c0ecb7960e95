"""One connection to a collector, in a thread: what is sent counts once the other machine has acknowledged it.

TCP has no word of the program at the other end. What its kernel has acknowledged may still be lost with that program;
`forwarding` sends the last part again for that.
"""

import contextlib
import fcntl
import select
import socket
import ssl
import struct
import termios
import time
from typing import Final

CONNECT_WITHIN_S: Final = 5.0  # also how long a stop may wait for it
TAKEN_WITHIN_S: Final = 15.0
LAST_WORD_WITHIN_S: Final = 2.0
_LOOK_S: Final = 0.002
_LONGEST_LOOK_S: Final = 0.05
_INT: Final = struct.Struct("i")


class CollectorGone(Exception):
    """It could not be reached, has gone, or does not take what is sent. The sentence is for the operator."""


class CollectorLine:
    """Not for two threads at once, but for `abort`."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        """Raises CollectorGone."""
        try:
            plain = socket.create_connection((host, port), timeout=CONNECT_WITHIN_S)
        except (OSError, UnicodeError) as error:
            raise CollectorGone(f"it cannot be reached: {error}") from error
        self._plain = self._socket = plain
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if tls is not None:
                self._socket = tls.wrap_socket(plain, server_hostname=host)
            self._socket.settimeout(TAKEN_WITHIN_S)
        except (OSError, ssl.SSLError, ValueError) as error:
            plain.close()
            raise CollectorGone(f"no connection could be made safe: {error}") from error

    def send(self, data: bytes) -> None:
        """Returns once the other machine has all of it. Raises CollectorGone: then nobody knows how much it has."""
        try:
            self._socket.sendall(data)
            self._until_taken()
            self._must_be_there()
        except (OSError, ssl.SSLError, ValueError) as error:
            raise CollectorGone(f"it does not take what is sent: {error}") from error

    def look(self) -> None:
        """Raises CollectorGone if it has closed the connection."""
        try:
            self._must_be_there()
        except (OSError, ssl.SSLError, ValueError) as error:
            raise CollectorGone(f"it has gone: {error}") from error

    def finish(self) -> bool:
        """Ends the connection; whether the other program has read to the end, and so everything."""
        with contextlib.suppress(OSError, ssl.SSLError, ValueError):
            self._socket.settimeout(LAST_WORD_WITHIN_S)
            if isinstance(self._socket, ssl.SSLSocket):
                self._socket.unwrap()  # returns once the other side has ended too
                return True
            self._socket.shutdown(socket.SHUT_WR)
            return self._socket.recv(1) == b""
        return False

    def abort(self) -> None:
        """From any thread: whoever waits here waits no longer."""
        with contextlib.suppress(OSError):
            self._plain.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _until_taken(self) -> None:
        """Bytes in the socket's queue are those not acknowledged (SIOCOUTQ, tcp(7))."""
        deadline, pause = time.monotonic() + TAKEN_WITHIN_S, _LOOK_S
        while _INT.unpack(fcntl.ioctl(self._socket.fileno(), termios.TIOCOUTQ, _INT.pack(0)))[0]:
            if time.monotonic() > deadline:
                raise TimeoutError(f"nothing was acknowledged within {TAKEN_WITHIN_S:.0f} s")
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_LOOK_S)

    def _must_be_there(self) -> None:
        """Collectors say nothing; what one says is dropped. The end of its stream is the end."""
        arrived = select.poll()  # not select(), which cannot name a descriptor above 1,023
        arrived.register(self._socket, select.POLLIN)
        while arrived.poll(0):
            self._socket.settimeout(0.0)
            try:
                if not self._socket.recv(4096):
                    raise ConnectionResetError("it has closed the connection")
            except (BlockingIOError, ssl.SSLWantReadError):
                return
            finally:
                self._socket.settimeout(TAKEN_WITHIN_S)
