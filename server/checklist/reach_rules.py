"""How the server is reached: TLS, proxies, the gate's address. Pure."""

import ipaddress
from collections.abc import Iterator
from typing import Final

from server.checklist.facts import Facts, Reach
from server.checklist.finding import Found

CERTIFICATE_SOON_DAYS: Final = 14
# A proxy is a machine or a small subnet of them; whoever else sits in a trusted network may invent client addresses.
LARGEST_TRUSTED_V4: Final = 24
LARGEST_TRUSTED_V6: Final = 64


def of_reach(facts: Facts) -> Iterator[Found]:
    reach = facts.reach
    yield Found("tls", _tls(reach))
    if reach.certificate_named:
        yield _certificate(reach.certificate_days)
    yield _proxies(reach)
    yield Found("gate_address", _gate_address(reach))
    yield Found("turn", _turn(reach))
    yield Found("contact", "given" if reach.contact else "none")
    yield Found("logging", "debug" if reach.debug else "usual")
    if facts.data.there:
        yield Found("demo", "demo" if facts.demo else "none")


def _tls(reach: Reach) -> str:
    if reach.own_certificate:
        return "own"
    if reach.https:
        return "proxied" if reach.here_only else "exposed"
    return "here_only" if reach.here_only else "none"


def _gate_address(reach: Reach) -> str:
    if reach.gate_here_only:
        return "here_only"
    return "private" if reach.gate_private else "reachable"


def _turn(reach: Reach) -> str:
    if not reach.turn:
        return "none"
    if not reach.turn_relays:
        return "relays_unnamed"
    return "set" if reach.turn_over_tls else "without_tls"


def _certificate(days: int | None) -> Found:
    if days is None:
        return Found("certificate", "unreadable")
    if days < 0:
        return Found("certificate", "ended")
    return Found("certificate", "ending" if days < CERTIFICATE_SOON_DAYS else "valid", {"days": days})


def _proxies(reach: Reach) -> Found:
    networks = [ipaddress.ip_network(text, strict=False) for text in reach.proxies]
    if any(network.prefixlen == 0 for network in networks):
        return Found("proxies", "everybody")
    wide = [text for text, network in zip(reach.proxies, networks, strict=True) if _is_wide(network)]
    if wide:
        return Found("proxies", "wide", {"network": wide[0]})
    if networks:
        return Found("proxies", "named")
    behind_proxy = reach.https and not reach.own_certificate
    return Found("proxies", "missing" if behind_proxy else "not_needed")


def _is_wide(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    if network.is_loopback:
        return False
    largest = LARGEST_TRUSTED_V4 if network.version == 4 else LARGEST_TRUSTED_V6
    return network.prefixlen < largest
