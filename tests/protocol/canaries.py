"""Unmistakable secrets, and the places where each may not stand.

A *canary* is a secret of this very run, in every spelling in which it could get out. What a browser gets by right (an
agent the invitation that it opened, a newcomer the secret to scan) is no place; everything that others see is.
"""

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from server.administration.export_acts import BeginExport, NextPiece
from server.administration.reaching import conversation
from server.administration.search_acts import SearchLog
from tests.protocol.administration_ways import settings_of
from tests.protocol.server_people import Answered, Browser
from tests.protocol.server_stand import Stand

SHORTEST = 6  # a code
_SIX_DIGITS = re.compile(r"[0-9]{6}")


@dataclass(slots=True)
class Canaries:
    """Spellings by the name of what they spell, as bytes."""

    by_name: dict[str, set[bytes]] = field(default_factory=dict)

    def add(self, name: str, *values: str | bytes) -> None:
        spelt = self.by_name.setdefault(name, set())
        for value in values:
            assert len(value) >= SHORTEST, f"{name}: so short a one stands everywhere"
            if isinstance(value, bytes):
                in_base32 = base64.b32encode(value).rstrip(b"=")
                spelt |= {value, value.hex().encode(), in_base32, base64.b64encode(value).rstrip(b"=")}
                spelt.add(base64.urlsafe_b64encode(value).rstrip(b"="))
            else:
                spelt |= {value.encode(), value.replace("-", "").encode()}

    def add_cookies(self, *browsers: Browser) -> None:
        for browser in browsers:
            for cookie in browser.session.cookie_jar:
                if cookie.key != "tachiai-language":
                    self.add(f"cookie {cookie.key}", cookie.value)

    def found(self, places: dict[str, Iterable[bytes]], *, but: Iterable[str] = ()) -> list[str]:
        """`what in where` for each secret that stands somewhere. The secret itself is not said."""
        return [
            f"{name} in {place}"
            for place, contents in places.items()
            for content in contents
            for name in self.by_name.keys() - set(but)
            if any(_stands(spelling, content) for spelling in self.by_name[name])
        ]


def _stands(spelling: bytes, content: bytes) -> bool:
    """Six digits stand in many a longer number: they must stand alone."""
    if spelling not in content:
        return False
    if _SIX_DIGITS.fullmatch(spelling.decode("latin-1")):
        return re.search(rb"(?<![0-9])" + spelling + rb"(?![0-9])", content) is not None
    return True


class Heard(Browser):
    """A browser whose every answer is kept, but for those that are asked for by right."""

    def __init__(self, stand: Stand) -> None:
        super().__init__(stand)
        self.answers: list[bytes] = []
        self.problems: list[bytes] = []
        self.addresses: list[bytes] = []
        self.by_right: tuple[str, ...] = ("/sessions", "/socket-tickets")
        self.tickets: list[str] = []

    async def ticket(self, **asked: str) -> str:
        self.tickets.append(await super().ticket(**asked))
        return self.tickets[-1]

    async def ask(self, method: str, path: str, *arguments: Any, **named: Any) -> Answered:
        answer = await super().ask(method, path, *arguments, **named)
        told = json.dumps(answer.body, ensure_ascii=False, default=str).encode()
        self.addresses.append(path.encode())
        if answer.status >= 400:
            self.problems.append(told)
        elif not (method == "POST" and path in self.by_right):
            self.answers.append(told)
        return answer


async def kept_and_told(stand: Stand, folder: Path) -> dict[str, Iterable[bytes]]:
    """What a server writes about itself, and what lies in its folder, while it runs."""
    events = await stand.events()
    shared = [replace(event, personal={}) for event in events]
    return {
        "the log's entries": [msgspec.json.encode(events)],
        "what everybody may read of them": [msgspec.json.encode(shared)],
        "messages": [stand.written.getvalue().encode()],
        "metrics": [stand.composed.metrics.text().encode()],
        **{f"export as {kind}": [await _exported(folder, kind)] for kind in ("jsonl", "ocsf", "cef")},
        **files(folder),
    }


def files(folder: Path) -> dict[str, Iterable[bytes]]:
    """Database, its write-ahead log, the audit log, keys: every byte."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {f"file {path.relative_to(folder)}": [path.read_bytes()] for path in found}


async def _exported(folder: Path, kind: Any) -> bytes:
    content = b""
    async with conversation(settings_of(folder)) as office:
        begun = await office.perform(BeginExport(format=kind, wanted=SearchLog()))
        while not (piece := await office.perform(NextPiece(export=begun.export))).over:
            content += piece.content
    return content + piece.content
