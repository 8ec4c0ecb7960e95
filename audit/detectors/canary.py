"""A canary customer was reached for: a record that the security office made or chose so that nobody has a reason to
open it. One look is enough.

Whatever an agent does about such a customer counts, also where it is refused; so does a case opened by the reference.
What others of the desk decide about such a case (a supervisor's approval) does not: its opener was stopped by then.
Which customers are canaries is told by the entries that mark them, and at a start by the owner, since those may be
older than what is read again.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from audit.detectors.flag import Action, Flag, TargetKind
from audit.detectors.keeping import Kept, kept
from audit.event import ActorKind, Event, EventName, Outcome
from audit.ports import OpenedEntry

MOST: Final = 10_000
_REACHED: Final = frozenset({Outcome.DONE, Outcome.REFUSED, Outcome.FAILED})
_OTHERS_DECIDE: Final = frozenset({EventName.AGENT_CASE_APPROVED, EventName.AGENT_CASE_DECLINED})
_WHAT: Final = "canary"  # the fact that names the customer


class _State(Kept):
    marked: dict[str, int]
    leaving: dict[int, str]


class Canary:
    """Implements Detector. The score is 1: it happened, or it did not. Memory: at most 10,000 customers."""

    name: Final = "canary"

    def __init__(self, marked: Mapping[str, int] | None = None) -> None:
        """`marked`: since when each of them is one, UTC ms."""
        self._last = -1
        self._marked: dict[str, int] = dict(marked or {})
        self._leaving: dict[int, str] = {}

    def observe(self, entry: OpenedEntry) -> Iterable[Flag]:
        event = entry.event
        if event is None or entry.index <= self._last:
            return ()
        if event.name in {EventName.OPERATOR_CANARY_ADDED, EventName.OPERATOR_CANARY_REMOVED}:
            self._last = entry.index
            self._mark(event, entry.index)
            return ()
        since = self._marked.get(event.customer or "")
        if since is None or event.at_ms < since or not _reaches(event):
            return ()
        self._last = entry.index
        customer = event.customer or ""
        return (
            Flag(
                self.name,
                event.actor.id,
                1.0,
                "flag.canary",
                Action.BLOCK,
                {"customer": customer, "entry": entry.index},
                (entry.index,),
                TargetKind.AGENT,
            ),
        )

    def state(self) -> bytes:
        return msgspec.json.encode(_State(1, self._last, self._marked, self._leaving))

    def restore(self, state: bytes) -> None:
        found = kept(state, _State)
        self._last, self._marked, self._leaving = found.last, found.marked, found.leaving

    def _mark(self, event: Event, index: int) -> None:
        """One counts from the intent on, and stops to count once that is done: in doubt it is one."""
        customer = str(event.facts.get(_WHAT, ""))
        if event.name is EventName.OPERATOR_CANARY_ADDED:
            if event.outcome is Outcome.INTENT and customer and len(self._marked) < MOST:
                self._marked.setdefault(customer, event.at_ms)
        elif event.outcome is Outcome.INTENT and customer:
            self._leaving = {**dict(list(self._leaving.items())[-100:]), index: customer}
        elif event.outcome is Outcome.DONE and event.intent in self._leaving:
            self._marked.pop(self._leaving.pop(event.intent), None)


def _reaches(event: Event) -> bool:
    if event.actor.kind is not ActorKind.AGENT or not event.actor.id:
        return False
    return event.outcome in _REACHED and event.name not in _OTHERS_DECIDE
