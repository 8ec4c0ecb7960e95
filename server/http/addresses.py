"""Whose address a request comes from. `X-Forwarded-For` counts only as far as trusted proxies wrote it."""

import ipaddress
from collections.abc import Sequence
from typing import Final

from aiohttp import web

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LONGEST_CHAIN: Final = 16


def parse_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Raises ValueError naming the text that is no address or network."""
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


def source_of(request: web.Request, trusted: Sequence[Network]) -> str:
    """The client's address as throttles count it: an IPv4 address, or the /64 of an IPv6 one.

    The chain is read from the right: each address is believed only because the trusted one after it said so.
    """
    address = request.remote or ""
    chain = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")[-LONGEST_CHAIN:]
    while chain and is_trusted(address, trusted):
        following = chain.pop().strip()
        if _parse(following) is None:
            break
        address = following
    return counted(address)


def is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    """Whether `address` is that of a trusted proxy; what is no address is not."""
    parsed = _parse(address)
    return parsed is not None and any(parsed in network for network in trusted)


def _parse(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def counted(address: str) -> str:
    """The name under which limits count this address: an IPv4 address, or the /64 of an IPv6 one."""
    parsed = _parse(address)
    if parsed is None:
        return "unknown"  # all of unknown origin share one count: fail closed
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
