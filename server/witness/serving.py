"""`tachiai witness`: from a folder to a machine that signs, until told to stop."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from aiohttp import web_response

from audit.note import KeyInvalid, Verifier
from audit.note_key import LOG_KINDS
from audit.readers import others_may_use
from audit.witnesses.memory import MemoryUnusable, held_memory
from server import listening, logs
from server.clock import SystemClock
from server.doorway import Limits, Tally, counted_listener
from server.http.headers import SOFTWARE
from server.serving import until_told_to_stop
from server.setting_rules import LOCAL_NAMES
from server.witness.desk import Desk
from server.witness.door import runner
from server.witness.folder import EVIDENCE, MEMORY, FolderRefused, signers_in

LIMITS: Final = Limits(of_all=256, of_each=64)
HANDSHAKE_WITHIN_S: Final = 15.0
MOST_LOGS: Final = 1_024
_LARGEST_KEYS: Final = 4_096
_log: Final = structlog.get_logger("witness")


class WitnessRefused(Exception):
    """The witness does not start. The sentence says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`logs` are verifier keys or files that hold them. Without `certificate` and its `key` it is reached from this
    machine alone, and a TLS proxy may stand before it."""

    host: str
    port: int
    folder: Path
    logs: Sequence[str]
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """`keys` are the witness's verifier keys."""

    listening: str
    name: str
    keys: list[str]
    logs: list[str]
    pid: int


async def serve(order: Order, tell: Callable[[Ready], None]) -> None:
    """Until SIGTERM or SIGINT. `tell` is called once requests are answered. Raises WitnessRefused, ListenRefused."""
    logs.configure("info")
    known, tls = known_logs(order.logs), _tls(order)
    try:
        signers = signers_in(order.folder)
        with held_memory(order.folder / MEMORY) as memory, until_told_to_stop() as stop:
            desk = Desk(signers, known, memory, order.folder / EVIDENCE, SystemClock())
            async with _listening(order, desk, tls) as port:
                where = f"{'http' if tls is None else 'https'}://{_shown(order.host)}:{port}"
                keys = [str(signer.verifier) for signer in signers]
                tell(
                    Ready(
                        listening=where, name=signers[0].name, keys=keys, logs=sorted(known), pid=os.getpid()
                    )
                )
                await stop.wait()
    except (FolderRefused, MemoryUnusable, OSError) as error:
        raise WitnessRefused(f"{str(error).rstrip('.')}.") from error
    _log.info("stopped witnessing")


def known_logs(texts: Sequence[str]) -> dict[str, list[Verifier]]:
    """By origin. Raises WitnessRefused."""
    found: dict[str, list[Verifier]] = {}
    for text in texts:
        for line in _keys(text).split("\n"):
            try:
                verifier = Verifier.parse(line, LOG_KINDS)
            except KeyInvalid as error:
                raise WitnessRefused(f"{line[:80]!r} is no log's verifier key: {error}.") from error
            found.setdefault(verifier.name, []).append(verifier)
    if not 1 <= len(found) <= MOST_LOGS:
        raise WitnessRefused(f"Name 1 to {MOST_LOGS} logs whose checkpoints are to be signed: --log KEY.")
    return found


def _keys(text: str) -> str:
    """What has no "+" is meant as a file: in a key three parts are joined by it."""
    if "+" in text:
        return text.strip()
    try:
        with Path(text).open("rb") as file:
            return file.read(_LARGEST_KEYS).decode("ascii", "replace").strip()
    except OSError as error:
        raise WitnessRefused(f"The key file {text} cannot be read: {error.strerror}.") from error


@asynccontextmanager
async def _listening(order: Order, desk: Desk, tls: ssl.SSLContext | None) -> AsyncIterator[int]:
    """Gives the port. Nobody new is let in after the context; what was asked before is answered."""
    # aiohttp's own default, for answers that no handler sees: broken requests.
    web_response.SERVER_SOFTWARE = SOFTWARE  # type: ignore[attr-defined]  # has no other way to be set
    tally, loop = Tally(LIMITS), asyncio.get_running_loop()
    sockets = listening.bind(order.host, order.port, setting="--listen")
    port = listening.port_of(sockets)
    handshake = None if tls is None else HANDSHAKE_WITHIN_S
    async with runner(desk) as made, AsyncExitStack() as servers:
        if made.server is None:
            raise AssertionError("the runner is set up before it listens")
        for bound in sockets:
            server = await loop.create_server(
                made.server, sock=counted_listener(bound, tally), ssl=tls, ssl_handshake_timeout=handshake
            )
            servers.callback(server.close)
        yield port


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _tls(order: Order) -> ssl.SSLContext | None:
    if (order.certificate is None) != (order.key is None):
        raise WitnessRefused("--certificate and --certificate-key go together: give both, or neither.")
    if order.certificate is None or order.key is None:
        if order.host not in LOCAL_NAMES:
            raise WitnessRefused(
                f"Without a certificate a witness listens on this machine alone, and {order.host} is no address of "
                "that. Give --certificate and --certificate-key, or listen on localhost behind a TLS proxy."
            )
        return None
    if others_may_use(order.key):
        raise WitnessRefused(f"{order.key} may be read by others. Run: chmod 600 {order.key}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(order.certificate, order.key)
    except (OSError, ssl.SSLError) as error:
        raise WitnessRefused(
            f"The certificate {order.certificate} cannot be used: {error.strerror}."
        ) from error
    return context
