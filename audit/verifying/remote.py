"""The public part of a log at an address: a prefix of C2SP tlog-tiles, read with nothing but the standard library.

Whoever serves it may be dishonest: what is answered is measured before it is read, redirects lead nowhere else, and
nothing is waited for without end. What is missing there is missing; an answer that is no answer ends the verification.
"""

import contextlib
import http.client
import ipaddress
import math
import socket
import ssl
import threading
import time
import urllib.parse
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Final

from audit.plain_file import NotPlain
from audit.verifying.source import Listed

_TIMEOUT_S: Final = 30.0  # for each wait
_LONGEST_S: Final = 120.0  # for one file
_AT_ONCE: Final = 4
_AHEAD: Final = 8  # files fetched before they are asked for; 16 MiB each at the very most
_QUEUED: Final = 1 + _AHEAD // _AT_ONCE  # how many may stand before one in its thread, and itself
_PIECE: Final = 65_536
_MOST_HOPS: Final = 3
_GZIP: Final = 16 + zlib.MAX_WBITS
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MISSING: Final = frozenset({404, 410})
_PORTS: Final = {"https": 443, "http": 80}


class AddressRefused(ValueError):
    """Not an address to read a log from. The sentence says what would be one."""


class Unanswered(OSError):
    """Nothing can be said about the log now: `strerror` says why, `filename` is the address."""

    def __init__(self, why: str, address: str) -> None:
        super().__init__(0, why, address)


class UrlSource:
    """Close it after use. Files that are `expect`ed are fetched a few at a time, in order, before they are read."""

    def __init__(self, address: str, *, timeout_s: float = _TIMEOUT_S, longest_s: float = _LONGEST_S) -> None:
        """Raises AddressRefused."""
        self.address, self._scheme, self._host, self._port, self._prefix = _parts(address)
        self._timeout_s, self._longest_s = timeout_s, longest_s
        self._own = threading.local()
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="fetch")
        self._expected: Iterator[tuple[str, int]] = iter(())
        self._coming: dict[str, Future[bytes | None]] = {}
        self._open: list[http.client.HTTPConnection] = []
        self._refused: dict[str, int] = {}
        self._closed = False

    def read(self, name: str, most: int) -> bytes | None:
        coming = self._coming.pop(name, None) or self._pool.submit(self._fetch, name, most)
        try:
            data = coming.result(_QUEUED * self._longest_s)
        except TimeoutError as error:  # headers that come a byte at a time
            raise Unanswered("it never ended", self.address + name) from error
        self._look_ahead()
        return data

    def has(self, name: str) -> bool:  # noqa: ARG002 - what is not fetched is not asked for
        return True

    def widths(self, level: int | str, index: int) -> list[int]:  # noqa: ARG002 - an address has no list of files
        return []

    def listed(self) -> Iterator[Listed]:
        """Only what was too large to be read, so that it is named."""
        return (Listed(name, size) for name, size in sorted(self._refused.items()))

    def expect(self, names: Iterable[tuple[str, int]]) -> None:
        self._expected = iter(names)
        self._look_ahead()

    def close(self) -> None:
        self._closed = True
        for connection in list(self._open):
            if connection.sock is not None:
                with contextlib.suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads from it
        self._pool.shutdown(cancel_futures=True)
        for connection in self._open:
            connection.close()

    def _look_ahead(self) -> None:
        for name, most in islice(self._expected, max(0, _AHEAD - len(self._coming))):
            self._coming[name] = self._pool.submit(self._fetch, name, most)

    def _fetch(self, name: str, most: int) -> bytes | None:
        try:
            return self._get(name, most, time.monotonic() + self._longest_s)
        except NotPlain:
            self._refused[name] = most + 1
            raise
        except Unanswered:
            raise
        except (
            OSError,
            ValueError,
            http.client.HTTPException,
            zlib.error,
        ) as error:  # ValueError: a broken Location
            raise Unanswered(str(error) or type(error).__name__, self.address + name) from error

    def _get(self, name: str, most: int, until: float) -> bytes | None:
        path = self._prefix + name
        for _ in range(_MOST_HOPS + 1):
            with contextlib.closing(self._ask(path)) as response:
                if response.status == http.HTTPStatus.OK:
                    return self._body(response, name, most, until)
                self._forget()
            if response.status in _MISSING:
                return None
            if time.monotonic() + _wait_s(response) < until:
                time.sleep(_wait_s(response))
                return self._get(name, most, until)
            if response.status not in _REDIRECTS:
                raise Unanswered(f"the server answered {response.status}", self.address + name)
            path = self._here(path, response.headers.get("Location", ""))
        raise Unanswered("it redirects in circles", self.address + name)

    def _ask(self, path: str) -> http.client.HTTPResponse:
        """On this thread's connection; once more on a new one where a kept one was closed meanwhile."""
        headers = {"Accept-Encoding": "gzip, identity", "User-Agent": "tachiai-verify"}
        kept = getattr(self._own, "connection", None)
        if kept is not None:
            try:
                kept.request("GET", path, headers=headers)
                found: http.client.HTTPResponse = kept.getresponse()
            except (OSError, http.client.HTTPException):
                self._forget()
            else:
                return found
        if self._closed:
            raise Unanswered("nobody waits for it any more", self.address)
        connection = self._own.connection = self._connect()
        self._open.append(connection)
        connection.request("GET", path, headers=headers)
        return connection.getresponse()

    def _connect(self) -> http.client.HTTPConnection:
        if self._scheme == "http":
            return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_s)
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout_s, context=context)

    def _forget(self) -> None:
        connection = self._own.connection
        self._own.connection = None
        self._open.remove(connection)
        connection.close()

    def _here(self, path: str, location: str) -> str:
        """The path that a redirect names. Raises Unanswered where it leads to anybody else."""
        own = f"{self._scheme}://{_bracketed(self._host)}:{self._port}"
        parts = urllib.parse.urlsplit(urllib.parse.urljoin(own + path, location))
        port = parts.port or _PORTS.get(parts.scheme)
        if not location or (parts.scheme, parts.hostname, port) != (self._scheme, self._host, self._port):
            raise Unanswered(f"it redirects to {location[:200]!r}, which is somewhere else", self.address)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def _body(self, response: http.client.HTTPResponse, name: str, most: int, until: float) -> bytes:
        packed = response.headers.get("Content-Encoding", "identity").strip().lower()
        if packed not in {"identity", "gzip"}:
            raise Unanswered(f"it is packed as {packed[:40]!r}, which was not asked for", self.address + name)
        said, got, data = response.length, 0, bytearray()
        unpack = zlib.decompressobj(_GZIP)
        while piece := response.read1(_PIECE):
            got += len(piece)
            data += piece if packed == "identity" else unpack.decompress(piece, most + 1 - len(data))
            if len(data) > most or got > most + _PIECE:
                self._forget()
                raise NotPlain(0, f"this file has more than {most} bytes", name)
            if time.monotonic() > until:
                self._forget()
                raise Unanswered(f"it was not here after {self._longest_s:.0f} s", self.address + name)
        cut = (said is not None and got != said) or (packed == "gzip" and not unpack.eof)
        if cut:
            self._forget()
            raise Unanswered("the answer was cut short", self.address + name)
        return bytes(data)


