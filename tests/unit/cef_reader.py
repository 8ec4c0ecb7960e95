"""A reader of CEF:0 lines, written from the format's rules and not from our writer."""

import re
from dataclasses import dataclass
from typing import Final

_FIELDS: Final = 7
# A key begins the extension or follows a space, and is followed by an equals sign that no backslash stands before.
_KEY: Final = re.compile(r"(?:^| )([A-Za-z0-9_.\[\]]+)=")
_VALUE: Final = re.compile(r"\\(.)|(.)", re.DOTALL)
_MEANS: Final = {"\\": "\\", "=": "=", "n": "\n", "r": "\r"}


@dataclass(frozen=True, slots=True)
class CefLine:
    header: list[str]
    extension: dict[str, str]


def read_cef(line: str) -> CefLine:
    """Raises ValueError."""
    header, rest = [], line.removesuffix("\n")
    for _ in range(_FIELDS):
        field = re.match(r"((?:[^|\\]|\\[|\\])*)\|", rest)
        if field is None:
            raise ValueError("the header is cut off, or escapes what it may not")
        header.append(re.sub(r"\\([|\\])", r"\1", field[1]))
        rest = rest[field.end() :]
    if header[0] != "CEF:0":
        raise ValueError("not CEF:0")
    return CefLine(header, _extension(rest))


def _extension(text: str) -> dict[str, str]:
    keys = [found for found in _KEY.finditer(text) if not _escaped(text, found.end() - 1)]
    if not text:
        return {}
    if not keys or keys[0].start() != 0:
        raise ValueError("the extension does not begin with a key")
    ends = [found.start() for found in keys[1:]] + [len(text)]
    found = {key[1]: _unescaped(text[key.end() : end]) for key, end in zip(keys, ends, strict=True)}
    if len(found) != len(keys):
        raise ValueError("a key stands twice")
    return found


def _escaped(text: str, place: int) -> bool:
    before = text[:place]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _unescaped(value: str) -> str:
    parts = []
    for found in _VALUE.finditer(value):
        if found[1] is None and found[2] in {"=", "\\"}:
            raise ValueError("an equals sign or backslash stands bare in a value")
        parts.append(found[2] if found[1] is None else _MEANS[found[1]])
    return "".join(parts)
