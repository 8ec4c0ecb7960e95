"""The guide as a reader follows it: its blocks of commands in order, and what they are said to print."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_FENCE: Final = re.compile(r"^```(\S*)(?: ([\w-]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACES: Final = "places"
ON_THE_MACHINE: Final = "on-the-machine"
NEW_MACHINE: Final = "new-machine"


@dataclass(frozen=True, slots=True)
class Block:
    """`mark` is the word behind ```sh. `says` are texts that the output contains, in this order."""

    line: int
    mark: str
    commands: str
    says: tuple[str, ...] = ()


def blocks_of(guide: Path) -> list[Block]:
    text = guide.read_text("utf-8")
    found: list[Block] = []
    for fence in _FENCE.finditer(text):
        language, mark, content = fence[1], fence[2] or "", fence[3]
        if language == "text":
            last = found.pop()
            lines = tuple(line for line in content.splitlines() if line.strip())
            found.append(Block(last.line, last.mark, last.commands, lines))
            continue
        if language == "toml":  # shown, not run
            continue
        assert language == "sh", f"a block of {language!r}: only sh, text and toml have a meaning here"
        assert mark in {"", PLACES, ON_THE_MACHINE, NEW_MACHINE}, mark
        found.append(Block(text[: fence.start()].count("\n") + 2, mark, content))
    return found
