"""Which settings of [syslog] can be."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from server.setting_groups import SyslogSettings
from server.this_machine import THIS_MACHINE

FORMATS: Final = ("cef", "json")
LAST_FACILITY: Final = 23
LONGEST: Final = 255


def host_and_port(address: str) -> tuple[str, int] | None:
    """None where it is not a host and a port. An IPv6 address stands in brackets."""
    if not (address.isascii() and address.isprintable() and len(address) <= LONGEST) or set(address) & set(
        "/?#@ "
    ):
        return None
    try:
        parts = urlsplit(f"//{address}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    return (host, port) if host and port else None


def syslog_broken(syslog: SyslogSettings) -> Iterator[str]:
    """A sentence for each rule that does not hold."""
    if syslog.format not in FORMATS:
        yield "syslog.format is cef or json."
    if not 0 <= syslog.facility <= LAST_FACILITY:
        yield f"syslog.facility lies between 0 and {LAST_FACILITY}."
    if not syslog.address:
        return
    place = host_and_port(syslog.address)
    if place is None:
        yield f"syslog.address is {syslog.address!r}; it is a name or an address and a port: siem.example.com:6514."
    elif not syslog.tls and place[0] not in THIS_MACHINE:
        yield "syslog.tls is off, and syslog.address is another machine: whoever is on the way could read the log."
