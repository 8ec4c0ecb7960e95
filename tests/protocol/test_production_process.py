"""A server in earnest as a process: signals, certificates, credentials, and what the service manager is told."""

import asyncio
import json
import shutil
import signal
import socket
import ssl
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509

from server.certificate import self_signed
from server.clock import SystemClock
from tests.protocol.production_stand import HOST, OFFICER, Instance

WITHIN_S = 30
DAY_MS = 24 * 3_600_000
FILE = "demo-certificate.pem"  # key and certificate in one file, as `self_signed` keeps them


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path)


def new_certificate(folder: Path, host: str = HOST, *, age_days: int = 0) -> Path:
    (folder / FILE).unlink(missing_ok=True)
    self_signed(folder, host, SystemClock().now_ms() - age_days * DAY_MS)
    return folder / FILE


async def made(instance: Instance, *arguments: str) -> None:
    ended = await instance.init(*OFFICER, *arguments)
    assert ended.code == 0, ended.err


async def made_with_certificate(instance: Instance) -> Path:
    certificate = new_certificate(instance.folder / "tls")
    await made(instance, f"--set=tls.certificate={certificate}", f"--set=tls.key={certificate}")
    return certificate


@asynccontextmanager
async def connected(port: int, certificate: Path) -> AsyncIterator[tuple[asyncio.StreamWriter, str]]:
    """A TLS connection that trusts this certificate alone, and the serial number of the one it was shown."""
    trust = ssl.create_default_context(cadata=certificate_only(certificate))
    async with asyncio.timeout(WITHIN_S):
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust, server_hostname=HOST)
    try:
        shown = writer.get_extra_info("ssl_object").getpeercert()["serialNumber"]
        yield writer, shown
    finally:
        writer.close()


def certificate_only(file: Path) -> str:
    text = file.read_text("ascii")
    return text[text.index("-----BEGIN CERTIFICATE") :]


def serial_of(file: Path) -> str:
    return f"{x509.load_pem_x509_certificate(file.read_bytes()).serial_number:X}"


async def lines_until(stream: asyncio.StreamReader | None, wanted: str) -> str:
    assert stream is not None
    said = ""
    async with asyncio.timeout(WITHIN_S):
        while wanted not in said:
            line = (await stream.readline()).decode()
            assert line, said
            said += line
    return said


async def test_a_renewed_certificate_is_taken_up_without_closing_a_connection(instance: Instance) -> None:
    certificate = await made_with_certificate(instance)
    async with instance.served() as (process, ready):
        port = int(ready["listening"].rpartition(":")[2])
        async with connected(port, certificate) as (kept, first):
            assert int(first, 16) == int(serial_of(certificate), 16)
            new_certificate(certificate.parent)
            process.send_signal(signal.SIGHUP)
            await lines_until(process.stderr, "was read anew")
            async with connected(port, certificate) as (_, second):
                assert int(second, 16) == int(serial_of(certificate), 16)
                assert first != second
            kept.write(f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
            await kept.drain()
            assert not kept.is_closing()


async def test_a_certificate_that_cannot_be_used_leaves_the_former_one(instance: Instance) -> None:
    certificate = await made_with_certificate(instance)
    former = shutil.copy(certificate, instance.folder / "former.pem")
    async with instance.served() as (process, ready):
        port = int(ready["listening"].rpartition(":")[2])
        for broken in ("another host", "ended", "no certificate at all"):
            if broken == "no certificate at all":
                certificate.write_text("nonsense", encoding="ascii")
            else:
                host = "other.example.com" if broken == "another host" else HOST
                new_certificate(certificate.parent, host, age_days=400 if broken == "ended" else 0)
            process.send_signal(signal.SIGHUP)
            await lines_until(process.stderr, "the former certificate stays in use")
            async with connected(port, Path(former)) as (_, shown):
                assert int(shown, 16) == int(serial_of(Path(former)), 16)


async def test_a_server_with_its_own_certificate_speaks_nothing_older_than_tls_1_2(
    instance: Instance,
) -> None:
    certificate = await made_with_certificate(instance)
    async with instance.served() as (_, ready):
        port = int(ready["listening"].rpartition(":")[2])
        async with connected(port, certificate) as (writer, _):
            assert writer.get_extra_info("ssl_object").version() in {"TLSv1.2", "TLSv1.3"}
        old = ssl.create_default_context(cadata=certificate_only(certificate))
        old.set_ciphers("ALL:@SECLEVEL=0")  # so that it is the server who refuses
        with pytest.deprecated_call():
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection("127.0.0.1", port, ssl=old, server_hostname=HOST)


async def test_told_to_stop_it_drains_and_leaves_a_good_log(instance: Instance) -> None:
    await made(instance)
    async with instance.served() as (process, ready):
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(WITHIN_S):
            out, err = await process.communicate()
    assert (process.returncode, out) == (0, b"")
    assert b"Traceback" not in err
    log = str(instance.data / "log")
    verified = await instance.said("audit", "verify", log, "--key", ready["verifier_key"])
    assert (verified.code, verified.out.startswith("Good")) == (0, True), verified.out


async def test_a_running_server_does_not_keep_init_from_saying_what_there_is(instance: Instance) -> None:
    await made(instance)
    async with instance.served():
        told = await instance.said("init", "--json")
        assert (told.code, told.json["made"]) == (0, [])
        assert told.json["officer"]["state"] == "pending"
        second = await instance.said("serve")
        assert second.code == 2
        assert "another process" in second.err


async def test_the_service_manager_hears_of_start_life_reload_and_end(instance: Instance) -> None:
    await made(instance)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(instance.folder / "notify"))
        heard.setblocking(False)
        instance.variables["NOTIFY_SOCKET"] = str(instance.folder / "notify")
        instance.variables["WATCHDOG_USEC"] = "200000"
        async with instance.served() as (process, _):
            assert await told(heard, "READY=1")
            assert await told(heard, "WATCHDOG=1")
            process.send_signal(signal.SIGHUP)
            assert "MONOTONIC_USEC=" in await told(heard, "RELOADING=1")
            assert await told(heard, "READY=1")
            process.send_signal(signal.SIGTERM)
            assert await told(heard, "STOPPING=1")


async def told(heard: socket.socket, wanted: str) -> str:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(WITHIN_S):
        while True:
            message = (await loop.sock_recv(heard, 4_096)).decode()
            if message.startswith(wanted):
                return message


async def test_keys_may_come_as_credentials_of_the_service(instance: Instance) -> None:
    await made(instance)
    given = instance.folder / "credentials"
    given.mkdir(mode=0o700)
    (instance.folder / "etc" / "kek").rename(given / "kek")
    for key in (instance.folder / "etc" / "keys").glob("*"):
        key.rename(given / f"keys_{key.name}")  # as LoadCredential=keys:FOLDER names them
    for file in given.iterdir():
        file.chmod(0o400)
    assert (await instance.said("serve")).code == 2
    instance.variables |= {
        "CREDENTIALS_DIRECTORY": str(given),
        "TACHIAI_KEYS__KEK": "credential:kek",
        "TACHIAI_KEYS__FOLDER": "credential:keys",
    }
    async with instance.served() as (process, ready):
        assert ready["pid"] == process.pid
        status = await instance.said("officer", "list", "--json")
        assert json.loads(status.out)
        (key,) = (await instance.said("badge-issuer", "keys", "--json")).json["keys"]
        assert key["id"] in (given / "keys_badge-keys.json").read_text("utf-8")
    assert not (instance.data / "badge-keys.json").exists()  # the server uses the one that it was given
    assert stat.S_IMODE((instance.data / "log").stat().st_mode) == 0o700
