"""privacyIDEA, the peer of `verification`: from PyPI, in an environment of the bench's own, run as it comes.

Its own SQLite, its own server (`pi-manage run`), default settings, one TOTP token a user without a PIN. What is made
once (the environment, keys and tables) stays under `.cache/bench/`; every run starts it anew and enrols its own tokens.
"""

import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from tests.bench.loopback import Line, Load, Post, sent

ROOT: Final = Path(__file__).resolve().parents[2]
PLACE: Final = ROOT / ".cache" / "bench" / "privacyidea"
PACKAGE: Final = "privacyidea==3.14"
STARTS_WITHIN_S: Final = 120
_ADMIN: Final = {"username": "bench", "password": "bench-of-tachiai"}
_FORM: Final = "application/x-www-form-urlencoded"
_SETTINGS: Final = """\
SUPERUSER_REALM = ["super"]
SQLALCHEMY_DATABASE_URI = "sqlite:///{place}/data.sqlite"
SECRET_KEY = "a key of a bench, on this machine only"
PI_PEPPER = "pepper of a bench"
PI_ENCFILE = "{place}/enckey"
PI_AUDIT_KEY_PRIVATE = "{place}/private.pem"
PI_AUDIT_KEY_PUBLIC = "{place}/public.pem"
PI_LOGFILE = "{place}/privacyidea.log"
PI_LOGLEVEL = 30
"""


class PeerMissing(Exception):
    """It could not be installed or started; the message says why."""


@dataclass(slots=True)
class PrivacyIdea:
    url: str
    pid: int
    token: str
    enrolled: int = 0

    def cpu_s(self) -> float:
        """Of its one process, all threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def enrol(self, secrets: Sequence[bytes]) -> list[str]:
        """The serials of new tokens with these secrets."""
        serials = [f"BENCH{self.pid}{self.enrolled + number}" for number in range(len(secrets))]
        self.enrolled += len(secrets)
        for serial, secret in zip(serials, secrets, strict=True):
            made = {"type": "totp", "otpkey": secret.hex(), "otplen": 6, "serial": serial}
            await _asked(self.url, "/token/init", made, {"Authorization": self.token})
        return serials

    async def check(self, tries: Sequence[tuple[str, str]], *, connections: int) -> Load:
        """Serial and code of each."""
        posts = [_post("/validate/check", {"serial": serial, "pass": code}) for serial, code in tries]
        return await sent(self.url, posts, connections=connections)


def accepted(body: bytes) -> bool:
    """An error of its own (a locked database) has no value and accepts nobody."""
    return bool(json.loads(body)["result"].get("value"))


@asynccontextmanager
async def running() -> AsyncIterator[PrivacyIdea]:
    """Raises PeerMissing."""
    await asyncio.to_thread(_install)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (PLACE / "server.log").open("wb") as log:
        started = subprocess.Popen(  # noqa: ASYNC220 - it is waited for by asking it
            ["env", _told(), _program("pi-manage"), "run", "--port", str(port)], stdout=log, stderr=log
        )
        try:
            url = f"http://127.0.0.1:{port}"
            answer = await _once_it_answers(url, started)
            yield PrivacyIdea(url, started.pid, answer["result"]["value"]["token"])
        finally:
            started.terminate()
            started.wait()


async def _once_it_answers(url: str, started: "subprocess.Popen[bytes]") -> dict[str, Any]:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STARTS_WITHIN_S):
            while started.poll() is None:
                with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                    return await _asked(url, "/auth", _ADMIN)
                await asyncio.sleep(0.2)  # it does not tell when it listens
    raise PeerMissing(f"its server did not start; see {PLACE}/server.log")


async def _asked(
    url: str, path: str, form: dict[str, Any], headers: dict[str, str] | None = None
) -> dict[str, Any]:
    line = Line(url)
    answer = await line.ask(_post(path, form, headers))
    line.close()
    if answer.status != 200:
        raise PeerMissing(f"it answered {answer.status} to {path}: {answer.body[:200]!r}")
    found: dict[str, Any] = json.loads(answer.body)
    return found


def _post(path: str, form: dict[str, Any], headers: dict[str, str] | None = None) -> Post:
    return Post(path, urlencode(form).encode(), {"Content-Type": _FORM, **(headers or {})})


def _install() -> None:
    ready = PLACE / "ready"
    if ready.exists() and ready.read_text() == PACKAGE:
        return
    uv = shutil.which("uv") or next((str(one) for one in sorted((ROOT / ".cache").glob("uv-*"))), None)
    if uv is None:
        raise PeerMissing("there is no uv on PATH or in .cache")
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    (PLACE / "pi.cfg").write_text(_SETTINGS.format(place=PLACE))
    admin = ["admin", "add", _ADMIN["username"], "--password", _ADMIN["password"]]
    for command in (
        [uv, "venv", "--quiet", "--python", sys.executable, str(PLACE / "venv")],
        [uv, "pip", "install", "--quiet", "--python", _program("python"), PACKAGE],
        *(
            [_program("pi-manage"), "setup", step]
            for step in ("create_enckey", "create_audit_keys", "create_tables")
        ),
        [_program("pi-manage"), *admin],
    ):
        done = subprocess.run(["env", _told(), *command], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise PeerMissing(f"{Path(command[0]).name} {command[1]}: {(done.stderr or done.stdout)[-300:]}")
    ready.write_text(PACKAGE)


def _program(name: str) -> str:
    return str(PLACE / "venv" / "bin" / name)


def _told() -> str:
    return f"PRIVACYIDEA_CONFIGFILE={PLACE / 'pi.cfg'}"
