"""Settings, addresses and the installation: what an operator can get wrong is refused with a sentence."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp.test_utils import make_mocked_request

from server.http.addresses import parse_networks, source_of
from server.installation import PACKAGES, parent_folder
from server.setting_groups import Settings, members
from server.settings import SettingsRefused, load, secret_place


def test_a_variable_overrides_the_file_which_overrides_the_default(tmp_path: Path) -> None:
    file = tmp_path / "tachiai.toml"
    file.write_text('organisation = "From file"\n[http]\nport = 9000\n', encoding="utf-8")
    settings = load(file, environment={"TACHIAI_HTTP__PORT": "9100"})
    assert (settings.organisation, settings.http.port, settings.gate.host) == ("From file", 9100, "127.0.0.1")


def test_the_command_line_overrides_all(tmp_path: Path) -> None:
    settings = load(environment={"TACHIAI_HTTP__PORT": "9100"}, overrides={"http": {"port": 9200}})
    assert settings.http.port == 9200


def test_a_value_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "name").write_text("Kaede Bank\n", encoding="utf-8")
    assert (
        load(environment={"TACHIAI_ORGANISATION_FILE": str(tmp_path / "name")}).organisation == "Kaede Bank"
    )


def test_lists_are_written_with_commas() -> None:
    settings = load(environment={"TACHIAI_HTTP__TRUSTED_PROXIES": "10.0.0.1, 10.1.0.0/16"})
    assert settings.http.trusted_proxies == ["10.0.0.1", "10.1.0.0/16"]


@pytest.mark.parametrize(
    "environment",
    [
        {"TACHIAI_PROT": "1"},
        {"TACHIAI_HTTP__PROT": "1"},
        {"TACHIAI_HTTP__PORT__X": "1"},
        {"TACHIAI_HTTP__PORT": "many"},
        {"TACHIAI_HTTP__PORT": "70000"},
        {"TACHIAI_HTTP__PORT": "9464", "TACHIAI_HTTP__METRICS_PORT": "9464"},
        {"TACHIAI_LOG_LEVEL": "loud"},
        {"TACHIAI_GATE__MAX_SESSIONS": "0"},
        {"TACHIAI_ORGANISATION_FILE": "/nowhere/at/all"},
        {"TACHIAI_ORGANISATION": "two\nlines"},
        {"TACHIAI_LANGUAGES": "en,en"},
        {"TACHIAI_LANGUAGES": ""},
        {"TACHIAI_SECURITY_CONTACT": "security at example"},
        {"TACHIAI_HTTP": "x"},
        {"TACHIAI_DATA": "/srv/two\nlines"},
        {"TACHIAI_HTTP__BASE_URL": "help.example.com"},
        {"TACHIAI_HTTP__BASE_URL": "http://help.example.com"},
        {"TACHIAI_HTTP__BASE_URL": "https://help.example.com/desk"},
        {"TACHIAI_HTTP__BASE_URL": "https://user@help.example.com"},
        {"TACHIAI_HTTP__BASE_URL": "https://help.example.com:many"},
        {"TACHIAI_HTTP__BASE_URL": "https://help.example.com:443"},
        {"TACHIAI_HTTP__HOST": ""},
        {"TACHIAI_HTTP__TRUSTED_PROXIES": "the proxy"},
        {"TACHIAI_TLS__KEY": "/etc/tachiai/key.pem"},
        {"TACHIAI_GATE__ADVERTISED": "gate.example.com"},
        {"TACHIAI_GATE__ADVERTISED": "0.0.0.0"},
        {"TACHIAI_GATE__HOST": "::"},
        {"TACHIAI_GATE__SECOND_HOST": "127.0.0.1"},
        {"TACHIAI_GATE__SECOND_HOST": "::"},
        {"TACHIAI_GATE__PROCESSES": "0"},
        {"TACHIAI_GATE__PROCESSES": "33"},
        {"TACHIAI_GATE__PROCESSES": "2", "TACHIAI_GATE__PORT": "65535"},
        {"TACHIAI_BACKUP__REMIND_AFTER_DAYS": "0"},
        {"TACHIAI_REDIS__URL": "localhost:6379"},
        {"TACHIAI_REDIS__URL": "http://localhost:6379"},
        {"TACHIAI_REDIS__URL": "redis://localhost:many"},
        {"TACHIAI_REDIS__URL": "redis://localhost/first"},
        {"TACHIAI_REDIS__URL": "redis://localhost?socket_timeout=100"},
        {"TACHIAI_REDIS__URL": "unix://redis.sock"},
        {"TACHIAI_REDIS__URL": "redis://redis.example.com"},
        {"TACHIAI_REDIS__URL": "redis://redis.example.com", "TACHIAI_REDIS__ACCESS": "/etc/redis"},
        {"TACHIAI_REDIS__URL": "rediss://redis.example.com"},
        {"TACHIAI_REDIS__URL": "rediss://:secret@redis.example.com"},
        {"TACHIAI_REDIS__URL": "redis://localhost", "TACHIAI_REDIS__CA": "/etc/ca.pem"},
        {"TACHIAI_REDIS__ACCESS": "/etc/redis"},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_with_a_sentence(environment: dict[str, str]) -> None:
    with pytest.raises(SettingsRefused, match=r"\.$"):
        load(environment=environment)


@pytest.mark.parametrize(
    "environment",
    [
        {"TACHIAI_REDIS__URL": "redis://localhost"},
        {"TACHIAI_REDIS__URL": "redis://127.0.0.1:6380/2"},
        {"TACHIAI_REDIS__URL": "unix:///run/redis/redis.sock"},
        {
            "TACHIAI_REDIS__URL": "rediss://tachiai@redis.example.com:6380/0",
            "TACHIAI_REDIS__ACCESS": "/etc/tachiai/redis-password",
            "TACHIAI_REDIS__CA": "/etc/tachiai/redis-ca.pem",
        },
    ],
    ids=str,
)
def test_a_redis_here_or_over_tls_with_a_password_may_be_named(environment: dict[str, str]) -> None:
    assert load(environment=environment).redis.url == environment["TACHIAI_REDIS__URL"]


def test_a_password_in_the_address_of_redis_is_not_repeated() -> None:
    with pytest.raises(SettingsRefused, match=r"redis\.access") as refused:
        load(environment={"TACHIAI_REDIS__URL": "rediss://:s3cret@redis.example.com"})
    assert "s3cret" not in str(refused.value)


def test_an_unknown_name_in_the_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "tachiai.toml"
    file.write_text("organization = 'x'\n", encoding="utf-8")
    with pytest.raises(SettingsRefused, match="organization"):
        load(file, environment={})


def test_a_group_that_is_given_as_a_value_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "tachiai.toml"
    file.write_text("http = 5\n", encoding="utf-8")
    with pytest.raises(SettingsRefused, match="http"):
        load(file, environment={"TACHIAI_GATE__PORT": "1"})


def test_the_settings_file_may_be_named_in_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "tachiai.toml"
    file.write_text('organisation = "Named"\n', encoding="utf-8")
    assert load(environment={"TACHIAI_CONFIG": str(file)}).organisation == "Named"


def test_a_credential_is_looked_for_where_the_service_was_given_it() -> None:
    given = {"CREDENTIALS_DIRECTORY": "/run/credentials/tachiai.service"}
    assert secret_place("credential:kek", environment=given) == Path("/run/credentials/tachiai.service/kek")
    assert secret_place("/etc/tachiai/kek", environment=given) == Path("/etc/tachiai/kek")


@pytest.mark.parametrize("name", ["credential:kek", "credential:../kek", "credential:"])
def test_a_credential_that_was_not_given_is_refused(name: str) -> None:
    with pytest.raises(SettingsRefused, match="credential"):
        secret_place(name, environment={})


def test_every_setting_says_what_it_means() -> None:
    groups = [Settings, *(kind for kind in members(Settings).values() if members(kind))]
    fields = [field for group in groups for field in msgspec.structs.fields(group)]
    silent = [field.name for field in fields if not members(field.type) and not notes(field.type)]
    assert silent == []
    assert all(group.__doc__ for group in groups[1:])


def notes(annotated: Any) -> list[str]:
    return [str(mark.description) for mark in getattr(annotated, "__metadata__", ()) if mark.description]


def test_our_packages_share_one_folder() -> None:
    assert all((parent_folder() / name).is_dir() for name in PACKAGES)


@pytest.mark.parametrize(
    ("peer", "forwarded", "source"),
    [
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("2001:db8:1:2:3::4", "", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "", "192.0.2.7"),
    ],
)
def test_a_forwarded_address_counts_only_from_a_trusted_proxy(peer: str, forwarded: str, source: str) -> None:
    class _Transport:
        def get_extra_info(self, name: str, default: object = None) -> object:
            return (peer, 1) if name == "peername" else default

        def is_closing(self) -> bool:
            return False

    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = make_mocked_request("GET", "/", headers=headers, transport=_Transport())
    trusted = parse_networks(["10.0.0.0/8"])
    assert source_of(request, trusted) == source
