"""Sockets to listen on, had before anything else is opened: a taken port is found out first."""

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

LOCAL: Final = "localhost"
_NO_IPV6: Final = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
BACKLOG: Final = 256
PORT_SETTING: Final = "--port or http.port"


class ListenRefused(Exception):
    """The port cannot be had; the message says which and what to do."""


def bind(host: str, port: int, *, setting: str = PORT_SETTING) -> list[socket.socket]:
    """Listening, nothing accepted yet. "localhost" is the loopback of IPv4 and, where there is one, of IPv6; port 0 is
    any free one, the same for both. `setting` is what to change where it cannot be had. Raises ListenRefused."""
    if host != LOCAL:
        return [_bound(host, port, setting)]
    first = _bound("127.0.0.1", port, setting)
    try:
        return [first, _bound("::1", port_of([first]), setting)]
    except _NoSuchAddress:
        return [first]
    except ListenRefused:
        first.close()
        raise


@contextmanager
def bound(host: str, port: int) -> Iterator[list[socket.socket]]:
    """As `bind`; what nobody took over (`doorway.counted_listener`) is closed when the context is left."""
    sockets = bind(host, port)
    try:
        yield sockets
    finally:
        for one in sockets:
            one.close()


def port_of(sockets: list[socket.socket]) -> int:
    return int(sockets[0].getsockname()[1])


def own_address(host: str) -> str:
    """The address by which other machines reach this one when it listens on `host`. Sends nothing."""
    if host not in {"0.0.0.0", "::"}:
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # a documentation address (RFC 5737): only the route is looked up
        return str(probe.getsockname()[0])


class _NoSuchAddress(ListenRefused):
    pass


def _bound(host: str, port: int, setting: str) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _NoSuchAddress(
            f"{host} is no address of this machine. Give another one with --host or http.host."
        ) from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(address)
        bound.listen(BACKLOG)
        bound.setblocking(False)
    except OSError as error:
        bound.close()
        raise _refusal(host, port, error, setting) from error
    return bound


def _refusal(host: str, port: int, error: OSError, setting: str) -> ListenRefused:
    if error.errno in _NO_IPV6:
        return _NoSuchAddress(
            f"{host} is no address of this machine. Give another one with --host or http.host."
        )
    if error.errno == errno.EADDRINUSE:
        return ListenRefused(
            f"Port {port} on {host} is in use. Stop the other program, or take another port with {setting}, for "
            f"instance {port + 1}."
        )
    return ListenRefused(
        f"Port {port} on {host} cannot be used: {error.strerror}. Take another one with {setting}."
    )
