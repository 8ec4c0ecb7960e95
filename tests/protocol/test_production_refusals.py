"""`tachiai serve` does not start where something is missing, unsafe or of another version: each with what to do."""

import asyncio
import fcntl
import shutil
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from audit.event import EventName
from server.certificate import self_signed
from server.clock import SystemClock
from server.foundation import opened_records, system_event
from server.keys import open_keys
from server.places import places_of
from server.settings import load
from tests.protocol.operator import HOST, OFFICER, Site

HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Not to be changed: see `copy`."""
    site = Site(tmp_path_factory.mktemp("made") / "site")
    assert site.first_init(*OFFICER).code == 0
    return site


@pytest.fixture
def copy(made: Site, tmp_path: Path) -> Site:
    """The same instance in another place."""
    copied = Site(tmp_path / "site")
    shutil.copytree(made.folder, copied.folder)
    text = made.settings_file.read_text("utf-8").replace(str(made.folder), str(copied.folder))
    copied.settings_file.write_text(text, encoding="utf-8")
    return copied


def is_a_demos(site: Site) -> None:
    (site.data / "DEMO-DATA-README.txt").write_text("DEMO", encoding="utf-8")


def lost_a_key(site: Site) -> None:
    (site.keys / "authenticators.key").unlink()


def shows_a_key(site: Site) -> None:
    site.kek.chmod(0o640)


def shows_its_data(site: Site) -> None:
    site.data.chmod(0o755)


def lets_others_change_its_settings(site: Site) -> None:
    site.settings_file.chmod(0o660)


def has_its_key_in_the_data(site: Site) -> None:
    site.kek.rename(site.data / "kek")
    site.kek.symlink_to(site.data / "kek")


def lost_its_log(site: Site) -> None:
    shutil.rmtree(site.data / "log")


def lost_its_database(site: Site) -> None:
    (site.data / "tachiai.db").unlink()


def has_an_older_schema(site: Site) -> None:
    _set_schema(site, "0001")


def has_a_newer_schema(site: Site) -> None:
    _set_schema(site, "9999")


def has_a_changed_log(site: Site) -> None:
    checkpoint = site.data / "log" / "public" / "checkpoint"
    origin, size, rest = checkpoint.read_bytes().split(b"\n", 2)
    checkpoint.write_bytes(b"\n".join((origin, b"1%b" % size, rest)))


def has_an_entry_of_tomorrow(site: Site) -> None:
    class _Ahead(SystemClock):
        def now_ms(self) -> int:
            return super().now_ms() + HOUR_MS

    async def append() -> None:
        places = places_of(load(site.settings_file, environment={}))
        clock = _Ahead()
        async with opened_records(places, open_keys(places.keys), clock) as records:
            await records.log.append(system_event(EventName.SYSTEM_SERVER_STARTED, clock.now_ms()))

    asyncio.run(append())


def _set_schema(site: Site, name: str) -> None:
    database = sqlite3.connect(site.data / "tachiai.db")
    with database:
        database.execute("UPDATE alembic_version SET version_num = ?", (name,))
    database.close()


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (is_a_demos, "demo's folder"),
        (lost_a_key, "authenticators.key"),
        (shows_a_key, "chmod 600"),
        (shows_its_data, "chmod 700"),
        (lets_others_change_its_settings, "chmod go-w"),
        (has_its_key_in_the_data, "lies in the data folder"),
        (lost_its_log, "tachiai restore"),
        (lost_its_database, "tachiai restore"),
        (has_an_older_schema, "tachiai migrate"),
        (has_a_newer_schema, "install the version"),
        (has_a_changed_log, "nothing was changed"),
        (has_an_entry_of_tomorrow, "set the clock"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_an_instance_that_is_harmed_is_not_served_and_not_mended(
    copy: Site, harm: Callable[[Site], Any], says: str
) -> None:
    harm(copy)
    names = [path for path in copy.files() if not path.endswith(("-wal", "-shm"))]
    refused = copy.said("serve")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith("Tachiai did not start: ")
    assert says in refused.err
    assert [path for path in copy.files() if not path.endswith(("-wal", "-shm"))] == names, "nothing was made"


def locked(both: bytes) -> bytes:
    """The key under a password, as some certificate authorities deliver it."""
    key = serialization.load_pem_private_key(both, None)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"maple harbour"),
    )
    return private + both[both.index(b"-----BEGIN CERTIFICATE") :]


@pytest.mark.parametrize("harm", ["readable", "for another host", "ended", "missing", "nonsense", "locked"])
def test_a_certificate_that_browsers_would_refuse_is_not_served(
    made: Site, tmp_path: Path, harm: str
) -> None:
    now = SystemClock().now_ms() - (400 * 24 * HOUR_MS if harm == "ended" else 0)
    self_signed(tmp_path, "other.example.com" if harm == "for another host" else HOST, now)
    certificate = tmp_path / "demo-certificate.pem"  # with its key in one file
    if harm == "readable":
        certificate.chmod(0o644)
    elif harm == "missing":
        certificate.unlink()
    elif harm == "locked":
        certificate.write_bytes(locked(certificate.read_bytes()))
    elif harm == "nonsense":
        certificate.write_text("nonsense", encoding="ascii")
    both = {name: str(certificate) for name in ("TACHIAI_TLS__CERTIFICATE", "TACHIAI_TLS__KEY")}
    refused = made.said("serve", environment=both)
    assert (refused.code, refused.out) == (2, "")
    assert str(certificate) in refused.err


@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("http.trusted_proxies", "", "neither a certificate nor a proxy"),
        ("http.trusted_proxies", "::/0", "everybody"),
        ("http.base_url", "http://localhost:8080", "https://"),
        ("languages", "en,tlh", "tlh"),
        ("data", "relative/data", "absolute path"),
        ("keys.folder", "credential:keys", "none were given"),
        ("gate.host", "0.0.0.0", "gate.advertised"),
        ("http.port", "70000", "65535"),
        ("http.prot", "1", "Did you mean"),
        ("organisation", "", "organisation is not set"),
    ],
    ids=str,
)
def test_settings_that_are_not_safe_are_refused(made: Site, setting: str, value: str, says: str) -> None:
    variable = "TACHIAI_" + setting.upper().replace(".", "__")
    refused = made.said("serve", environment={variable: value})
    assert (refused.code, refused.out) == (2, "")
    assert says in refused.err


@pytest.mark.parametrize("setting", ["http.port", "http.metrics_port"])
def test_a_taken_port_is_refused_by_the_name_of_its_setting(made: Site, setting: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = made.said("serve", environment={"TACHIAI_" + setting.upper().replace(".", "__"): port})
    assert refused.code == 2
    assert port in refused.err
    assert setting in refused.err


def test_everything_that_is_unsafe_is_told_at_once(copy: Site) -> None:
    shows_its_data(copy)
    refused = copy.said(
        "serve", environment={"TACHIAI_HTTP__TRUSTED_PROXIES": "", "TACHIAI_LANGUAGES": "tlh"}
    )
    assert all(said in refused.err for said in ("chmod 700", "tlh", "neither a certificate nor a proxy"))


def test_without_a_settings_file_it_says_which_one_is_needed(tmp_path: Path) -> None:
    refused = Site(tmp_path).said("serve")
    assert refused.code == 2
    assert "cannot be read" in refused.err


def test_data_that_another_process_holds_is_not_served_a_second_time(made: Site) -> None:
    with (made.data / "log" / "private" / "lock").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)  # as the writer of the log does
        refused = made.said("serve")
    assert refused.code == 2
    assert "another process writes" in refused.err
