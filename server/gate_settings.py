"""Settings of the media gate, and which of them can be."""

import ipaddress
from collections.abc import Iterator
from typing import Annotated, Final

import msgspec

ENCRYPTION_CHOICES: Final = ("required", "where_possible")
MOST_SESSIONS: Final = 512  # as many as one process of the gate was measured with
MOST_PROCESSES: Final = 32
LAST_PORT: Final = 65_535
_EVERY_ADDRESS: Final = frozenset({"0.0.0.0", "::"})


def _says(description: str) -> msgspec.Meta:
    return msgspec.Meta(description=description)


class GateAddressSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The media gate: what browsers send pictures to, over UDP."""

    host: Annotated[str, _says("The address to listen on.")] = "127.0.0.1"
    second_host: Annotated[
        str,
        _says(
            "A second address to listen on with the same ports, of the other family: an IPv6 one beside an IPv4 one. "
            "Empty: none."
        ),
    ] = ""
    port: Annotated[
        int,
        _says(
            "The UDP port to listen on, 0 to 65535; 0 takes any free one. Of several processes each takes a port: this "
            "one and those that follow it."
        ),
    ] = 0
    advertised: Annotated[
        list[str], _says("The addresses that browsers are told, where they differ from the one listened on.")
    ] = []
    max_sessions: Annotated[int, _says("Shares at the same time in each process, 1 to 512.")] = 64
    processes: Annotated[
        int,
        _says(
            "Processes of the gate, 1 to 32. One uses at most one core: docs/media.md says how many shares that is."
        ),
    ] = 1
    encryption: Annotated[
        str,
        _says(
            "Whether pictures go encrypted from browser to browser: required, or where_possible. With where_possible a "
            "browser that cannot may take part, the gate could see its picture, and both pages say so all the time."
        ),
    ] = "required"


def told(gate: GateAddressSettings) -> list[str]:
    """The addresses that browsers are told."""
    return gate.advertised or [address for address in (gate.host, gate.second_host) if address]


def gate_broken(gate: GateAddressSettings) -> Iterator[str]:
    """A sentence for each rule that does not hold."""
    if not 1 <= gate.max_sessions <= MOST_SESSIONS:
        yield f"gate.max_sessions must lie between 1 and {MOST_SESSIONS}."
    if not 1 <= gate.processes <= MOST_PROCESSES:
        yield f"gate.processes must lie between 1 and {MOST_PROCESSES}."
    elif gate.port <= LAST_PORT < gate.port + gate.processes - 1:
        yield f"gate.port leaves no room: {gate.processes} processes take it and the ports that follow it."
    if gate.encryption not in ENCRYPTION_CHOICES:
        yield f"gate.encryption is one of {', '.join(ENCRYPTION_CHOICES)}."
    yield from _addresses(gate)


def _addresses(gate: GateAddressSettings) -> Iterator[str]:
    for name, addresses in (
        ("gate.host", [gate.host]),
        ("gate.advertised", gate.advertised),
    ):
        for address in addresses:
            if not _is_address(address):
                yield f"{name} has {address!r}, which is no IP address."
    if gate.second_host and not _of_two_families(gate.host, gate.second_host):
        yield "gate.second_host is an IPv6 address where gate.host is an IPv4 one, or the other way round."
    if _EVERY_ADDRESS & set(gate.advertised):
        yield "gate.advertised names addresses that browsers can reach; 0.0.0.0 and :: are no such addresses."
    if _EVERY_ADDRESS & {gate.host, gate.second_host} and not gate.advertised:
        yield "gate.host is every address: set gate.advertised to the addresses by which browsers reach the gate."


def _of_two_families(one: str, other: str) -> bool:
    try:
        return {ipaddress.ip_address(address).version for address in (one, other)} == {4, 6}
    except ValueError:
        return False


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
