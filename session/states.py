"""Writes STATES.md from the table: `python -m session.states` (with `--check`, only says whether it is up to date)."""

import sys
from pathlib import Path
from typing import Final

from session.events import Connected, ConnectionLost, EndDemanded, TimePassed
from session.model import State
from session.transitions import TABLE

FILE: Final = Path(__file__).with_name("STATES.md")
_EVERYWHERE: Final = (EndDemanded, TimePassed)


def document() -> str:
    """The whole of STATES.md."""
    return "\n".join(
        [
            "# The states of a session",
            "",
            "Made from `session/transitions.py` by `python -m session.states`; not to be edited by hand.",
            "",
            "An event that has no row here for a state is illegal in it: it raises and changes nothing.",
            "The picture leaves out `EndDemanded` (every living state to `ended`) and what leaves a state as it is.",
            "",
            "```mermaid",
            *_diagram(),
            "```",
            "",
            *_table(),
            "",
        ]
    )


def _diagram() -> list[str]:
    lines = ["stateDiagram-v2", f"    [*] --> {State.INVITED.value}", f"    [*] --> {State.WAITING.value}"]
    for (state, event), rule in TABLE.items():
        if event is EndDemanded:
            continue
        lines += [
            f"    {state.value} --> {target.value}: {event.__name__}"
            for target in State
            if target in rule.to and target is not state
        ]
    return [*lines, f"    {State.ENDED.value} --> [*]"]


def _table() -> list[str]:
    lines = ["| state | event | leads to |", "|---|---|---|"]
    for state in State:
        for (at, event), rule in sorted(TABLE.items(), key=lambda item: _order(item[0][1])):
            if at is state:
                targets = ", ".join(f"`{target.value}`" for target in State if target in rule.to)
                lines.append(f"| `{state.value}` | {event.__name__} | {targets} |")
    return [*lines, f"| `{State.ENDED.value}` | none | |"]


def _order(event: type) -> int:
    """First what is special to a state, then coming and going, then what is legal everywhere."""
    if event in _EVERYWHERE:
        return 2
    return 1 if event in {Connected, ConnectionLost} else 0


def main(arguments: list[str]) -> int:
    text = document()
    if "--check" in arguments:
        return 0 if FILE.read_text(encoding="utf-8") == text else 1
    FILE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
