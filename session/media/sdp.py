"""SDP as lines: sizes, characters and structure first (RFC 8866). What the lines mean is read in `negotiation`.

At most 32 KB, 3 m-lines and 32 candidates. Candidates are counted and thrown away: a lite agent only answers, so
nothing that an SDP says makes the gate contact anyone.
"""

import re
from dataclasses import dataclass, field

from session.gate_port import SDP_LIMIT_BYTES, SdpRefused

_MEDIA_LIMIT = 3
_CANDIDATE_LIMIT = 32
_LINE = re.compile(r"[a-z]=[\x20-\x7e]{0,4000}")
_MEDIA = re.compile(r"([a-z]{1,16}) (\d{1,5}) ([A-Za-z0-9/]{1,32})((?: [A-Za-z0-9-]{1,32}){1,128})")
UNREADABLE = "The connection description from this browser could not be read. Reload the page and try again."

Attributes = list[tuple[str, str]]


@dataclass(slots=True)
class Media:
    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    attributes: Attributes = field(default_factory=list)

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.attributes if key == name]

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.attributes)


@dataclass(slots=True)
class Description:
    attributes: Attributes = field(default_factory=list)
    media: list[Media] = field(default_factory=list)

    def value(self, media: Media, name: str) -> str | None:
        """The attribute of the m-line, else of the session (RFC 8839 clause 4, RFC 8122 clause 5)."""
        found = media.values(name) or [value for key, value in self.attributes if key == name]
        return found[0] if found else None


def parse(text: str) -> Description:
    """Raises SdpRefused."""
    if len(text) > SDP_LIMIT_BYTES:
        raise SdpRefused(
            "The connection description from this browser is too long. Reload the page and try again."
        )
    lines = text.split("\n")
    if lines[-1] != "" or lines[0].rstrip("\r") != "v=0":
        raise SdpRefused(UNREADABLE)
    description = Description()
    candidates = 0
    for line in lines[1:-1]:
        candidates += _take(
            description, line.removesuffix("\r")
        )  # browsers end lines with CR LF, some tools with LF
    if len(description.media) > _MEDIA_LIMIT or candidates > _CANDIDATE_LIMIT:
        raise SdpRefused(
            "The connection description from this browser asks for more than a screen share needs."
        )
    return description


def _take(description: Description, line: str) -> bool:
    """Put one line where it belongs. True if it was a candidate, which belongs nowhere."""
    if not _LINE.fullmatch(line):
        raise SdpRefused(UNREADABLE)
    if line.startswith("a=candidate:"):
        return True
    if line.startswith("m="):
        description.media.append(_media(line))
    elif line.startswith("a="):
        name, _, value = line[2:].partition(":")
        target = description.media[-1] if description.media else description
        target.attributes.append((name, value))
    return False


def _media(line: str) -> Media:
    read = _MEDIA.fullmatch(line[2:])
    if not read:
        raise SdpRefused(UNREADABLE)
    return Media(read[1], int(read[2]), read[3], tuple(read[4].split()))
