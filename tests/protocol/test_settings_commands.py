"""`tachiai config`: where a setting came from, everything wrong with a file at once, and the reference."""

import json
import re
import tomllib
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings, strategies

from server.cli import tachiai
from server.setting_display import as_toml, shown
from server.setting_groups import Settings
from server.setting_names import all_settings, misfits
from server.setting_rules import broken
from server.settings import layers_of, load

ROOT = Path(__file__).resolve().parents[2]
WRONG = """
organization = "Hinode"
data = 3
[http]
prot = 9000
port = "many"
trusted_proxies = "10.0.0.1"
[tsl]
key = "x"
"""


def typed(*arguments: str, environment: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(tachiai, arguments, env=environment, prog_name="tachiai")


def written(folder: Path, text: str) -> Path:
    file = folder / "tachiai.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_each_setting_says_where_it_came_from(tmp_path: Path) -> None:
    file = written(tmp_path, '[http]\nport = 9000\nhost = "127.0.0.1"\n')
    (tmp_path / "name").write_text("Hinode\n", encoding="utf-8")
    environment = {"TACHIAI_HTTP__PORT": "9100", "TACHIAI_ORGANISATION_FILE": str(tmp_path / "name")}
    result = typed("--config", str(file), "config", "show", "--json", environment=environment)
    assert result.exit_code == 0
    settings = json.loads(result.stdout)
    assert settings["http.port"] == {"value": 9100, "source": "TACHIAI_HTTP__PORT"}
    assert settings["http.host"] == {"value": "127.0.0.1", "source": str(file)}
    assert settings["organisation"] == {"value": "Hinode", "source": "TACHIAI_ORGANISATION_FILE"}
    assert settings["gate.port"] == {"value": 0, "source": "default"}
    assert len(settings) == len(all_settings())


def test_what_is_shown_is_a_settings_file_of_the_same_settings(tmp_path: Path) -> None:
    file = written(tmp_path, 'organisation = "Ka\\"ede \\\\ # 楓"\nlanguages = ["ja"]\n[http]\nport = 9000\n')
    settings = load(file, environment={})
    text = as_toml(shown(settings, layers_of(file, environment={})))
    again = tmp_path / "again.toml"
    again.write_text(text, encoding="utf-8")
    assert tomllib.loads(text)["organisation"] == 'Ka"ede \\ # 楓'
    assert load(again, environment={}) == settings


def test_everything_wrong_with_a_file_is_said_at_once(tmp_path: Path) -> None:
    result = typed("config", "check", str(written(tmp_path, WRONG)), "--json")
    assert result.exit_code == 1
    wrong = json.loads(result.stdout)["wrong"]
    assert len(wrong) == 6
    said = "\n".join(wrong)
    assert "organization. Did you mean organisation?" in said
    assert "http.prot. Did you mean http.port?" in said
    assert "tsl.key. Did you mean tls.key?" in said
    for name in ("data is a text", "http.port is a whole number", "http.trusted_proxies is a list"):
        assert name in said


def test_values_that_cannot_be_are_all_said(tmp_path: Path) -> None:
    result = typed("config", "check", str(written(tmp_path, 'log_level = "loud"\n[http]\nport = 70000\n')))
    assert result.exit_code == 1
    assert [line.partition(" ")[0] for line in result.stdout.splitlines()] == ["log_level", "http.port"]


def test_a_file_without_faults_is_called_good_whatever_the_environment_says(tmp_path: Path) -> None:
    file = written(tmp_path, "[http]\nport = 9000\n")
    result = typed("config", "check", str(file), environment={"TACHIAI_HTTP__PORT": "many"})
    assert (result.exit_code, "can be used" in result.stdout) == (0, True)


def test_the_file_in_force_is_checked_where_none_is_named(tmp_path: Path) -> None:
    file = str(written(tmp_path, "[http]\nprot = 9000\n"))
    for result in (
        typed("--config", file, "config", "check"),
        typed("config", "check", environment={"TACHIAI_CONFIG": file}),
    ):
        assert (result.exit_code, "http.port?" in result.stdout) == (1, True)
    unnamed = typed("config", "check", environment={"TACHIAI_CONFIG": ""})
    assert (unnamed.exit_code, "--config" in unnamed.stderr) == (2, True)


def test_what_serving_in_earnest_asks_is_judged_when_asked_for(tmp_path: Path) -> None:
    file = written(tmp_path, 'organisation = "Hinode"\n')
    assert typed("config", "check", str(file)).exit_code == 0
    result = typed("config", "check", "--to-serve", str(file))
    assert result.exit_code == 1
    assert {"http.base_url", "data", "keys.folder", "keys.kek"} <= {
        line.split()[0] for line in result.stdout.splitlines()
    }


def test_a_file_that_others_may_change_is_no_good_to_serve(tmp_path: Path) -> None:
    file = written(tmp_path, 'organisation = "Hinode"\n')
    file.chmod(0o666)
    result = typed("config", "check", "--to-serve", str(file))
    assert (result.exit_code, "chmod go-w" in result.stdout) == (1, True)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a = ", b"x" * 70_000], ids=["bytes", "half", "large"])
def test_what_is_no_settings_file_is_said_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "tachiai.toml"
    file.write_bytes(content)
    result = typed("config", "check", str(file))
    assert result.exit_code == 1
    assert str(file) in result.stdout
    assert result.stdout.count("\n") == 1


def test_an_unknown_variable_is_refused_with_the_one_probably_meant() -> None:
    result = typed("config", "show", environment={"TACHIAI_HTTP__PROT": "1"})
    assert result.exit_code == 2
    assert "Did you mean TACHIAI_HTTP__PORT?" in result.stderr


def test_the_reference_in_the_documents_is_that_of_the_definitions() -> None:
    assert (ROOT / "docs" / "settings.md").read_text("utf-8") == typed("config", "reference").stdout


def test_programs_are_given_the_same_reference() -> None:
    told = json.loads(typed("config", "reference", "--json").stdout)
    assert list(told) == [setting.name for setting in all_settings()]
    assert told["http.port"]["default"] == 8080
    assert told["http.port"]["variable"] == "TACHIAI_HTTP__PORT"


def test_every_setting_says_what_it_means() -> None:
    assert [setting.name for setting in all_settings() if len(setting.meaning) < 15] == []


def test_no_setting_is_itself_a_secret() -> None:
    """`config show` prints them all; a secret is named by its file."""
    secret = re.compile(r"password|secret|token|passphrase|pepper")
    assert [setting.name for setting in all_settings() if secret.search(setting.name)] == []


NAMES = strategies.sampled_from(
    ["http", "port", "data", "languages", "gate", "x", "", "durations_s", "consent"]
)
VALUES = strategies.one_of(
    strategies.none(),
    strategies.booleans(),
    strategies.integers(),
    strategies.floats(),
    strategies.text('ab\x00" \u3042', max_size=5),
    strategies.dates(),
)
TREES = strategies.dictionaries(
    NAMES,
    strategies.recursive(
        VALUES,
        lambda inner: strategies.lists(inner, max_size=3) | strategies.dictionaries(NAMES, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=4,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a loaded machine is no fault
@given(TREES)
def test_whatever_a_file_says_is_settings_or_a_sentence(tree: dict[str, object]) -> None:
    sentences = list(misfits(tree))
    assert all(sentence.endswith(".") and "\n" not in sentence for sentence in sentences)
    if not sentences:
        assert all(
            sentence.endswith(".") for sentence in broken(msgspec.convert(tree, Settings, strict=False))
        )
