"""What the server would add to an entry, as only it knows it: other sign-ins, and guesses at many accounts."""

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from verification.spraying import WINDOW_MS, SprayWatch

if TYPE_CHECKING:
    from tests.bench.floors.events import Line

ALIVE_MS: Final = 15 * 60_000  # without use
_GUESSES: Final = frozenset({"customer:code:refused", "agent:login:refused"})


class Surroundings:
    def __init__(self) -> None:
        self._spray = SprayWatch()
        self._alive: dict[str, dict[tuple[str, str], int]] = defaultdict(
            dict
        )  # by source and device, last used
        self._sessions: dict[str, set[str]] = defaultdict(set)
        self._guesses = 0

    def facts(self, line: "Line") -> dict[str, Fact]:
        """Of this line's entry. Lines are told in their order."""
        told: dict[str, Fact] = {} if line.cause is None else {"cause": line.cause}
        if line.event == "agent:login:started":
            told |= {**self._company(line), "team": line.team}
            if line.place is not None:
                told |= {"latitude": round(line.place[0]), "longitude": round(line.place[1])}
        elif line.session is not None and line.event == "agent:session:opened":
            self._sessions[line.agent].add(line.session)
        elif line.session is not None and line.event.endswith(":session:ended"):
            self._sessions[line.agent].discard(line.session)
        return told

    def used(self, line: "Line") -> None:
        """Whatever an agent does keeps the sign-in alive that is their newest."""
        alive = self._alive.get(line.agent)
        if alive:
            alive[next(reversed(alive))] = line.at_ms

    def noticed(self, line: "Line") -> Iterator[Event]:
        if line.event not in _GUESSES:
            return
        self._guesses += 1
        account = line.customer or line.agent
        guess = line.guess or f"another {self._guesses}"
        source = line.source or f"unknown {self._guesses}"
        for one in self._spray.failed(source=source, account=account, guess=guess, now_ms=line.at_ms):
            told: dict[str, Fact] = {
                "pattern": one.pattern.value,
                "source": one.what if one.pattern.value == "source" else "",
                "accounts": one.accounts,
                "sources": one.sources,
                "minutes": WINDOW_MS // 60_000,
            }
            noticed = EventName.SYSTEM_SPRAYING_NOTICED
            yield Event(noticed, Outcome.DONE, line.at_ms, Actor(ActorKind.SYSTEM), facts=told)

    def _company(self, line: "Line") -> dict[str, Fact]:
        """The same browser at the same place is taken for the former sign-in, which ends."""
        mine = (line.source or "", line.device or "")
        alive = self._alive[line.agent]
        others = [one for one, at in alive.items() if one != mine and line.at_ms - at < ALIVE_MS]
        self._alive[line.agent] = {**{one: alive[one] for one in others}, mine: line.at_ms}
        if not others:
            return {}
        return {
            "beside": len(others),
            "in_session": bool(self._sessions[line.agent]),
            "other_browser": mine[1] not in {device for _, device in others},
        }