def _wait_s(response: http.client.HTTPResponse) -> float:
    """After how long to ask again, at least a second; only a server that finds us too quick need not say."""
    said = response.headers.get("Retry-After", "")
    if response.status in {429, 503} and said.isascii() and said.isdigit():
        return max(1.0, float(said))
    return 1.0 if response.status == http.HTTPStatus.TOO_MANY_REQUESTS else math.inf


def is_address(text: str) -> bool:
    return text.lower().startswith(("http://", "https://"))


def _parts(address: str) -> tuple[str, str, str, int, str]:
    """(the address with its last slash, scheme, host, port, path)."""
    try:
        parts = urllib.parse.urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise AddressRefused(f"{address} is no address: {error}") from error
    host = parts.hostname or ""
    if parts.scheme not in _PORTS or not host:
        raise AddressRefused(f"{address} is no address of a log: give https://HOST/PATH/")
    if parts.username is not None or parts.query or parts.fragment or not address.isascii():
        raise AddressRefused(f"{address} is more than an address of a log: give https://HOST/PATH/")
    if any(character <= " " for character in address):
        raise AddressRefused("an address has no spaces")
    if parts.scheme == "http" and not _is_loopback(host):
        raise AddressRefused("a log is read over https; plain http is only for this machine itself")
    path = parts.path if parts.path.endswith("/") else f"{parts.path}/"
    port = port or _PORTS[parts.scheme]
    return f"{parts.scheme}://{parts.netloc}{path}", parts.scheme, host, port, path


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
