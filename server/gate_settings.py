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
    for name, addresses in (
        ("gate.host", [gate.host]),
        ("gate.advertised", gate.advertised),
    ):
        for address in addresses:
            if not _is_address(address):
                yield f"{name} has {address!r}, which is no IP address."
    if _EVERY_ADDRESS & set(gate.advertised):
        yield "gate.advertised names addresses that browsers can reach; 0.0.0.0 and :: are no such addresses."
    if gate.host in _EVERY_ADDRESS and not gate.advertised:
        yield "gate.host is every address: set gate.advertised to the addresses by which browsers reach the gate."


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
