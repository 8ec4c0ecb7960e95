"""The catalogues: every language is complete, every key on a page exists, and none is left over."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
CLIENT = ROOT / "web_client"
LANGUAGES = ["en", "ja"]
KEY = re.compile(r"""["']([a-z_]+(?:\.[a-zA-Z0-9_]+)+)["']""")
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
# Looked up by a name that comes from the server: a problem's code, a flag's sentence, a wording's version, a finding,
# a notice.
BY_NAME = ("problem.", "flag.", "consent.wording.", "check.", "notice.", "report.")
FILE_NAMES = (".js", ".css", ".svg", ".jinja")


def catalogue(language: str) -> Catalog:
    with (CLIENT / "locales" / language / "LC_MESSAGES" / "tachiai.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


@cache
def texts(language: str) -> dict[str, str]:
    return {str(message.id): str(message.string) for message in catalogue(language) if message.id}


def sources() -> dict[Path, str]:
    found = [*CLIENT.rglob("*.js"), *CLIENT.rglob("*.jinja")]
    return {path: path.read_text("utf-8") for path in found if "node_modules" not in path.parts}


def wire_types() -> set[str]:
    """Message types look like keys; they are those of the protocol."""
    return set(re.findall(r'type: "([a-z.]+)"', (CLIENT / "protocol" / "shapes.d.ts").read_text("utf-8")))


def named_on_pages() -> set[str]:
    named = {key for text in sources().values() for key in KEY.findall(text) if not key.endswith(FILE_NAMES)}
    return named - (wire_types() - set(texts("en")))


def named_in_packages() -> set[str]:
    packages = ["server", "session", "audit", "verification", "support"]
    files = [path for package in packages for path in (ROOT / package).rglob("*.py")]
    return {key for path in files for key in KEY.findall(path.read_text("utf-8"))}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_or_doubtful_and_no_key_stands_twice(language: str) -> None:
    file = CLIENT / "locales" / language / "LC_MESSAGES" / "tachiai.po"
    keys = re.findall(r'^msgid "(.+)"$', file.read_text("utf-8"), re.MULTILINE)
    assert len(keys) == len(set(keys)) == len(texts(language))
    assert all(text.strip() for text in texts(language).values())
    assert [message.id for message in catalogue(language) if message.id and message.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_language_has_the_keys_and_placeholders_of_english(language: str) -> None:
    english, other = texts("en"), texts(language)
    assert set(other) == set(english)
    for key, text in english.items():
        assert sorted(set(PLACEHOLDER.findall(other[key]))) == sorted(set(PLACEHOLDER.findall(text))), key


def test_every_key_named_on_a_page_has_its_text() -> None:
    assert named_on_pages() - set(texts("en")) == set()


def test_no_text_is_left_over() -> None:
    known = named_on_pages() | named_in_packages()
    assert [key for key in texts("en") if key not in known and not key.startswith(BY_NAME)] == []


def test_every_problem_that_the_server_names_has_its_sentence() -> None:
    pattern = re.compile(r'(?:Problem|MessageRefused|ProblemMessage)\(\s*(?:\d{3},\s*|code=)?"([a-z0-9_]+)"')
    files = list((ROOT / "server").rglob("*.py"))
    codes = {code for path in files for code in pattern.findall(path.read_text("utf-8"))}
    assert {code for code in codes if f"problem.{code}" not in texts("en")} == set()


def test_every_reason_of_a_flag_has_its_sentence() -> None:
    files = (ROOT / "audit" / "detectors").glob("*.py")
    keys = {key for path in files for key in KEY.findall(path.read_text("utf-8")) if key.startswith("flag.")}
    assert keys
    assert keys - set(texts("en")) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_end_cause_tells_the_customer_why_and_what_to_do_next(language: str) -> None:
    source = (ROOT / "session" / "model.py").read_text("utf-8")
    causes = re.findall(
        r'^    [A-Z_]+ = "([a-z_]+)"$', source.split("class EndCause")[1].split("@dataclass")[0], re.MULTILINE
    )
    assert len(causes) == 14
    for cause in causes:
        for key in (f"end.{cause}.title", f"end.{cause}.next", f"cause.{cause}"):
            assert texts(language)[key]


def test_japanese_is_in_polite_form_wherever_it_is_a_sentence() -> None:
    polite = re.compile(r"(です|ます|ました|ません|ください|でした|ですか|ますか|ましたか|\}|\d)$")
    for key, text in texts("ja").items():
        for sentence in re.split(r"[。\n]", text)[:-1]:
            assert polite.search(sentence.rstrip("）」")), (key, sentence)
