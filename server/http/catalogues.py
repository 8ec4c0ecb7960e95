"""The words of all languages: gettext catalogues with symbolic message ids, one for pages and scripts."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po

DEFAULT_LANGUAGE: Final = "en"
DOMAIN: Final = "tachiai.po"
NAMES: Final = {"en": "English", "ja": "日本語", "es": "Español", "fr": "Français", "de": "Deutsch"}
_FOR_SERVER: Final = (
    "check.",
    "flag_mail.",
    "notice.",
    "report.",
)  # put into words by the server: no page carries them
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


class CatalogueRefused(Exception):
    """A catalogue is missing or broken; the message names the file."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One language's texts by key, with `{name}` placeholders."""

    language: str
    texts: Mapping[str, str]

    def text(self, key: str, **values: object) -> str:
        """The text with its placeholders filled. Raises KeyError for an unknown key: a page must not show keys."""
        return _PLACEHOLDER.sub(lambda found: str(values.get(found[1], found[0])), self.texts[key])

    def as_json(self) -> str:
        """For the scripts of a page."""
        shown = {key: text for key, text in self.texts.items() if not key.startswith(_FOR_SERVER)}
        return script_json(shown)


@dataclass(frozen=True, slots=True)
class Catalogues:
    by_language: Mapping[str, Catalogue]

    def __getitem__(self, language: str) -> Catalogue:
        return self.by_language[language]

    @property
    def languages(self) -> list[dict[str, str]]:
        return [{"code": code, "name": NAMES.get(code, code)} for code in self.by_language]

    def choose(self, asked: str | None, kept: str | None, accepted: str) -> str:
        """The language: asked for in the URL, kept in the cookie, accepted by the browser (RFC 9110, 12.5.4)."""
        for candidate in (asked, kept):
            if candidate in self.by_language:
                return str(candidate)
        first = next(iter(self.by_language))
        return next((code for code in _accepted(accepted) if code in self.by_language), first)


def read_folder(folder: Path, chosen: Sequence[str] = ()) -> Catalogues:
    """Read `<language>/LC_MESSAGES/tachiai.po` of the chosen languages in their order; without a choice of every
    language, English first. Raises CatalogueRefused."""
    there = known_languages(folder)
    strangers = [code for code in chosen if code not in there]
    if strangers:
        raise CatalogueRefused(
            f"There are no texts in {', '.join(strangers)}. Set languages to some of: {', '.join(there)}."
        )
    files = {code: folder / code / "LC_MESSAGES" / DOMAIN for code in chosen or there}
    return Catalogues({code: _read(file, code, file.stat().st_mtime_ns) for code, file in files.items()})


def known_languages(folder: Path) -> list[str]:
    """The codes of all languages that have a catalogue, English first. Raises CatalogueRefused without it."""
    codes = sorted(path.parent.parent.name for path in folder.glob(f"*/LC_MESSAGES/{DOMAIN}"))
    if DEFAULT_LANGUAGE not in codes:
        raise CatalogueRefused(f"The English catalogue is missing in {folder}.")
    return sorted(codes, key=lambda code: code != DEFAULT_LANGUAGE)


def script_json(value: object) -> str:
    """JSON that may stand verbatim inside a script element: it holds no `<`, `>`, `&` and no line separators."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


@lru_cache(maxsize=16)  # parsing takes a twentieth of a second, and several parts of a process ask
def _read(file: Path, code: str, _changed_ns: int) -> Catalogue:
    with file.open("rb") as stream:
        catalogue = read_po(stream, locale=code, domain="tachiai", abort_invalid=True)
    texts = {str(message.id): str(message.string) for message in catalogue if message.id}
    empty = sorted(key for key, text in texts.items() if not text)
    if empty:
        raise CatalogueRefused(f"{file} has no text for {', '.join(empty[:5])}.")
    return Catalogue(code, texts)


def _accepted(header: str) -> list[str]:
    weighted: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        tag, _, parameter = part.strip().partition(";")
        weighted.append((_weight(parameter.strip()), tag.strip().lower().partition("-")[0]))
    weighted.sort(key=lambda pair: -pair[0])
    return [tag for weight, tag in weighted if weight > 0]


def _weight(parameter: str) -> float:
    if not parameter:
        return 1.0
    try:
        return min(1.0, max(0.0, float(parameter.removeprefix("q="))))
    except ValueError:
        return 0.0
