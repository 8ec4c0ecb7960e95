"""Somebody signs in as a member of the staff who is signed in already: a stolen password and code look like that.

Three sign-ins of one person that are alive at once are a flag. So is one from another kind of browser than all the
others, while a session with a customer runs under one of these: whoever helps a customer sits at a browser already. The
server tells both in the sign-in's entry, since only it knows which sign-ins are alive: without use one is dead after 15
minutes, which no entry says. The browser's own former sign-in, which the new one replaces, does not count. A kind of
browser is a rough name; two of the same kind cannot be told apart. One flag of each kind for a person in five days.
After each they prove again who they are, in a way that whoever signed in with a stolen password and code cannot.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

import msgspec

from audit.detectors.flag import Action, Flag, TargetKind
from audit.detectors.keeping import Kept, kept
from audit.event import EventName, Outcome
from audit.ports import OpenedEntry

MOST_AT_ONCE: Final = 2
REFRACTORY_MS: Final = 5 * 24 * 3_600_000

_MOST_PEOPLE: Final = 10_000
_SIGN_INS: Final = frozenset({EventName.AGENT_LOGIN_STARTED, EventName.OFFICER_LOGIN_STARTED})


class _State(Kept):
    flagged: list[tuple[str, int]]


class LoginBeside:
    """Implements Detector. The score is the number of sign-ins over the most that are usual. Memory: when each of at
    most 10,000 people was flagged, for each kind of flag."""

    name: Final = "login_beside"

    def __init__(self) -> None:
        self._last = -1
        self._flagged: OrderedDict[str, int] = OrderedDict()

    def observe(self, entry: OpenedEntry) -> Iterable[Flag]:
        event = entry.event
        if event is None or event.name not in _SIGN_INS or event.outcome is not Outcome.DONE:
            return ()
        beside = event.facts.get("beside", 0)
        if entry.index <= self._last or not event.actor.id or not isinstance(beside, int) or beside < 1:
            return ()
        self._last = entry.index
        elsewhere = bool(event.facts.get("in_session")) and bool(event.facts.get("other_browser"))
        keys = [key for key, holds in (("during", elsewhere), ("many", beside >= MOST_AT_ONCE)) if holds]
        key = next((one for one in keys if self._due(one, event.actor.id, event.at_ms)), None)
        if key is None:
            return ()
        facts = {"logins": beside + 1, "entry": entry.index}
        agent = TargetKind.AGENT
        score = (beside + 1) / MOST_AT_ONCE
        reason = f"flag.login_beside.{key}"
        return [Flag(self.name, event.actor.id, score, reason, Action.STEP_UP, facts, (entry.index,), agent)]

    def state(self) -> bytes:
        return msgspec.json.encode(_State(1, self._last, list(self._flagged.items())))

    def restore(self, state: bytes) -> None:
        found = kept(state, _State)
        self._last, self._flagged = found.last, OrderedDict(found.flagged)

    def _due(self, key: str, person: str, now_ms: int) -> bool:
        name = f"{key}/{person}"
        before = self._flagged.get(name)
        if before is not None and now_ms - before < REFRACTORY_MS:
            return False
        self._flagged.pop(name, None)
        self._flagged[name] = now_ms
        if len(self._flagged) > 2 * _MOST_PEOPLE:
            self._flagged.popitem(last=False)
        return True
