"""`tachiai init`: makes what is missing, replaces nothing, refuses what is unsafe or does not belong together."""

import fcntl
import hashlib
import json
import re
import shutil
import sqlite3
import stat
import tomllib
from pathlib import Path

import pytest

from server.settings import load
from tests.protocol.operator import OFFICER, Site
from tests.soft_passkey import bytes_of

KEYS = (
    "etc/kek",
    "etc/keys/log-signing-key",
    "etc/keys/authenticators.key",
    "etc/keys/invitations.key",
    "etc/keys/badge-keys.json",
)
SETTING = re.compile(r"(# )?[a-z0-9_]+ = ")  # a note may have an equals sign too


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


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


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_init_makes_keys_that_only_their_owner_reads_and_a_data_folder_that_only_its_owner_enters(
    made: Site,
) -> None:
    assert {name: mode(made.folder / name) for name in KEYS} == dict.fromkeys(KEYS, 0o600)
    assert (mode(made.data), mode(made.keys), mode(made.settings_file)) == (0o700, 0o700, 0o640)
    assert not any(path.name.endswith(".new") for path in made.folder.rglob("*"))


def test_the_settings_file_gives_what_was_chosen_and_names_every_other_setting(made: Site) -> None:
    settings = load(made.settings_file, environment={})
    assert (settings.organisation, settings.http.base_url) == ("Kaede Bank", "https://help.example.com")
    assert (settings.data, settings.keys.kek) == (str(made.data), str(made.kek))
    assert settings.http.trusted_proxies == ["127.0.0.1", "::1"], "a TLS proxy on the same machine is usual"
    text = made.settings_file.read_text("utf-8")
    assert all(
        name in text for name in ("# languages", "# security_contact", "[backup]", "# remind_after_days = 7")
    )
    uncommented = "\n".join(
        line.removeprefix("# ") for line in text.splitlines() if SETTING.match(line) or line[:1] == "["
    )
    assert tomllib.loads(uncommented), "every commented line is a setting once its sign is taken away"
    assert made.said("config", "check", str(made.settings_file)).code == 0


def test_the_officers_link_is_shown_once_and_kept_nowhere(site: Site) -> None:
    first = site.first_init(*OFFICER, "--json").json
    link = first["officer"]["link"]
    assert link.startswith("https://help.example.com/enrol#")
    token = link.partition("#")[2].encode()
    assert not any(token in content for content in site.files().values())
    again = site.said("init", "--json").json
    assert (again["officer"]["state"], again["officer"]["link"]) == ("pending", None)
    renewed = site.said("init", "--new-link", "--json").json
    assert renewed["officer"]["link"] not in {None, link}


def test_a_second_init_changes_nothing_and_says_the_same_fingerprints(copy: Site) -> None:
    first, before = copy.said("init", "--json").json, copy.files()
    second = copy.said("init", *OFFICER, "--json").json
    assert (second["made"], second["fingerprints"]) == ([], first["fingerprints"])
    after = copy.files()
    assert {name: after[name] for name in KEYS} == {name: before[name] for name in KEYS}
    assert after["etc/tachiai.toml"] == before["etc/tachiai.toml"]


def test_fingerprints_tell_keys_apart_and_say_nothing_of_them(copy: Site, site: Site) -> None:
    marks = {mark["key"]: mark["value"] for mark in copy.said("init", "--json").json["fingerprints"]}
    verifier_key = (copy.data / "log" / "verifier.key").read_text("ascii").strip()
    assert marks["log, verifier key"] == verifier_key
    secrets = [(copy.folder / name).read_bytes() for name in KEYS if "signing" not in name]
    assert not any(bytes.fromhex(value) in secret for secret in secrets for value in list(marks.values())[1:])


def test_people_are_told_what_there_is_and_what_to_do_next(site: Site) -> None:
    told = site.first_init(*OFFICER)
    assert told.code == 0
    assert "https://help.example.com/enrol#" in told.out
    assert "What to do next" in told.out
    assert "same volume" in told.out, "data and key lie on one disk here"


@pytest.mark.parametrize(
    ("advertised", "warned"), [("10.0.0.5", True), ("10.0.0.5,198.51.101.7", False), ("198.51.101.7", False)]
)
def test_an_address_that_only_the_same_network_reaches_is_warned_about(
    site: Site, advertised: str, warned: bool
) -> None:
    made = site.first_init(*OFFICER, f"--set=gate.advertised={advertised}", "--json")
    sentences = [one for one in made.json["warnings"] if "inside the same network" in one]
    assert (len(sentences) == 1) == warned
    assert all("10.0.0.5" in one for one in sentences)


