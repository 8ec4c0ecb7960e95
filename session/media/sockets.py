"""The UDP sockets of a gate process: one, or one of each family of addresses on the same port."""

import errno
import ipaddress
import socket
from typing import Final

from session.media.settings import GateSettings
from session.media.transport import Address

_BYTES: Final = 4 << 20  # of each buffer
_TRIES: Final = 16  # a port that is free for one family may be taken in the other


class Sockets:
    """`all` are to be read. Raises OSError where they cannot be had."""

    def __init__(self, settings: GateSettings) -> None:
        self.all = _bound(settings)
        self.port: int = self.all[0].getsockname()[1]
        self._by_size = {_size(each): each for each in self.all}

    def send(self, datagram: memoryview, address: Address) -> None:
        """From the socket of its family. Raises OSError."""
        self._by_size[len(address)].sendto(datagram, address)

    def close(self) -> None:
        for each in self.all:
            each.close()


def _size(bound: socket.socket) -> int:
    """How many fields an address has, as the socket tells it: that tells the families apart."""
    return 4 if bound.family == socket.AF_INET6 else 2


def _bound(settings: GateSettings) -> tuple[socket.socket, ...]:
    if not settings.second_host:
        return (_socket(settings.bind_host, settings.port, alone=True),)
    for tries_left in reversed(range(_TRIES)):
        first = _socket(settings.bind_host, settings.port, alone=False)
        try:
            return first, _socket(settings.second_host, first.getsockname()[1], alone=False)
        except OSError as error:
            first.close()
            if error.errno != errno.EADDRINUSE or settings.port or not tries_left:
                raise
    raise AssertionError("the last try raises")


def _socket(host: str, port: int, *, alone: bool) -> socket.socket:
    """`alone`: an IPv6 socket on every address takes IPv4 too."""
    sixth = ipaddress.ip_address(host).version == 6
    made = socket.socket(socket.AF_INET6 if sixth else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        if sixth:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(not alone))
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            made.setsockopt(socket.SOL_SOCKET, option, _BYTES)
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made
