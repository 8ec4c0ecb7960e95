"""The real coturn with the very file of `deploy/coturn`: only addresses, ports, places and the secret are put in.

Addresses of a test network (RFC 2544) stand on an interface of the test's own, since relays to loopback are refused.
"""

import contextlib
import ipaddress
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from server.certificate import self_signed
from server.clock import SystemClock
from server.connection_tests import SHARED_USERS
from server.turn.relays import Relays, RelayShown
from tests.protocol.turn_probe import GRANTED, TurnProbe

CONFIGURATION: Final = Path(__file__).resolve().parents[2] / "deploy" / "coturn" / "turnserver.conf"
SECRET: Final = "a secret of this test, and of nothing else: 0123456789"
UP_WITHIN_S: Final = 20
STOPPED_WITHIN_S: Final = 10


@dataclass(frozen=True, slots=True)
class Ground:
    """Addresses that this machine has while the test runs, each as (IPv4, IPv6): of the TURN server, of the gate, and
    of a neighbour that nobody may reach through it. They stand on `interface`, which is a cable to `other_end`."""

    interface: str
    turn: tuple[str, str]
    gate: tuple[str, str]
    neighbour: tuple[str, str]
    inside: str  # for whoever lives behind the other end; not on this machine until then

    @property
    def other_end(self) -> str:
        return f"{self.interface}p"


@dataclass(frozen=True, slots=True)
class TurnStand:
    ground: Ground
    port: int
    tls_port: int
    certificate: Path
    log: Path

    @property
    def urls(self) -> list[str]:
        host = self.ground.turn[0]
        return [
            f"turn:{host}:{self.port}?transport=udp",
            f"turn:{host}:{self.port}?transport=tcp",
            f"turns:{host}:{self.tls_port}?transport=tcp",
        ]

    @property
    def server(self) -> tuple[str, int]:
        return self.ground.turn[0], self.port

    def credentials(self, holder: str, *, for_s: int = 60, secret: str = SECRET) -> RelayShown:
        """As Tachiai makes them."""
        made = Relays(self.urls, secret).made(holder, SystemClock().now_ms() + for_s * 1_000)
        assert made is not None
        return made


@contextmanager
def strangers_full(stand: TurnStand) -> Iterator[None]:
    """All that strangers may hold of the TURN server is held, by the credentials that the open test gives them."""
    with ExitStack() as held:
        for user in range(SHARED_USERS):
            relay = stand.credentials(f"connection test {user}")
            code = GRANTED
            while code == GRANTED:
                probe = held.enter_context(TurnProbe(stand.server, relay.username, relay.credential))
                code = probe.allocate()
        yield


@contextmanager
def ground() -> Iterator[Ground]:
    """Needs root: an interface is made, and removed. Each process has eight addresses of its own (of RFC 2544's)."""
    here = os.getpid() % 16_384
    name, first = f"turn{here}", int(ipaddress.ip_address("198.18.0.0")) + 8 * here
    hosts = [str(ipaddress.ip_address(first + number)) for number in range(1, 5)]
    turn, gate, neighbour = ((v4, f"fd00:c0::{here:x}:{number}") for number, v4 in enumerate(hosts[:3], 1))
    made = Ground(name, turn, gate, neighbour, inside=hosts[3])
    _forget(name)
    ip("link", "add", name, "type", "veth", "peer", "name", made.other_end)
    try:
        for end in (name, made.other_end):
            ip("link", "set", end, "up")
        for v4, v6 in (made.turn, made.gate, made.neighbour):
            ip("address", "add", f"{v4}/32", "dev", name)
            ip("address", "add", f"{v6}/128", "dev", name, "nodad")
        yield made
    finally:
        ip("link", "delete", name)


@contextmanager
def coturn(folder: Path, around: Ground, *, gate: tuple[str, ...] = ()) -> Iterator[TurnStand]:
    """`gate`: the only peers; by default both addresses of the ground's gate. Stopped by its pid on leaving."""
    self_signed(folder / "keys", around.turn[0], SystemClock().now_ms())
    certificate = folder / "keys" / "demo-certificate.pem"
    port, tls_port = _free_port(around.turn[0]), _free_port(around.turn[0])
    stand = TurnStand(around, port, tls_port, certificate, folder / "coturn.log")
    configuration = folder / "turnserver.conf"
    configuration.write_text(_put_in(stand, gate or around.gate, certificate), encoding="utf-8")
    configuration.chmod(0o600)
    program = shutil.which("turnserver", path=f"{os.environ.get('PATH', '')}:/usr/sbin")  # noqa: TID251
    assert program, "coturn is not installed: `apt-get install coturn`, or `./run test`, which does it."
    with stand.log.open("wb") as log:
        process = subprocess.Popen(
            [program, "-c", str(configuration), "--pidfile", str(folder / "turnserver.pid")],
            stdout=log,
            stderr=log,
            cwd=folder,
        )
    try:
        _wait_until_up(process, stand)
        yield stand
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _put_in(stand: TurnStand, gate: tuple[str, ...], certificate: Path) -> str:
    text = CONFIGURATION.read_text("utf-8")
    peers = "\n".join(f"allowed-peer-ip={address}" for address in gate)
    listening = "\n".join(f"listening-ip={address}" for address in stand.ground.turn)
    relaying = "\n".join(f"relay-ip={address}" for address in stand.ground.turn)
    for written, here in (
        (r"(?m)^listening-ip=.*$", listening),
        (r"(?m)^relay-ip=.*$", relaying),
        (r"(?m)^listening-port=.*$", f"listening-port={stand.port}"),
        (r"(?m)^tls-listening-port=.*$", f"tls-listening-port={stand.tls_port}"),
        (r"(?m)^allowed-peer-ip=.*$", peers),
        (r"(?m)^static-auth-secret=.*$", f"static-auth-secret={SECRET}"),
        (r"(?m)^cert=.*$", f"cert={certificate}"),
        (r"(?m)^pkey=.*$", f"pkey={certificate}"),
    ):
        text, changed = re.subn(written, here, text)
        assert changed == 1, f"turnserver.conf has not exactly one {written}"
    return text


def _wait_until_up(process: "subprocess.Popen[bytes]", stand: TurnStand) -> None:
    end = time.monotonic() + UP_WITHIN_S
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(stand.server, 1):
            return
        time.sleep(0.05)
    raise AssertionError(f"coturn did not come up: {stand.log.read_text('utf-8', 'replace')[-4_000:]}")


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _forget(name: str) -> None:
    """What a process of this number left when it was killed."""
    for thing in (("netns", "delete", name), ("link", "delete", name)):
        subprocess.run([_ip_program(), *thing], capture_output=True, check=False)


def ip(*arguments: str) -> None:
    done = subprocess.run([_ip_program(), *arguments], capture_output=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(arguments)}: {done.stderr.decode()} (this test needs root)"


def _ip_program() -> str:
    program = shutil.which("ip", path="/usr/sbin:/sbin:/usr/bin:/bin")
    assert program, "`ip` is not installed: `apt-get install iproute2`."
    return program
