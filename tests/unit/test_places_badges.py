"""Where the badge key lies: with the other keys, unless it was made elsewhere before, or nobody can put it there."""

from pathlib import Path

import pytest

from server.badge_parts import key_file_of
from server.introduction_settings import IntroductionSettings
from server.places import places_of
from server.setting_groups import KeysSettings
from server.settings import Settings

NAME = "badge-keys.json"


def settings(folder: Path, keys: str | None = None, **introduction: str) -> Settings:
    (folder / "data").mkdir(exist_ok=True)
    (folder / "keys").mkdir(exist_ok=True)
    return Settings(
        data=str(folder / "data"),
        keys=KeysSettings(folder=keys or str(folder / "keys"), kek=str(folder / "kek")),
        introduction=IntroductionSettings(**introduction),  # type: ignore[arg-type]
    )


def badges(given: Settings) -> Path | None:
    return places_of(given).keys.badges


def test_it_lies_beside_the_other_keys_or_where_a_server_made_it_before(tmp_path: Path) -> None:
    given = settings(tmp_path)
    assert badges(given) == tmp_path / "keys" / NAME
    (tmp_path / "data" / NAME).touch()
    assert badges(given) == tmp_path / "data" / NAME
    (tmp_path / "keys" / NAME).touch()
    assert badges(given) == tmp_path / "keys" / NAME


def test_of_credentials_it_is_the_copy_that_was_given_and_the_journal_lies_with_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "given"))
    (tmp_path / "given").mkdir()
    given = settings(tmp_path, "credential:keys")
    assert badges(given) == tmp_path / "data" / NAME  # an instance whose init made none
    copy = tmp_path / "given" / f"keys_{NAME}"
    copy.touch()
    assert badges(given) == copy
    monkeypatch.setattr("os.access", lambda *_: False)  # as for the service, of what it was given
    assert key_file_of(places_of(given)).journal == tmp_path / "data" / f"{NAME}.journal"


def test_the_settings_may_name_another_place_or_another_process(tmp_path: Path) -> None:
    assert badges(settings(tmp_path, key_file="/elsewhere/badge.key")) == Path("/elsewhere/badge.key")
    assert badges(settings(tmp_path, issuer="/run/issuer.sock")) is None
