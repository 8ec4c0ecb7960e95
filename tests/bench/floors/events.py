"""The interface of the evaluation: an event a line in JSON, and what the detectors are fed for it.

`{"at_ms", "event", "agent", "team", "role", "customer", "case", "case_origin", "override", "outcome", "source",
"device"}`; a shift is `{"event": "roster:shift", "agent", "from_ms", "to_ms"}`. `at_ms` is UTC milliseconds and never
falls; `case` is null where none is behind a look; `case_origin` is "agent" for a case that the agent opened, and any
other word or null otherwise; `override` is true where the rule was overridden; `outcome` is "done" or "refused".
A label is `{"agent", "scenario", "from_ms", "to_ms"}`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.ports import OpenedEntry

LONGEST_LINE: Final = 10_000
_NAMES: Final = {name.value: name for name in EventName}


class Line(msgspec.Struct):
    event: str
    agent: str
    at_ms: int = 0
    team: str = ""
    role: str = "agent"
    customer: str | None = None
    case: str | None = None
    case_origin: str | None = None
    override: bool = False
    outcome: str = "done"
    source: str | None = None
    device: str | None = None
    from_ms: int = 0
    to_ms: int = 0


class Label(msgspec.Struct, frozen=True):
    agent: str
    scenario: str
    from_ms: int
    to_ms: int


class LineInvalid(Exception):
    """Names the line and what is wrong with it."""


def read(path: Path) -> Iterator[Line]:
    """Raises LineInvalid."""
    decoder, before = msgspec.json.Decoder(Line), 0
    with path.open("rb") as file:
        for number, raw in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), start=1):
            try:
                line = decoder.decode(raw)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise LineInvalid(f"line {number}: {error}") from error
            if line.event == "roster:shift":
                yield line
                continue
            if line.at_ms < before:
                raise LineInvalid(f"line {number}: at_ms is before that of the line above")
            before = line.at_ms
            yield line


def read_labels(path: Path) -> list[Label]:
    """Raises LineInvalid."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Label])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LineInvalid(f"{path.name}: {error}") from error


class Entries:
    """What stands in the log for each line, numbered from 0. An event that the log does not have gives none."""

    def __init__(self) -> None:
        self._index = 0
        self._opened: set[str] = set()

    def of(self, line: Line) -> list[OpenedEntry]:
        if line.event == "roster:shift":
            return [self._planned(line)]
        name = _NAMES.get(line.event)
        if name is None:
            return []
        if name is EventName.AGENT_CASE_VIEWED:
            return self._look(line)
        return [self._entry(line, name, Outcome(line.outcome), line.case)]

    def _planned(self, line: Line) -> OpenedEntry:
        facts: dict[str, Fact] = {"staff": line.agent, "from_ms": line.from_ms, "to_ms": line.to_ms}
        at_ms, operator = line.at_ms or line.from_ms, Actor(ActorKind.OPERATOR, "host:root")
        event = Event(EventName.OPERATOR_SHIFT_PLANNED, Outcome.DONE, at_ms, operator, facts=facts)
        self._index += 1
        return OpenedEntry(self._index - 1, self._index.to_bytes(16, "big"), event)

    def _look(self, line: Line) -> list[OpenedEntry]:
        if line.outcome == "refused":
            return [self._entry(line, EventName.AGENT_CASE_REFUSED, Outcome.REFUSED, line.case)]
        if line.case is None or line.override:
            return self._overridden(line)
        viewed = self._entry(line, EventName.AGENT_CASE_VIEWED, Outcome.DONE, line.case)
        if line.case_origin != "agent" or line.case in self._opened:
            return [viewed]
        self._opened.add(line.case)
        return [self._entry(line, EventName.AGENT_CASE_OPENED, Outcome.DONE, line.case), viewed]

    def _overridden(self, line: Line) -> list[OpenedEntry]:
        """An override opens a case for some minutes, and the record is looked at in that."""
        case = line.case or f"override/{self._index}"
        overridden = EventName.AGENT_CASE_OVERRIDDEN
        return [
            self._entry(line, overridden, Outcome.INTENT, case),
            self._entry(line, overridden, Outcome.DONE, case),
            self._entry(line, EventName.AGENT_CASE_VIEWED, Outcome.DONE, case),
        ]

    def _entry(self, line: Line, name: EventName, outcome: Outcome, case: str | None) -> OpenedEntry:
        kind = ActorKind.CUSTOMER if name.value.startswith("customer:") else ActorKind.AGENT
        actor = Actor(kind, (line.customer or "") if kind is ActorKind.CUSTOMER else line.agent)
        refused = outcome is Outcome.REFUSED
        event = Event(
            name,
            outcome,
            line.at_ms,
            actor,
            case=case,
            customer=None if refused else line.customer,
            facts={"reason": "no_case"} if refused else {},
        )
        self._index += 1
        return OpenedEntry(self._index, self._index.to_bytes(16, "big"), event)
