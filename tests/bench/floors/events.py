"""The interface of the evaluation: an event a line in JSON, and what the detectors are fed for it.

`{"at_ms", "event", "agent", "team", "role", "customer", "case", "case_origin", "override", "outcome", "source",
"device"}`, and where it applies `session`, `place` ([latitude, longitude]), `guess` and `cause`; a shift is `{"event":
"roster:shift", "agent", "from_ms", "to_ms"}`. `at_ms` is UTC milliseconds and never falls; `case` is null where none is
behind a look; `case_origin` is "agent" for a case that the agent opened, and any other word or null otherwise;
`override` is true where the rule was overridden; `outcome` is "done" or "refused". A label is `{"agent", "scenario",
"from_ms", "to_ms"}`; where no agent did it, `agent` names the source, the session or the customer that a flag would be
about. Every field but `event` and `agent` may be absent.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.ports import OpenedEntry
from tests.bench.floors.surroundings import Surroundings

LONGEST_LINE: Final = 10_000
_NAMES: Final = {name.value: name for name in EventName}
_WITH_INTENT: Final = frozenset(
    {
        EventName.AGENT_CASE_OPENED,
        EventName.AGENT_CASE_APPROVED,
        EventName.AGENT_ACTION_PROPOSED,
        EventName.AGENT_ACTION_APPROVED,
        EventName.CUSTOMER_CONSENT_GRANTED,
    }
)


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
    session: str | None = None
    place: tuple[float, float] | None = None
    guess: str | None = None
    cause: str | None = None


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
        self._surroundings = Surroundings()
        self._teams: dict[str, str] = {}

    def of(self, line: Line) -> list[OpenedEntry]:
        if line.event == "roster:shift":
            return [self._planned(line)]
        return [*self._signed_in(line), *self._made_of(line)]

    def _signed_in(self, line: Line) -> list[OpenedEntry]:
        """An agent's first line stands for a sign-in too, where a file has none: it tells their team."""
        if not line.team or self._teams.get(line.agent) == line.team:
            return []
        self._teams[line.agent] = line.team
        if line.event == "agent:login:started":
            return []
        return [self._entry(line, EventName.AGENT_LOGIN_STARTED, Outcome.DONE, None, {"team": line.team})]

    def _made_of(self, line: Line) -> list[OpenedEntry]:
        self._surroundings.used(line)
        name = _NAMES.get(line.event)
        if name is None:
            return []
        if name is EventName.AGENT_CASE_VIEWED:
            return self._look(line)
        return [*self._happened(line, name), *(self._made(one) for one in self._surroundings.noticed(line))]

    def _happened(self, line: Line, name: EventName) -> list[OpenedEntry]:
        outcome = Outcome(line.outcome)
        if name in _WITH_INTENT and outcome is Outcome.DONE:
            return [self._entry(line, name, one, line.case) for one in (Outcome.INTENT, outcome)]
        facts = self._surroundings.facts(line)
        return [self._entry(line, name, outcome, line.case, facts)]

    def _planned(self, line: Line) -> OpenedEntry:
        facts: dict[str, Fact] = {"staff": line.agent, "from_ms": line.from_ms, "to_ms": line.to_ms}
        at_ms, operator = line.at_ms or line.from_ms, Actor(ActorKind.OPERATOR, "host:root")
        event = Event(EventName.OPERATOR_SHIFT_PLANNED, Outcome.DONE, at_ms, operator, facts=facts)
        return self._made(event)

    def _look(self, line: Line) -> list[OpenedEntry]:
        if line.outcome == "refused":
            return [self._entry(line, EventName.AGENT_CASE_REFUSED, Outcome.REFUSED, line.case)]
        if line.case is None or line.override:
            return self._overridden(line)
        if line.case_origin != "agent" or line.case in self._opened:
            return [self._entry(line, EventName.AGENT_CASE_VIEWED, Outcome.DONE, line.case)]
        self._opened.add(line.case)
        return [
            *self._happened(line, EventName.AGENT_CASE_OPENED),
            self._entry(line, EventName.AGENT_CASE_VIEWED, Outcome.DONE, line.case),
        ]

    def _overridden(self, line: Line) -> list[OpenedEntry]:
        """An override opens a case for some minutes, and the record is looked at in that."""
        case = line.case or f"override/{self._index}"
        overridden = EventName.AGENT_CASE_OVERRIDDEN
        return [
            self._entry(line, overridden, Outcome.INTENT, case),
            self._entry(line, overridden, Outcome.DONE, case),
            self._entry(line, EventName.AGENT_CASE_VIEWED, Outcome.DONE, case),
        ]

    def _entry(
        self,
        line: Line,
        name: EventName,
        outcome: Outcome,
        case: str | None,
        facts: Mapping[str, Fact] | None = None,
    ) -> OpenedEntry:
        kind = ActorKind.CUSTOMER if name.value.startswith("customer:") else ActorKind.AGENT
        actor = Actor(kind, (line.customer or "") if kind is ActorKind.CUSTOMER else line.agent)
        unknown = name is EventName.AGENT_CASE_REFUSED
        return self._made(
            Event(
                name,
                outcome,
                line.at_ms,
                actor,
                case=case,
                session=line.session,
                customer=None if unknown else line.customer,
                facts={"reason": "no_case"} if unknown else facts or {},
            )
        )

    def _made(self, event: Event) -> OpenedEntry:
        self._index += 1
        return OpenedEntry(self._index, self._index.to_bytes(16, "big"), event)
