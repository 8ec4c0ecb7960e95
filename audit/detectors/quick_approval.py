"""The second pair of eyes that does not look: approvals given as soon as they are asked for, or to one asker above all.

An approval is a supervisor's of a provisional case, a second agent's of an action that needs the highest assurance, and
the second vouching for a change of a customer's factors. It is quick under ten seconds after it was asked for; nobody
has read anything by then. Two counts of an approver's last 100 approvals within 30 days are compared with Beta-binomial
distributions of weight 20: the quick ones, at the rate of all other approvers (one in twenty to one in two), and those
for the asker they approve most, at the share that others give to theirs (three in twenty to three in four; one in two
where nobody else approves). The exact upper tail in nats is the score; from 9 nats on (one chance in 8,100) it is a
flag on the approver, once in five days. An intent counts, since whoever approved did so whether or not it took effect.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

import msgspec

from audit.detectors.flag import Action, Flag, TargetKind
from audit.detectors.keeping import Kept, kept
from audit.detectors.tails import beta_binomial_nats
from audit.event import Event, EventName, Fact, Outcome
from audit.ports import OpenedEntry

QUICK_MS: Final = 10_000
FLAG_NATS: Final = 9.0
DAYS: Final = 30
WINDOW_MS: Final = DAYS * 24 * 3_600_000
REFRACTORY_MS: Final = 5 * 24 * 3_600_000
WEIGHT: Final = 20.0
PAIR_WEIGHT: Final = 40.0
LAST_OF_AN_APPROVER: Final = 100
QUICK_MEANS: Final = (0.05, 0.5)
PAIR_MEANS: Final = (0.15, 0.75)
ALONE: Final = 0.5

_MOST_APPROVERS: Final = 10_000
_MOST_ASKED: Final = 20_000
_ASKS: Final = {
    EventName.AGENT_ACTION_PROPOSED: "action",
    EventName.AGENT_FACTOR_REQUEST_MADE: "request",
    EventName.OFFICER_FACTOR_REQUEST_MADE: "request",
    EventName.AGENT_CASE_OPENED: "",
}
_VOUCHED: Final = frozenset(
    {EventName.AGENT_FACTOR_REQUEST_VOUCHED, EventName.OFFICER_FACTOR_REQUEST_VOUCHED}
)
_APPROVES: Final = {
    EventName.AGENT_ACTION_APPROVED: "action",
    EventName.AGENT_CASE_APPROVED: "",
    **dict.fromkeys(_VOUCHED, "request"),
}


class _Asked(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    by: str
    at_ms: int


class _Approval(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    at_ms: int
    index: int
    asker: str
    quick: bool


class _Approver(msgspec.Struct, forbid_unknown_fields=True):
    """`quick` and `askers` count the approvals: they are many, and one changes at a time."""

    approvals: list[_Approval]
    quick: int
    askers: dict[str, int]
    flagged_ms: int | None = None


class _State(Kept):
    approvers: list[tuple[str, _Approver]]
    asked: list[tuple[str, _Asked]]


class QuickApproval:
    """Implements Detector. The score is nats. Memory: 100 approvals of each of at most 10,000 approvers, and at most
    20,000 things that wait for one."""

    name: Final = "quick_approval"

    def __init__(self, flag_nats: float = FLAG_NATS) -> None:
        self._flag_nats = flag_nats
        self._last = -1
        self._approvers: OrderedDict[str, _Approver] = OrderedDict()
        self._asked: OrderedDict[str, _Asked] = OrderedDict()
        self._all = self._quick = self._favoured = 0

    def observe(self, entry: OpenedEntry) -> Iterable[Flag]:
        event = entry.event
        if event is None or entry.index <= self._last or event.outcome is not Outcome.INTENT:
            return ()
        if not event.actor.id:
            return ()
        if event.name in _VOUCHED and event.facts.get("step") == "first":
            # an operator asked, who vouches for nothing: it begins here
            return self._ask(event, _about(event, "request"), entry.index)
        if (fact := _ASKS.get(event.name)) is not None:
            return self._ask(event, _about(event, fact), entry.index)
        if (fact := _APPROVES.get(event.name)) is not None:
            return self._approve(event, _about(event, fact), entry.index)
        return ()

    def state(self) -> bytes:
        found = _State(1, self._last, list(self._approvers.items()), list(self._asked.items()))
        return msgspec.json.encode(found)

    def restore(self, state: bytes) -> None:
        found = kept(state, _State)
        self._last = found.last
        self._approvers, self._asked = OrderedDict(found.approvers), OrderedDict(found.asked)
        self._all = self._quick = self._favoured = 0
        for approver in self._approvers.values():
            self._count(approver, 1)

    def _ask(self, event: Event, about: str, index: int) -> Iterable[Flag]:
        if about:
            self._last = index
            self._asked.pop(about, None)
            self._asked[about] = _Asked(event.actor.id, event.at_ms)
            if len(self._asked) > _MOST_ASKED:
                self._asked.popitem(last=False)
        return ()

    def _approve(self, event: Event, about: str, index: int) -> Iterable[Flag]:
        """Of what was asked before anybody listened, nothing is known: it does not count. A second try of the same
        approval does not count either."""
        asked = self._asked.pop(about, None)
        if asked is None:
            return ()
        self._last = index
        quick = event.at_ms - asked.at_ms < QUICK_MS
        known = self._keep(event.actor.id, _Approval(event.at_ms, index, asked.by, quick))
        if known.flagged_ms is not None and event.at_ms - known.flagged_ms < REFRACTORY_MS:
            return ()
        found = [self._hasty(event, known) if quick else None, self._paired(event, known, asked.by)]
        flags = [flag for flag in found if flag is not None]
        if not flags:
            return ()
        known.flagged_ms = event.at_ms
        return [max(flags, key=lambda flag: flag.score)]

    def _keep(self, name: str, approval: _Approval) -> _Approver:
        known = self._approvers.pop(name, None) or _Approver([], 0, {})
        self._approvers[name] = known
        self._count(known, -1)
        while known.approvals and _is_over(known.approvals, approval.at_ms):
            _forget_oldest(known)
        known.approvals.append(approval)
        known.quick += approval.quick
        known.askers[approval.asker] = known.askers.get(approval.asker, 0) + 1
        self._count(known, 1)
        if len(self._approvers) > _MOST_APPROVERS:
            self._count(self._approvers.popitem(last=False)[1], -1)
        return known

    def _count(self, known: _Approver, sign: int) -> None:
        self._all += sign * len(known.approvals)
        self._quick += sign * known.quick
        self._favoured += sign * max(known.askers.values(), default=0)

    def _hasty(self, event: Event, known: _Approver) -> Flag | None:
        usual = self._others(known, self._quick - known.quick, QUICK_MEANS, QUICK_MEANS[0])
        nats = _nats(known.quick, len(known.approvals), usual, WEIGHT)
        if nats < self._flag_nats:
            return None
        entries = tuple(one.index for one in known.approvals if one.quick)
        facts: dict[str, Fact] = {"quick": known.quick, "approvals": len(known.approvals), "days": DAYS}
        return _flag(event.actor.id, nats, "flag.quick_approval", facts, entries)

    def _paired(self, event: Event, known: _Approver, asker: str) -> Flag | None:
        """Where this approval was for the asker whom they approve most."""
        times = known.askers[asker]
        if times < max(known.askers.values()):
            return None
        usual = self._others(known, self._favoured - times, PAIR_MEANS, ALONE)
        nats = _nats(times, len(known.approvals), usual, PAIR_WEIGHT)
        if nats < self._flag_nats:
            return None
        entries = tuple(one.index for one in known.approvals if one.asker == asker)
        facts: dict[str, Fact] = {
            "times": times,
            "approvals": len(known.approvals),
            "asker": asker,
            "days": DAYS,
        }
        return _flag(event.actor.id, nats, "flag.quick_approval.pair", facts, entries)

    def _others(self, known: _Approver, count: int, means: tuple[float, float], alone: float) -> float:
        others = self._all - len(known.approvals)
        return min(means[1], max(means[0], count / others)) if others else alone


def _about(event: Event, fact: str) -> str:
    """What is asked for or approved; "" where the entry does not say. An empty `fact` stands for the case."""
    return str(event.facts.get(fact, "")) if fact else event.case or ""


def _is_over(approvals: list[_Approval], now_ms: int) -> bool:
    """Whether the oldest is not looked at any more once another is there."""
    return len(approvals) >= LAST_OF_AN_APPROVER or now_ms - approvals[0].at_ms > WINDOW_MS


def _forget_oldest(known: _Approver) -> None:
    one = known.approvals.pop(0)
    known.quick -= one.quick
    known.askers[one.asker] -= 1
    if not known.askers[one.asker]:
        del known.askers[one.asker]


def _nats(count: int, approvals: int, usual: float, weight: float) -> float:
    """0.0 where there are no more than usual: that is most often so, and known without a sum."""
    if count <= approvals * usual:
        return 0.0
    return beta_binomial_nats(count, approvals, usual * weight, (1 - usual) * weight)


def _flag(target: str, nats: float, key: str, facts: dict[str, Fact], entries: tuple[int, ...]) -> Flag:
    return Flag(QuickApproval.name, target, nats, key, Action.FLAG, facts, entries, TargetKind.AGENT)
