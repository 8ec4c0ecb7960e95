"""A `systemctl` for the guide's test: it starts what the units of `deploy/` say, in a root of the test's own.

What systemd does for these units is done here as far as it shows: credentials are copied for the service alone, and a
`Type=notify` service has started when it says READY=1. `stop` is SIGTERM, and waits. Not done: the sandbox, which
`systemd-analyze` judges, and users, of whom a test has only one.
"""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

WITHIN_S: Final = 120
BETWEEN_LOOKS_S: Final = 0.05
UNITS: Final = Path(__file__).resolve().parents[2] / "deploy"


class Machine:
    """`home` holds `machine.json`: the folders that stand for those of the units, and the ports."""

    def __init__(self, home: Path) -> None:
        self.home = home
        described = json.loads((home / "machine.json").read_text())
        self.places: dict[str, str] = described["places"]
        self.ports: dict[str, int] = described["ports"]

    def start(self, name: str) -> None:
        if name == "nginx":
            self._start_nginx()
        elif name.endswith(".timer"):
            assert (UNITS / name).exists()
        else:
            self._start_unit(name)

    def stop(self, name: str) -> None:
        file = self.home / f"{name}.pid"
        if file.exists():
            pid = int(file.read_text())
            os.kill(pid, signal.SIGTERM)
            _until(lambda: not _lives(pid), f"{name} does not stop")
            file.unlink()

    def reload(self, name: str) -> None:
        os.kill(int((self.home / f"{name}.pid").read_text()), signal.SIGHUP)

    def _start_unit(self, name: str) -> None:
        unit = self._here((UNITS / f"{name}.service").read_text("utf-8"))
        environment = dict(os.environ) | self._environment(name, unit)  # noqa: TID251  (as systemd hands on its own)
        commands = re.findall(r"^Exec(Start|StartPost)=([^+].*)$", unit, re.MULTILINE)
        if "\nType=notify\n" in unit:
            self._start_notifying(name, shlex.split(commands[0][1]), environment)
            return
        for _kind, command in commands:
            subprocess.run(shlex.split(command), env=environment, check=True, timeout=WITHIN_S)

    def _start_notifying(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        address = self.home / f"{name}.notify"
        address.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.bind(str(address))
            told.settimeout(WITHIN_S)
            process = self._spawn(name, command, environment | {"NOTIFY_SOCKET": str(address)})
            words = b""
            while b"READY=1" not in words:
                if process.poll() is not None:
                    raise SystemExit((self.home / f"{name}.log").read_text()[-4000:])
                words = told.recv(4096)

    def _spawn(self, name: str, command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        with (self.home / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                env=environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        (self.home / f"{name}.pid").write_text(str(process.pid))
        return process

    def _environment(self, name: str, unit: str) -> dict[str, str]:
        folder = self.home / "credentials" / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for credential, place in re.findall(r"^LoadCredential=(\S+?):(\S+)$", unit, re.MULTILINE):
            source = Path(place)
            files = (
                {f"{credential}_{file.name}": file for file in source.iterdir()} if source.is_dir() else {}
            )
            for to, file in (files or {credential: source}).items():
                copy = folder / to
                copy.unlink(missing_ok=True)
                copy.touch(mode=0o600)
                copy.write_bytes(file.read_bytes())
                copy.chmod(0o400)
        words = shlex.split(" ".join(re.findall(r"^Environment=(.*)$", unit, re.MULTILINE)))
        return {"CREDENTIALS_DIRECTORY": str(folder)} | dict(word.split("=", 1) for word in words)

    def _start_nginx(self) -> None:
        from server.certificate import self_signed  # noqa: PLC0415  # heavy, and this is started ten times
        from server.clock import SystemClock  # noqa: PLC0415
        from tests.protocol.proxies import Ports, nginx_command  # noqa: PLC0415

        folder = self.home / "nginx"
        folder.mkdir(exist_ok=True)
        site = (Path(self.places["/etc/nginx/conf.d"]) / "tachiai.conf").read_text("utf-8")
        self_signed(folder, "localhost", SystemClock().now_ms())
        ports = Ports(self.ports["tls"], self.ports["plain"], self.ports["server"])
        command = nginx_command(folder, site, ports, folder / "demo-certificate.pem")
        subprocess.run([*command, "-t"], check=True, capture_output=True, timeout=WITHIN_S)
        self._spawn("nginx", command, dict(os.environ))  # noqa: TID251  (as above)
        _until(lambda: _answers(self.ports["tls"]), "nginx does not answer")

    def _here(self, unit: str) -> str:
        for place, stand_in in self.places.items():
            unit = unit.replace(place, stand_in)
        return unit.replace("%%", "%")


def _until(holds: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit(complaint)
        time.sleep(BETWEEN_LOOKS_S)


def _lives(pid: int) -> bool:
    """A process that ended and was not waited for lives no more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main(home: Path, arguments: list[str]) -> None:
    machine = Machine(home)
    verb, *rest = [argument for argument in arguments if argument != "--now"]
    for name in rest:
        if verb in {"stop", "restart"}:
            machine.stop(name)
        if verb in {"start", "restart", "enable"}:
            machine.start(name)
        if verb == "reload":
            machine.reload(name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
