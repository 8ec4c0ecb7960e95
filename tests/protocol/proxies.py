"""The real nginx and the real Caddy with the very files of `deploy/`; only ports, paths and the name are put in."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import ssl
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from server.certificate import self_signed
from server.clock import SystemClock
from tests.browser.demo_server import free_port

DEPLOY: Final = Path(__file__).resolve().parents[2] / "deploy"
UP_WITHIN_S: Final = 20
BETWEEN_TRIES_S: Final = 0.05

# Debian's own nginx.conf, as far as it matters: one process, since the test stops what it started.
AROUND_NGINX: Final = """daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/main.error.log;
events {{ worker_connections 768; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/tachiai.conf;
}}
"""


@dataclass(frozen=True, slots=True)
class Proxy:
    """`trust` makes a client accept the proxy's certificate, and no other."""

    folder: Path
    port: int
    plain_port: int
    trust: ssl.SSLContext

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def written(self) -> str:
        """Everything that the proxy has written to its logs."""
        return "".join(file.read_text("utf-8", "replace") for file in self.folder.rglob("*log"))


Kind = Callable[..., AbstractAsyncContextManager[Proxy]]


@asynccontextmanager
async def nginx(folder: Path, upstream: int, *, port: int | None = None) -> AsyncIterator[Proxy]:
    """`upstream` is the server's port on loopback; `port` the one to listen on, by default a free one."""
    proxy, certificate = _prepared(folder, port)
    site = (DEPLOY / "nginx.conf").read_text("utf-8").replace("support.example.com", "localhost")
    command = nginx_command(folder, site, Ports(proxy.port, proxy.plain_port, upstream), certificate)
    async with _running(command, proxy, {}):
        yield proxy


@asynccontextmanager
async def caddy(folder: Path, upstream: int, *, port: int | None = None) -> AsyncIterator[Proxy]:
    """As `nginx`. Its file takes name, upstream and certificate from the environment; the ports are global options."""
    proxy, certificate = _prepared(folder, port)
    options = f"{{\n\tadmin off\n\thttp_port {proxy.plain_port}\n\thttps_port {proxy.port}\n"
    site = (DEPLOY / "Caddyfile").read_text("utf-8")
    site, changed = re.subn(r"(?m)^\{\n", options, site, count=1)
    assert changed, "the Caddyfile begins with its global options"
    (folder / "Caddyfile").write_text(site, encoding="utf-8")
    environment = {
        "SITE": "localhost",
        "UPSTREAM": f"127.0.0.1:{upstream}",
        "CERTIFICATE": f"{certificate} {certificate}",
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    command = [_program("caddy"), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    async with _running(command, proxy, environment):
        yield proxy


BOTH: Final[dict[str, Kind]] = {"nginx": nginx, "caddy": caddy}


@dataclass(frozen=True, slots=True)
class Ports:
    """On loopback: where the proxy answers over TLS and in plain, and where the server is."""

    tls: int
    plain: int
    server: int


def nginx_command(folder: Path, site: str, ports: Ports, certificate: Path) -> list[str]:
    """Put what a test needs into `site`, the text of the sample, and say how to start nginx with it."""
    for written, here in (
        (r"listen 80;", f"listen 127.0.0.1:{ports.plain};"),
        (r"listen 443 ", f"listen 127.0.0.1:{ports.tls} "),
        (r"listen \[::\]:.*;", ""),
        (r"server 127\.0\.0\.1:8080;", f"server 127.0.0.1:{ports.server};"),
        (r"(ssl_certificate(_key)?) .*;", rf"\1 {certificate};"),
        (r"/var/log/nginx/", f"{folder}/"),
    ):
        site, changed = re.subn(written, here, site)
        assert changed, f"nginx.conf has nothing like {written}"
    (folder / "tachiai.conf").write_text(site, encoding="utf-8")
    (folder / "nginx.conf").write_text(AROUND_NGINX.format(folder=folder), encoding="utf-8")
    return [_program("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf")]


def _prepared(folder: Path, port: int | None) -> tuple[Proxy, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    self_signed(folder, "localhost", SystemClock().now_ms())
    certificate = folder / "demo-certificate.pem"
    trust = ssl.create_default_context(cafile=str(certificate))
    return Proxy(folder, port or free_port(), free_port(), trust), certificate


@asynccontextmanager
async def _running(command: list[str], proxy: Proxy, environment: dict[str, str]) -> AsyncIterator[None]:
    with (proxy.folder / "stderr.log").open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=errors,
            cwd=proxy.folder,
            env=dict(os.environ) | environment,  # noqa: TID251  (PATH and the like for a program not ours)
        )
    try:
        await _up(process, proxy)
        yield
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), UP_WITHIN_S)


async def _up(process: Process, proxy: Proxy) -> None:
    async with asyncio.timeout(UP_WITHIN_S):
        while process.returncode is None:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
                writer.close()
                return
            await asyncio.sleep(BETWEEN_TRIES_S)
    raise AssertionError(f"the proxy did not start: {proxy.written()}")


def _program(name: str) -> str:
    """Debian keeps nginx where only root's PATH leads."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    assert found, f"{name} is not installed: `./run test` does it, or names the command"
    return found