def test_what_the_environment_sets_goes_into_the_file(site: Site) -> None:
    name = site.folder / "name-of-the-organisation"
    name.write_text("Kaede Trust\n", encoding="utf-8")
    environment = {"TACHIAI_ORGANISATION_FILE": str(name), "TACHIAI_LANGUAGES": "ja"}
    base = ("init", "--base-url=https://help.example.com", f"--data={site.data}", *OFFICER)
    assert site.said(*base, environment=environment).code == 0
    settings = load(site.settings_file, environment={})
    assert (settings.organisation, settings.languages) == ("Kaede Trust", ["ja"])


def test_with_a_certificate_of_its_own_it_listens_where_people_go(site: Site) -> None:
    both = ("--set=tls.certificate=/etc/tachiai/tls.pem", "--set=tls.key=/etc/tachiai/tls.pem")
    base = (
        "init",
        "--organisation=Kaede Bank",
        "--base-url=https://help.example.com:8443",
        f"--data={site.data}",
    )
    assert site.said(*base, *both, *OFFICER).code == 0
    settings = load(site.settings_file, environment={})
    assert (settings.http.host, settings.http.port, settings.http.trusted_proxies) == ("0.0.0.0", 8443, [])
    assert settings.gate.port != 0, "a firewall must know the port"


def test_two_at_once_do_not_get_into_each_others_way(copy: Site) -> None:
    with copy.settings_file.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # as a running init does
        refused = copy.said("init")
    assert refused.code == 2
    assert "Another init" in refused.err


@pytest.mark.parametrize(
    ("replaced", "more", "says"),
    [
        ({"organisation": ""}, OFFICER, "organisation"),
        ({"base_url": ""}, OFFICER, "http.base_url is not set"),
        ({"base_url": "http://localhost"}, OFFICER, "https://"),
        ({"base_url": "http://help.example.com"}, OFFICER, "http.base_url"),
        ({"languages": "en,tlh"}, OFFICER, "tlh"),
        ({}, (), "--officer-username"),
        ({}, ("--officer-username=chie",), "go together"),
        ({}, ("--officer-username=Chie!", "--officer-name=Chie"), "username"),
        ({}, (*OFFICER, "--set=http.prot=1"), "no setting http.prot"),
        ({}, (*OFFICER, "--set=http.port"), "NAME=VALUE"),
        ({}, (*OFFICER, "--set=http.trusted_proxies=0.0.0.0/0"), "everybody"),
        ({}, (*OFFICER, "--set=http.host=0.0.0.0"), "neither a certificate nor a proxy"),
        ({}, (*OFFICER, "--set=keys.kek=credential:kek"), "credential"),
    ],
    ids=str,
)
def test_what_is_unsafe_or_missing_is_refused_before_any_key_is_made(
    site: Site, replaced: dict[str, str], more: tuple[str, ...], says: str
) -> None:
    refused = site.first_init(*more, **replaced)
    assert (refused.code, refused.out) == (2, "")
    assert says in refused.err
    assert site.files() == {}


def test_all_that_a_first_init_lacks_is_told_at_once_with_the_options_that_give_it(site: Site) -> None:
    refused = site.said("init", f"--data={site.data}")
    assert (refused.code, site.files()) == (2, {})
    for option in ("--organisation", "--base-url", "--officer-username"):
        assert option in refused.err


@pytest.mark.parametrize("name", KEYS)
def test_a_key_that_cannot_be_used_is_refused_before_anything_is_made_beside_it(
    site: Site, name: str
) -> None:
    (site.folder / name).parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    (site.folder / name).write_text("no key", encoding="utf-8")
    (site.folder / name).chmod(0o600)
    refused = site.first_init(*OFFICER)
    assert refused.code == 2
    assert str(site.folder / name) in refused.err
    assert list(site.files()) == [name]


