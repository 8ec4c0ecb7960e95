"""`tachiai doctor --media`: each way from this machine to the media gate, as `/connection-test` tries it in a browser.

The test is asked for from the server's public address, so it goes where visitors go: proxy and name are part of it.
"""

import asyncio
import ipaddress
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import aiohttp
import msgspec

from server.http.connection_tests import ConnectionTestBegun
from server.turn.client import (
    CertificateNotTrusted,
    Check,
    Refused,
    TurnClient,
    Unreached,
    check_directly,
    version_of,
)
from server.turn.settings import MOST_URLS, TurnUrl, turn_url
from session.media.settings import MOST_PROCESSES

WITHIN_S: Final = 8.0
_LARGEST_BYTES: Final = 16_384
_FULL: Final = frozenset({486, 508})  # RFC 8656 clause 15
_LET_THROUGH: Final = (
    "Let UDP through to {to}, in this network and in the firewall before the gate; and see that gate.advertised names "
    "the address by which visitors reach it."
)
_AGREE: Final = (
    "coturn's static-auth-secret and the file that turn.access names must hold the same secret, and both machines' "
    "clocks the same time."
)
Hop = Literal["", "gate", "relay", "certificate", "refused", "full", "forbidden", "behind"]


class NoTest(Exception):
    """The server gave no test. The message is a sentence for the operator."""


@dataclass(frozen=True, slots=True)
class WayFound:
    """`way`: direct, udp, tcp or tls; `via`: the TURN server's URL; `hop`: what failed; `ms`: until the answer came."""

    way: str
    via: str
    to: str
    result: Literal["passed", "failed"]
    hop: Hop
    now: str
    mend: str | None
    ms: int


@dataclass(frozen=True, slots=True)
class MediaFound:
    """`relay`: whether a TURN server is set up at all."""

    relay: bool
    ways: list[WayFound]


async def examine_media(base_url: str, trust: ssl.SSLContext) -> MediaFound:
    """Raises NoTest."""
    test = await _begun(base_url, trust)
    checks = [
        Check(host, gate.port, gate.ufrag, gate.password)
        for gate in test.gates[:MOST_PROCESSES]
        for host in gate.addresses[:MOST_URLS]
    ]
    tries = [asyncio.to_thread(_directly, check) for check in checks]
    relay = test.relay
    if relay is not None:
        for url in filter(None, map(turn_url, relay.urls[:MOST_URLS])):
            client = _Client(url, relay.username, relay.credential, trust)
            tries.append(asyncio.to_thread(_relayed, client, checks[0]))
    return MediaFound(relay is not None, list(await asyncio.gather(*tries)))


@dataclass(frozen=True, slots=True)
class _Client:
    url: TurnUrl
    username: str
    password: str
    trust: ssl.SSLContext


def _directly(check: Check) -> WayFound:
    to = _place(check)

    def attempt() -> tuple[Hop, str, str | None]:
        try:
            check_directly(check, WITHIN_S)
        except (Unreached, OSError) as error:
            return (
                "gate",
                f"no answer from the gate at {to} over UDP{_why(error)}",
                _LET_THROUGH.format(to=to),
            )
        return "", f"the gate answers at {to} over UDP", None

    return _timed("direct", "", to, attempt)


def _relayed(client: _Client, check: Check) -> WayFound:
    url, to = client.url, _place(check)
    way = "tls" if url.secure else url.transport

    def attempt() -> tuple[Hop, str, str | None]:
        try:
            with TurnClient(url, client.username, client.password, client.trust, WITHIN_S) as turn:
                return _through(turn, url, check)
        except CertificateNotTrusted as error:
            return (
                "certificate",
                f"the certificate of {url.host}:{url.port} is not trusted ({error})",
                "Give coturn a certificate for that name (cert and pkey of its configuration), and start it anew.",
            )
        except (Unreached, OSError) as error:
            return (
                "relay",
                f"the TURN server was not reached at {url.host}:{url.port}{_why(error)}",
                f"See that coturn runs and listens there, and let {'TCP' if way != 'udp' else 'UDP'} through to it.",
            )

    return _timed(way, url.text, to, attempt)


def _through(turn: TurnClient, url: TurnUrl, check: Check) -> tuple[Hop, str, str | None]:
    place, to = f"{url.host}:{url.port}", _place(check)
    try:
        turn.allocate(version_of(check.host))
    except Refused as refused:
        return _refusal(refused.code, place)
    try:
        turn.check(check)
    except Refused as refused:
        return (
            "forbidden",
            f"the TURN server at {place} may not relay to the gate at {to} ({refused.code})",
            f"Put the gate's address into coturn's configuration: allowed-peer-ip={check.host}.",
        )
    except Unreached:
        return (
            "behind",
            f"the TURN server at {place} was reached, and the gate behind it at {to} did not answer",
            f"Let UDP through between the TURN server's ports (min-port to max-port) and {to}, both ways.",
        )
    return "", f"the gate answers at {to} through {url.text}", None


def _refusal(code: int, place: str) -> tuple[Hop, str, str | None]:
    if code in _FULL:
        return (
            "full",
            f"the TURN server at {place} has no place left for tests ({code})",
            "Tests share a few of its places. Try again in some minutes; if it stays so, look at total-quota.",
        )
    return (
        "refused",
        f"the TURN server at {place} refused the credentials ({code})",
        _AGREE,
    )


def _timed(way: str, via: str, to: str, attempt: Callable[[], tuple[Hop, str, str | None]]) -> WayFound:
    begun = time.monotonic()
    hop, now, mend = attempt()
    took = round((time.monotonic() - begun) * 1_000)
    return WayFound(way, via, to, "failed" if hop else "passed", hop, now, mend, took)


def _place(check: Check) -> str:
    return f"[{check.host}]:{check.port}" if ":" in check.host else f"{check.host}:{check.port}"


def _why(error: Exception) -> str:
    return f" ({error.strerror or error})" if isinstance(error, OSError) and str(error) else ""


async def _begun(base_url: str, trust: ssl.SSLContext) -> ConnectionTestBegun:
    url = f"{base_url}/api/v1/connection-tests"
    try:
        async with (
            aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=WITHIN_S), cookie_jar=aiohttp.DummyCookieJar()
            ) as session,
            session.post(url, headers={"Origin": base_url}, ssl=trust, allow_redirects=False) as answer,
        ):
            body = await answer.content.read(_LARGEST_BYTES)
            if answer.status != 201:
                raise NoTest(
                    f"{url} answered {answer.status} instead of giving a test. See the server's log."
                )
            test = msgspec.json.decode(body, type=ConnectionTestBegun)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise NoTest(
            f"{url} does not answer: {str(error) or 'too slow'}. Is that the server's public address?"
        ) from error
    except msgspec.DecodeError as error:
        raise NoTest(f"{url} gave no test of a connection. Is that the server's public address?") from error
    named = [address for gate in test.gates for address in gate.addresses]
    if not named or not all(map(_is_address, named)):
        raise NoTest(f"{url} named no address of the gate.")
    return test


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
