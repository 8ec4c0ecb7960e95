"""A code that was used already is entered again, from another session or device: somebody may be relaying codes live.

Once: a flag on that session, and the customer is told. In two sessions within ten minutes: both end and are held. The
same code sent twice in one session (a double click, a retry) never reaches the log as a replay.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

import msgspec

from audit.detectors.flag import Action, Flag
from audit.detectors.keeping import Kept, kept
from audit.event import EventName, Fact
from audit.ports import OpenedEntry

WINDOW_MS: Final = 600_000
SESSIONS_TO_HOLD: Final = 2

_MOST_CUSTOMERS: Final = 10_000
_MOST_REPLAYS: Final = 100
_MINUTES: Final = WINDOW_MS // 60_000


class _Replay(msgspec.Struct, forbid_unknown_fields=True):
    index: int
    at_ms: int
    session: str
    held: bool = False


class _State(Kept):
    customers: list[tuple[str, list[_Replay]]]


class ReplayedCode:
    """Implements Detector. The score is the number of distinct sessions within the window."""

    name: Final = "replayed_code"

    def __init__(self) -> None:
        self._last = -1
        self._customers: OrderedDict[str, list[_Replay]] = OrderedDict()

    def observe(self, entry: OpenedEntry) -> Iterable[Flag]:
        event = entry.event
        if event is None or event.name is not EventName.CUSTOMER_CODE_REPLAYED:
            return ()
        if entry.index <= self._last or not event.session or not event.customer:
            return ()
        self._last = entry.index
        replay = _Replay(entry.index, event.at_ms, event.session)
        recent = self._remember(event.customer, replay)
        sessions = {one.session for one in recent}
        if len(sessions) >= SESSIONS_TO_HOLD:
            return self._hold(event.customer, recent, len(sessions))
        return [self._flag(event.customer, replay)] if len(recent) == 1 else []

    def state(self) -> bytes:
        return msgspec.json.encode(_State(1, self._last, list(self._customers.items())))

    def restore(self, state: bytes) -> None:
        found = kept(state, _State)
        self._last = found.last
        self._customers = OrderedDict(found.customers)

    def _remember(self, customer: str, replay: _Replay) -> list[_Replay]:
        """The customer's replays within the window, this one included."""
        before = self._customers.pop(customer, [])
        recent = [one for one in before if abs(replay.at_ms - one.at_ms) <= WINDOW_MS][1 - _MOST_REPLAYS :]
        recent.append(replay)
        self._customers[customer] = recent
        if len(self._customers) > _MOST_CUSTOMERS:
            self._customers.popitem(last=False)
        return recent

    def _flag(self, customer: str, replay: _Replay) -> Flag:
        return Flag(
            self.name,
            replay.session,
            1.0,
            "flag.replayed_code.once",
            Action.FLAG,
            {"customer": customer, "session": replay.session},
            (replay.index,),
        )

    def _hold(self, customer: str, recent: list[_Replay], sessions: int) -> list[Flag]:
        """One for each session in the window that is not held yet: any of them may be the relay's."""
        facts: dict[str, Fact] = {
            "customer": customer,
            "sessions": sessions,
            "minutes": _MINUTES,
            "cap": SESSIONS_TO_HOLD - 1,
        }
        entries = tuple(one.index for one in recent)
        held = {one.session for one in recent if one.held}
        fresh = list(dict.fromkeys(one.session for one in recent if one.session not in held))
        for one in recent:
            one.held = True
        return [
            Flag(
                self.name,
                session,
                float(sessions),
                "flag.replayed_code.sessions",
                Action.HOLD,
                facts,
                entries,
            )
            for session in fresh
        ]
