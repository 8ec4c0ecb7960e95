"""What the checklist's probes see on a real disk and machine."""

import datetime
import json
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from server.checklist.backup_probe import look_at_backups
from server.checklist.file_probe import look_at_folder, look_at_keys
from server.checklist.kernel_clock import clock_held
from server.checklist.machine_probe import look_at_installation, look_at_machine
from server.checklist.reach_probe import look_at_reach
from server.gate_settings import GateAddressSettings
from server.places import Places, key_places
from server.setting_groups import HttpSettings, TlsSettings
from server.settings import Settings

DAY_MS = 86_400_000
NOW_MS = 1_800_000_000_000


@pytest.fixture
def places(tmp_path: Path) -> Places:
    data, keys = tmp_path / "data", tmp_path / "keys"
    for folder in (data, keys):
        folder.mkdir(mode=0o700)
    for key in key_places(keys).all():
        key.touch(mode=0o600)
    return Places(data, data / "log" / "lockstate", key_places(keys))


def test_private_keys_apart_from_the_data_are_seen_as_such(places: Places) -> None:
    seen = look_at_keys(places)
    assert (seen.kek_missing, seen.kek_beside_data, seen.readable, seen.missing) == (False, False, (), ())
    assert seen.kek_on_same_volume  # both are below one temporary folder


def test_each_key_that_others_may_read_or_that_is_gone_is_named(places: Places) -> None:
    kek = the_kek(places)
    kek.chmod(0o604)
    places.keys.invitations.chmod(0o660)
    places.keys.authenticators.unlink()
    seen = look_at_keys(places)
    assert seen.readable == (str(kek), str(places.keys.invitations))
    assert seen.missing == (str(places.keys.authenticators),)


def test_a_kek_that_a_link_hides_in_the_data_folder_is_found(places: Places) -> None:
    hidden = places.data / "elsewhere"
    kek = the_kek(places)
    kek.rename(hidden)
    kek.symlink_to(hidden)
    assert look_at_keys(places).kek_beside_data


def test_a_data_folder_that_others_may_look_into_is_not_private(places: Places, tmp_path: Path) -> None:
    assert look_at_folder(places).private
    places.data.chmod(0o750)
    seen = look_at_folder(places)
    assert (seen.there, seen.private) == (True, False)
    assert not look_at_folder(replace(places, data=tmp_path / "not yet")).there


def test_data_that_is_gone_is_not_taken_for_data_that_never_was(places: Places, tmp_path: Path) -> None:
    gone = replace(places, data=tmp_path / "not mounted")
    assert not look_at_folder(gone).used
    gone.keys.signed_before.touch()
    assert (look_at_folder(gone).there, look_at_folder(gone).used) == (False, True)


@pytest.mark.parametrize(
    ("content", "readable", "days"),
    [
        (None, True, None),
        ("[]", True, None),
        (json.dumps([{"at_ms": NOW_MS - 9 * DAY_MS, "path": "/b"}, {"at_ms": NOW_MS - 2 * DAY_MS}]), True, 2),
        (json.dumps([{"at_ms": NOW_MS + DAY_MS}]), True, None),  # in the future: no reason to feel safe
        ('[{"at_ms": "yesterday"}]', False, None),
        ("{", False, None),
        (" " * 70_000, False, None),
    ],
    ids=["no file", "none", "two", "future", "other kind", "half", "large"],
)
def test_the_age_of_the_last_backup_is_read_from_its_note(
    places: Places, content: str | None, readable: bool, days: int | None
) -> None:
    if content is not None:
        places.backup_notes.write_text(content, encoding="ascii")
    seen = look_at_backups(places, remind_after_days=7, now_ms=NOW_MS)
    assert (seen.readable, seen.last_days) == (readable, days)


@pytest.mark.parametrize(("days", "left"), [(30, 30), (-2, -2)])
def test_a_certificates_last_day_is_read_from_it(tmp_path: Path, days: int, left: int) -> None:
    file = tmp_path / "certificate.pem"
    file.write_bytes(certificate(days))
    settings = Settings(tls=TlsSettings(certificate=str(file), key=str(file)))
    seen = look_at_reach(settings, demo=False, now_ms=NOW_MS)
    assert (seen.own_certificate, seen.certificate_days) == (True, left)
    file.write_text("-----BEGIN CERTIFICATE-----\n", encoding="ascii")
    assert look_at_reach(settings, demo=False, now_ms=NOW_MS).certificate_days is None


def test_addresses_that_are_of_no_use_elsewhere_are_seen() -> None:
    def seen(host: str, *advertised: str) -> tuple[bool, bool]:
        settings = Settings(
            http=HttpSettings(host=host, base_url="https://help.example.com"),
            gate=GateAddressSettings(host="0.0.0.0", advertised=list(advertised)),
        )
        reach = look_at_reach(settings, demo=False, now_ms=NOW_MS)
        return reach.here_only, reach.gate_here_only

    assert seen("localhost") == (True, True)
    assert seen("192.0.2.7", "192.0.2.7") == (False, False)
    assert seen("127.0.0.1", "127.0.0.1", "::1") == (True, True)


@pytest.mark.parametrize(
    ("advertised", "private"),
    [
        (["10.1.2.3"], True),
        (["192.168.0.9", "fd00::1"], True),
        (["100.64.0.1"], True),
        (["192.168.0.9", "203.0.114.9"], False),
        (["2001:4860::1"], False),
    ],
)
def test_an_address_that_only_the_same_network_reaches_is_seen(advertised: list[str], private: bool) -> None:
    settings = Settings(gate=GateAddressSettings(host="0.0.0.0", advertised=advertised))
    reach = look_at_reach(settings, demo=False, now_ms=NOW_MS)
    assert (reach.gate_here_only, reach.gate_private) == (False, private)


def test_this_machine_can_be_looked_at(places: Places) -> None:
    seen = look_at_machine(Settings(), (places.data,), now_ms=NOW_MS, drift_ms=0, serving=True)
    assert seen.disk is not None
    assert (seen.disk.path, seen.disk.free_mib > 0) == (str(places.data), True)
    assert seen.descriptors is None or seen.descriptors > 0
    assert seen.descriptors_needed > Settings().http.connections
    assert not seen.clock_past
    assert isinstance(seen.root, bool)
    assert look_at_machine(Settings(), (), now_ms=0, drift_ms=0, serving=False).clock_past
    assert clock_held() in {True, False, None}
    assert look_at_installation().trouble is None


def certificate(days: int) -> bytes:
    """Self-signed, ends so many days after NOW_MS."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "help.example.com")])
    now = datetime.datetime.fromtimestamp(NOW_MS / 1000, tz=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=60))
        .not_valid_after(now + datetime.timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def the_kek(places: Places) -> Path:
    assert places.keys.kek is not None
    return places.keys.kek