def test_a_key_in_the_data_folder_is_refused_by_whatever_way_it_gets_there(site: Site) -> None:
    site.data.mkdir(parents=True, mode=0o700)
    (site.folder / "elsewhere").symlink_to(site.data)
    (site.folder / "link-to-kek").symlink_to(site.data / "kek")
    for kek in (site.data / "kek", site.folder / "elsewhere" / "kek", site.folder / "link-to-kek"):
        refused = site.first_init(*OFFICER, kek=str(kek))
        assert refused.code == 2
        assert "lies in the data folder" in refused.err
    assert site.first_init(*OFFICER, keys=str(site.data / "keys")).code == 2
    assert list(site.data.iterdir()) == []


def test_a_folder_with_other_things_and_a_demos_folder_are_left_alone(site: Site) -> None:
    site.data.mkdir(parents=True, mode=0o700)
    (site.data / "thesis.txt").write_text("precious", encoding="utf-8")
    assert "thesis.txt" in site.first_init(*OFFICER).err
    (site.data / "thesis.txt").rename(site.data / "DEMO-DATA-README.txt")
    assert "demo's folder" in site.first_init(*OFFICER).err
    assert [path.name for path in site.folder.rglob("*") if path.is_file()] == ["DEMO-DATA-README.txt"]


def test_a_data_folder_that_cannot_be_made_is_said_before_anything_else_is(site: Site) -> None:
    (site.folder / "file").write_text("in the way", encoding="utf-8")
    refused = site.first_init(*OFFICER, data=str(site.folder / "file" / "data"))
    assert refused.code == 2
    assert "cannot be made" in refused.err
    assert list(site.files()) == ["file"]


def test_an_option_that_contradicts_the_file_is_refused_by_name(copy: Site) -> None:
    refused = copy.said("init", "--organisation", "Another")
    assert refused.code == 2
    assert "organisation" in refused.err
    assert copy.said("init", "--organisation", "Kaede Bank").code == 0


@pytest.mark.parametrize("lost", sorted({*KEYS} - {"etc/keys/badge-keys.json"}))
def test_a_lost_key_is_never_made_anew(copy: Site, lost: str) -> None:
    (copy.folder / lost).unlink()
    refused = copy.said("init", *OFFICER)
    assert refused.code == 2
    assert lost in refused.err
    assert "bring the key back" in refused.err
    assert not (copy.folder / lost).exists()


@pytest.mark.parametrize("lost", [("log",), ("tachiai.db",), ("log", "tachiai.db")], ids=str)
def test_a_lost_log_or_database_is_never_made_anew(copy: Site, lost: tuple[str, ...]) -> None:
    for name in lost:
        if (copy.data / name).is_dir():
            shutil.rmtree(copy.data / name)
        else:
            (copy.data / name).unlink()
    refused = copy.said("init", *OFFICER)
    assert refused.code == 2
    assert "tachiai restore" in refused.err
    assert not (copy.data / lost[0]).exists() or lost[0] == "tachiai.db"


def test_an_older_schema_is_not_brought_up_in_passing(copy: Site) -> None:
    with sqlite3.connect(copy.data / "tachiai.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '0001'")
    database.close()
    refused = copy.said("init")
    assert refused.code == 2
    assert "tachiai migrate" in refused.err


def test_further_officers_are_not_inits_business(copy: Site) -> None:
    refused = copy.said("init", "--officer-username", "dan", "--officer-name", "Dan Ito")
    assert refused.code == 2
    assert "tachiai officer invite" in refused.err


def test_the_badge_keys_fingerprint_tells_the_key_that_customers_pages_check_with(copy: Site) -> None:
    (kept,) = json.loads((copy.keys / "badge-keys.json").read_text("utf-8"))["keys"]
    marks = {mark["key"]: mark["value"] for mark in copy.said("init", "--json").json["fingerprints"]}
    assert marks[f"badges {kept['id']}"] == hashlib.sha256(bytes_of(kept["public"])).hexdigest()
    (copy.keys / "badge-keys.json").unlink()  # an instance from before: it is made, though there is a log
    assert copy.said("init", "--json").json["made"] == [str(copy.keys / "badge-keys.json")]


def test_init_makes_no_badge_key_where_the_issuer_is_a_process_of_its_own(site: Site) -> None:
    made = site.first_init(*OFFICER, "--set=introduction.issuer=/run/tachiai-issuer/socket", "--json").json
    assert not any(path.endswith("badge-keys.json") for path in made["made"])
    assert not any(mark["key"].startswith("badges") for mark in made["fingerprints"])
