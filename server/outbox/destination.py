"""Where a webhook may go: https to a public address, whatever its name resolves to, or to a network that the operator
names. Pure but for the resolving itself.

A name is resolved once a call, every address that it has must pass, and the connection goes to one of exactly these: a
name that resolves otherwise a moment later (DNS rebinding) changes nothing.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Lookup = Callable[[str, int], Awaitable[list[str]]]
LONGEST_URL: Final = 500
MOST_ADDRESSES: Final = 16
_URL: Final = re.compile(r"[A-Za-z0-9\-._~:/?@!$&'()*+,;=%\[\]]{1,500}", re.ASCII)
# Whatever the operator allows: neighbours on the link, and what hands out a machine's keys.
_NEVER: Final = [
    ipaddress.ip_network(text)
    for text in [
        "0.0.0.0/8",
        "169.254.0.0/16",
        "168.63.129.16/32",
        "100.100.100.200/32",
        "192.0.0.192/32",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
        "fd00:ec2::/32",
    ]
]
# The registries of special-purpose addresses (RFC 6890 and its updates).
_SPECIAL: Final = [
    ipaddress.ip_network(text)
    for text in [
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "2620:4f:8000::/48",
        "3fff::/20",
    ]
]
_PUBLIC_V6: Final = ipaddress.ip_network(
    "2000::/3"
)  # all that was ever given out; the rest is something else


class DestinationRefused(Exception):
    """A webhook must not go there. The sentence says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Destinations:
    """`networks`: those of the operator's own that webhooks may go to. One on this machine (loopback) may be called
    without TLS too."""

    networks: tuple[Network, ...] = ()

    def check(self, url: str) -> None:
        """What can be said without resolving. Raises DestinationRefused."""
        if not _URL.fullmatch(url):
            raise DestinationRefused(f"a webhook's address has at most {LONGEST_URL} plain characters")
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise DestinationRefused("that is no address of a webhook") from error
        if (
            not host
            or "%" in host
            or port == 0
            or "@" in parts.netloc
            or "?" in url
            or parts.scheme not in {"https", "http"}
        ):
            raise DestinationRefused(
                "a webhook's address is https://, a name and a path, without a user and a question"
            )
        literal = _literal(host)
        if literal is not None:
            self.admit(literal)
        if parts.scheme != "https" and not (literal is not None and literal.is_loopback):
            raise DestinationRefused("a webhook is called by https")

    def admit(self, address: Address) -> None:
        """Raises DestinationRefused."""
        inner = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        if inner is not None:
            raise DestinationRefused(
                "a webhook's address stands in another's clothes (an IPv4 address as IPv6)"
            )
        if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
            raise DestinationRefused("a webhook's address is of this link only")
        if _within(address, _NEVER):
            raise DestinationRefused(
                "a webhook never goes to an address of this link or of a machine's metadata"
            )
        if not _within(address, self.networks) and not _is_public(address):
            raise DestinationRefused(
                "a webhook goes to a public address, or to a network that webhooks.networks names"
            )


class Pinned(AbstractResolver):
    """Resolves for one call: every address of the name is admitted, or none is given."""

    def __init__(self, destinations: Destinations, lookup: Lookup | None = None) -> None:
        self._destinations, self._lookup = destinations, lookup or looked_up

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002  # every address must pass, whatever is asked
    ) -> list[ResolveResult]:
        """Raises DestinationRefused, OSError."""
        found = await self._lookup(host, port)
        if not 0 < len(found) <= MOST_ADDRESSES:
            raise OSError("the name has no address, or too many")
        addresses = [ipaddress.ip_address(text) for text in found]
        for address in addresses:
            self._destinations.admit(address)
        return [_result(host, address, port) for address in addresses]

    async def close(self) -> None:
        """Nothing is held."""


async def looked_up(host: str, port: int) -> list[str]:
    """By the system's resolver. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def _result(host: str, address: Address, port: int) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=str(address),
        port=port,
        family=socket.AF_INET if address.version == 4 else socket.AF_INET6,  # IP's
        proto=0,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )


def _literal(host: str) -> Address | None:
    """An address, written as one. What other programs would read as one (`127.1`, `0x7f.1`) is refused."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        if re.fullmatch(r"(0x[0-9a-f]*|[0-9]+)", host.rstrip(".").rpartition(".")[2], re.IGNORECASE):
            raise DestinationRefused(
                "a webhook's address is a name, or an IP address written in full"
            ) from None
        return None


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in _PUBLIC_V6:
        return False
    return not _within(address, _SPECIAL)


def _within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
