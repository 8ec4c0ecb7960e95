"""Settings of the TURN server, and which of them can be."""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec

MOST_URLS: Final = 6
_LONGEST: Final = 255
_URL: Final = re.compile(
    r"(turns?):(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?\?transport=(udp|tcp)", re.ASCII
)
_LABEL: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?", re.ASCII)
_USUAL_PORTS: Final = {"turn": 3_478, "turns": 5_349}  # RFC 7065 clause 3.1


def _says(description: str) -> msgspec.Meta:
    return msgspec.Meta(description=description)


class TurnSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A TURN server for networks that let no UDP through to the gate. See docs/strict-networks.md."""

    urls: Annotated[
        list[str],
        _says(
            "Its ways in, at most 6, for instance turn:turn.example.com:3478?transport=udp, "
            "turn:turn.example.com:3478?transport=tcp and turns:turn.example.com:443?transport=tcp; none: there is no "
            "TURN server, and pages reach the gate by UDP only."
        ),
    ] = []
    access: Annotated[
        str,
        _says(
            "The file that holds the secret shared with it (coturn's static-auth-secret), one line of at least 32 "
            "characters, readable for the server's user only. Or credential:NAME."
        ),
    ] = ""

    relays: Annotated[
        list[str],
        _says(
            "The addresses that its relays have (coturn's relay-ip). The gate bounds what comes from one address; from "
            "these it bounds each relay instead, so that one visitor cannot keep out all others who need it."
        ),
    ] = []


@dataclass(frozen=True, slots=True)
class TurnUrl:
    """One way in. `secure`: TLS; `transport`: what runs below, "udp" or "tcp"."""

    text: str
    host: str
    port: int
    transport: str
    secure: bool


def turn_url(text: str) -> TurnUrl | None:
    """None where it is no URL of a TURN server as RFC 7065 writes it, with its transport named."""
    read = _URL.fullmatch(text) if len(text) <= _LONGEST else None
    if read is None:
        return None
    scheme, host, port = read[1], read[2], int(read[3] or _USUAL_PORTS[read[1]])
    secure, transport = scheme == "turns", read[4]
    if not 1 <= port <= 65_535 or not _is_host(host) or (secure and transport == "udp"):
        return None
    return TurnUrl(text, host.strip("[]"), port, transport, secure)


def turn_broken(turn: TurnSettings) -> Iterator[str]:
    """A sentence for each rule that does not hold."""
    if bool(turn.urls) != bool(turn.access):
        yield (
            "turn.urls and turn.access go together: give the TURN server's URLs and the file of the secret shared with "
            "it, or neither."
        )
    if turn.relays and not turn.urls:
        yield "turn.relays are the relays of a TURN server: set turn.urls, or leave them empty."
    for text in turn.relays:
        if not _is_address(text):
            yield f"turn.relays has {text!r}, which is no address of this or another machine."
    if len(turn.urls) > MOST_URLS or len(set(turn.urls)) != len(turn.urls):
        yield f"turn.urls names each way to the TURN server once, and at most {MOST_URLS}."
    for text in turn.urls:
        if turn_url(text) is None:
            yield (
                f"turn.urls has {text!r}; a URL is turn:NAME:PORT?transport=udp, turn:NAME:PORT?transport=tcp or "
                "turns:NAME:PORT?transport=tcp, and nothing behind it."
            )


def _is_host(host: str) -> bool:
    bare = host.strip("[]")
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        named = all(_LABEL.fullmatch(label) for label in bare.split("."))
        return named and host == bare and not bare.rpartition(".")[2].isdecimal()
    return not address.is_unspecified and (address.version == 6) == host.startswith("[")


def _is_address(text: str) -> bool:
    try:
        return not ipaddress.ip_address(text).is_unspecified
    except ValueError:
        return False
