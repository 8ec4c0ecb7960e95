"""Three customers who proved who they are called the same agent an impostor: that is no misunderstanding any more.

A report ends its session and is a flag by itself (`introduction_failed`). It counts against the agent where its
customer had verified in that session, or verifies in whichever one within 24 hours after it: whoever has only got hold
of links can end sessions, but blocks nobody. The third distinct customer within 30 days is a block, for 30 minutes;
then counting begins anew.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final, TypeVar

import msgspec

from audit.detectors.flag import Action, Flag, TargetKind
from audit.detectors.keeping import Kept, kept
from audit.event import Event, EventName, Outcome
from audit.ports import OpenedEntry

CUSTOMERS: Final = 3
DAYS: Final = 30
WINDOW_MS: Final = DAYS * 24 * 3_600_000
PROVES_WITHIN_MS: Final = 24 * 3_600_000

_MOST_SESSIONS: Final = 20_000
_MOST_AGENTS: Final = 10_000
_MOST_REPORTS: Final = 50  # of one agent
_MOST_UNPROVED: Final = 10_000
_GIVES_AGENT: Final = frozenset({EventName.AGENT_SESSION_OPENED, EventName.AGENT_HELP_ACCEPTED})
_PROVES: Final = frozenset({EventName.CUSTOMER_CODE_VERIFIED, EventName.CUSTOMER_PASSKEY_ASSERTED})


V = TypeVar("V")


class _Session(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    agent: str
    proved: bool = False


class _Report(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    agent: str
    customer: str
    at_ms: int
    index: int


class _State(Kept):
    sessions: list[tuple[str, _Session]]
    unproved: list[tuple[str, _Report]]
    counted: list[tuple[str, list[_Report]]]


class ImpostorReports:
    """Implements Detector. The score is the number of customers over the number that blocks. Memory: the agents of
    20,000 sessions, 50 reports about each of at most 10,000 agents, and 10,000 whose customers may still verify."""

    name: Final = "impostor_reports"

    def __init__(self) -> None:
        self._last = -1
        self._sessions: OrderedDict[str, _Session] = OrderedDict()
        self._unproved: OrderedDict[str, _Report] = OrderedDict()  # by customer, their newest
        self._counted: OrderedDict[str, list[_Report]] = OrderedDict()

    def observe(self, entry: OpenedEntry) -> Iterable[Flag]:
        event = entry.event
        if event is None or entry.index <= self._last or event.outcome is not Outcome.DONE:
            return ()
        if event.name in _GIVES_AGENT and event.session and event.actor.id:
            self._last = entry.index
            _keep(self._sessions, event.session, _Session(event.actor.id), _MOST_SESSIONS)
        elif event.name in _PROVES and event.customer:
            self._last = entry.index
            return self._proved(event, event.customer)
        elif event.name is EventName.CUSTOMER_IMPOSTOR_REPORTED and event.session and event.customer:
            self._last = entry.index
            return self._reported(self._sessions.get(event.session), event, event.customer, entry.index)
        return ()

    def state(self) -> bytes:
        sessions, counted = list(self._sessions.items()), list(self._counted.items())
        return msgspec.json.encode(_State(1, self._last, sessions, list(self._unproved.items()), counted))

    def restore(self, state: bytes) -> None:
        found = kept(state, _State)
        self._last, self._sessions = found.last, OrderedDict(found.sessions)
        self._unproved, self._counted = OrderedDict(found.unproved), OrderedDict(found.counted)

    def _proved(self, event: Event, customer: str) -> Iterable[Flag]:
        session = self._sessions.get(event.session or "")
        if session is not None:
            session.proved = True
        report = self._unproved.pop(customer, None)
        if report is None or event.at_ms - report.at_ms > PROVES_WITHIN_MS:
            return ()
        return self._count(report, event.at_ms)

    def _reported(self, session: _Session | None, event: Event, customer: str, index: int) -> Iterable[Flag]:
        if session is None:
            return ()  # it began before anybody listened: whose it was is not known
        report = _Report(session.agent, customer, event.at_ms, index)
        if session.proved:
            return self._count(report, event.at_ms)
        _keep(self._unproved, customer, report, _MOST_UNPROVED)
        return ()

    def _count(self, report: _Report, now_ms: int) -> Iterable[Flag]:
        known = [one for one in self._counted.pop(report.agent, []) if now_ms - one.at_ms <= WINDOW_MS]
        recent = [*known, report][-_MOST_REPORTS:]
        _keep(self._counted, report.agent, recent, _MOST_AGENTS)
        customers = len({one.customer for one in recent})
        if customers < CUSTOMERS:
            return ()
        del self._counted[report.agent]
        facts = {"customers": customers, "days": DAYS}
        entries = tuple(one.index for one in recent)
        score, key, agent = customers / CUSTOMERS, "flag.impostor_reports", TargetKind.AGENT
        return [Flag(self.name, report.agent, score, key, Action.BLOCK, facts, entries, agent)]


def _keep(kept_ones: OrderedDict[str, V], key: str, value: V, most: int) -> None:
    kept_ones.pop(key, None)
    kept_ones[key] = value
    if len(kept_ones) > most:
        kept_ones.popitem(last=False)
