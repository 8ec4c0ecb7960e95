"""Settings of the Redis that several servers share, and which of them can be."""

import ipaddress
from collections.abc import Iterator
from typing import Annotated, Final
from urllib.parse import SplitResult, urlsplit

import msgspec

from server.this_machine import THIS_MACHINE

LONGEST: Final = 255
MOST_DATABASES: Final = 10_000


def _says(description: str) -> msgspec.Meta:
    return msgspec.Meta(description=description)


class RedisSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A Redis for limits, tickets and leases that several servers share. See docs/redis.md."""

    url: Annotated[
        str,
        _says(
            "For instance rediss://redis.example.com:6380, or unix:///run/redis/redis.sock; empty: none, and all of "
            "it is in the server's own memory. Plain redis:// to this machine only. No password stands in it."
        ),
    ] = ""
    access: Annotated[
        str,
        _says(
            "The file that holds the password, readable for the server's user only. Or credential:NAME. A Redis on "
            "another machine needs one."
        ),
    ] = ""
    ca: Annotated[
        str, _says("A PEM file with the authority of its certificate; empty: the system's authorities.")
    ] = ""


def redis_broken(redis: RedisSettings) -> Iterator[str]:
    """A sentence for each rule that does not hold. The address itself is not said again: it may hold a password."""
    if not redis.url:
        if redis.access or redis.ca:
            yield "redis.access and redis.ca belong to a Redis: set redis.url, or leave them empty."
        return
    parts = _parts(redis.url)
    if parts is None:
        yield (
            "redis.url is rediss:// or redis://, a name or address, a port and at most the number of a database, for "
            "instance rediss://redis.example.com:6380/0; or unix:// and the absolute path of a socket."
        )
        return
    if parts.password is not None:
        yield (
            "redis.url holds a password, which would be shown with the settings. Take it out, write it into a file and "
            "name that file in redis.access."
        )
        return
    yield from _ways(redis, parts)


def _ways(redis: RedisSettings, parts: SplitResult) -> Iterator[str]:
    here = parts.scheme == "unix" or _is_here(parts.hostname or "")
    if parts.scheme == "redis" and not here:
        yield (
            "redis.url is redis://, and Redis is on another machine: whoever is on the way could read and change what "
            "servers share. Use rediss://."
        )
    if not here and not redis.access:
        yield (
            "redis.url is another machine, and redis.access names no password: whoever reaches that Redis could undo "
            "limits. Give Redis a password (requirepass, or a user of its own) and name its file in redis.access."
        )
    if redis.ca and parts.scheme != "rediss":
        yield "redis.ca is for rediss:// only."


def _parts(url: str) -> SplitResult | None:
    """None where it is no address of a Redis."""
    if not (url.isascii() and url.isprintable() and len(url) <= LONGEST) or " " in url:
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.fragment or parts.query:
        return None
    if parts.scheme == "unix":
        return parts if parts.path.startswith("/") and len(parts.path) > 1 and not parts.netloc else None
    database = parts.path.removeprefix("/")
    good = not database or (database.isdecimal() and int(database) < MOST_DATABASES)
    return parts if parts.scheme in {"redis", "rediss"} and host and port != 0 and good else None


def _is_here(host: str) -> bool:
    try:
        return host in THIS_MACHINE or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
