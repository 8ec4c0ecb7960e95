"""The settings file that init writes gives exactly the settings it was made from."""

from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from server.production.settings_file import WIDTH, commented
from server.setting_groups import ConsentSettings, HttpSettings, KeysSettings, Settings
from server.setting_rules import broken
from server.settings import load

CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"]).filter(str.isprintable)
NAMES = st.text(CHARACTERS, max_size=80).filter(lambda text: text == text.strip())
PATHS = st.text(CHARACTERS, max_size=60).map(lambda text: f"/srv/{text}")


@given(
    organisation=NAMES,
    data=PATHS,
    kek=PATHS,
    port=st.integers(0, 65_535),
    durations=st.lists(st.integers(1, 1_800), min_size=1, max_size=6, unique=True).map(sorted),
)
def test_what_is_written_is_read_again(
    organisation: str, data: str, kek: str, port: int, durations: list[int]
) -> None:
    settings = Settings(
        organisation=organisation,
        data=data,
        languages=["ja"],
        http=HttpSettings(
            port=port, base_url="https://help.example.com", trusted_proxies=["10.0.0.0/24", "::1"]
        ),
        keys=KeysSettings(folder="credential:keys", kek=kek),
        consent=ConsentSettings(durations_s=durations),
    )
    assert list(broken(settings)) == []
    with TemporaryDirectory() as folder:
        file = Path(folder) / "tachiai.toml"
        file.write_text(commented(settings), encoding="utf-8", newline="")
        assert load(file, environment={}) == settings


def test_defaults_are_written_as_comments_alone() -> None:
    lines = [line for line in commented(Settings()).splitlines() if line and not line.startswith("#")]
    groups = [field.name for field in msgspec.structs.fields(Settings) if f"[{field.name}]" in lines]
    assert lines == [f"[{name}]" for name in groups]
    assert len(groups) > 5
    assert max(map(len, commented(Settings()).splitlines())) <= WIDTH + len("# ") + 20
