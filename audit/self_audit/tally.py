"""Takes the log's entries one by one: figures of the period, and what is still open at the end of it.

Memory grows with what is open, with the staff and with the days of the period, never with the log.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from audit.event import ActorKind, Event, EventName, Outcome
from audit.event_groups import OPENINGS
from audit.ports import OpenedEntry
from audit.self_audit.period import Period, day_of

E = EventName
ENDS: Final = frozenset(
    {E.CUSTOMER_SESSION_ENDED, E.AGENT_SESSION_ENDED, E.OFFICER_SESSION_ENDED, E.SYSTEM_SESSION_ENDED}
)
SIGN_INS: Final = frozenset({E.AGENT_LOGIN_STARTED, E.OFFICER_LOGIN_STARTED})
TAKEN_OUT: Final = frozenset(
    {
        E.OPERATOR_LOG_EXPORTED,
        E.OFFICER_LOG_EXPORTED,
        E.OFFICER_EVIDENCE_EXPORTED,
        E.OFFICER_FILE_EXPORTED,
        E.OPERATOR_EVIDENCE_EXPORTED,
        E.OPERATOR_ENTRIES_DECRYPTED,
    }
)
MOST_LISTED: Final = 200
SERIES: Final = ("entries", "sessions", "consents", "refusals")


@dataclass(frozen=True, slots=True)
class Open:
    """Something begun at entry `index` that nothing has closed yet."""

    index: int
    name: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class TakenOut:
    """Entries or evidence that left the log. `actor` is a pseudonym of staff, or the operator's user."""

    index: int
    name: str
    at_ms: int
    actor: str


@dataclass(slots=True)
class Tally:
    """`closed`: entries that no key opens any more. `counts`: by name and outcome, in the period."""

    period: Period
    entries: int = 0
    closed: int = 0
    first_ms: int | None = None
    seal_starts: int = 0
    intents: dict[int, Open] = field(default_factory=dict)
    sessions: dict[str, Open] = field(default_factory=dict)
    signed_in: set[str] = field(default_factory=set)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)
    days: dict[str, Counter[str]] = field(default_factory=dict)
    taken_out: list[TakenOut] = field(default_factory=list)
    more_taken_out: int = 0

    def take(self, entry: OpenedEntry) -> None:
        """The next entry. One that lies after the period is left out whole, so that a report of the same period stays
        the same however the log goes on."""
        event = entry.event
        if event is None:
            self.entries += 1
            self.closed += 1
            return
        if event.at_ms >= self.period.to_ms:
            return
        self.entries += 1
        if self.first_ms is None:
            self.first_ms = event.at_ms
        self._follow(entry.index, event)
        if self.period.holds(event.at_ms):
            self._count(entry.index, event)

    def _follow(self, index: int, event: Event) -> None:
        """What stays open, and what has to be known from before the period too."""
        if event.intent is not None:
            self.intents.pop(event.intent, None)
        if event.outcome is Outcome.INTENT:
            self.intents[index] = Open(index, event.name.value, event.at_ms)
        done = event.outcome is Outcome.DONE
        if event.session is not None:
            if event.name in OPENINGS and done:
                self.sessions[event.session] = Open(index, event.name.value, event.at_ms)
            elif event.name in ENDS:
                self.sessions.pop(event.session, None)
        if event.name in SIGN_INS and done:
            self.signed_in.add(event.actor.id)

    def _count(self, index: int, event: Event) -> None:
        self.counts[event.name.value, event.outcome.value] += 1
        day = self.days.setdefault(day_of(event.at_ms), Counter())
        day["entries"] += 1
        done = event.outcome is Outcome.DONE
        day["sessions"] += event.name in OPENINGS and done
        day["consents"] += event.name is E.CUSTOMER_CONSENT_GRANTED and done
        day["refusals"] += event.outcome is Outcome.REFUSED
        if event.name in ENDS:
            self.ends[_word(event.facts.get("cause"))] += 1
        if event.name is E.SYSTEM_FLAG_RAISED:
            self.flags[_word(event.facts.get("detector"))] += 1
        # epoch 0 is a first beginning, as in a log that was made before there were seals
        self.seal_starts += event.name is E.SYSTEM_SEALS_STARTED and event.facts.get("epoch") != 0
        if event.name in TAKEN_OUT and event.outcome is not Outcome.INTENT:
            self._take_out(index, event)

    def _take_out(self, index: int, event: Event) -> None:
        if len(self.taken_out) >= MOST_LISTED:
            self.more_taken_out += 1
            return
        actor = event.actor.id if event.actor.kind is not ActorKind.CUSTOMER else ""
        self.taken_out.append(TakenOut(index, event.name.value, event.at_ms, actor))

    def of_name(self, name: EventName) -> int:
        """How many entries of this name the period has, whatever their outcome."""
        return sum(count for (one, _), count in self.counts.items() if one == name.value)

    def happened(self, name: EventName) -> int:
        """How often in the period; an intent and its outcome are one."""
        return sum(
            count
            for (one, outcome), count in self.counts.items()
            if one == name.value and outcome in {Outcome.DONE.value, Outcome.FAILED.value}
        )


def _word(fact: object) -> str:
    return fact if isinstance(fact, str) and fact else "unknown"
