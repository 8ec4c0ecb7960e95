"""A customer's way to verify is new, and within 24 hours somebody asks for what it opens: the course of a taken-over
account.

New is an enrolment link that staff or another system issued, an enrolment or a passkey finished by whoever had it, and
a change of factors that was carried out. A browser that is remembered proves nothing, and is none. What is asked for is
an action that needs the highest assurance, or another change of factors. The rule is exact; the score is how many of
the 24 hours were left. One flag for a customer in five days.

It asks for FLAG and not for HOLD, which would end a session: the request itself waits for its own time already, in
which staff or the customer can stop it, and nobody is shut out of their own account.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

import msgspec

from audit.detectors.flag import Action, Flag, TargetKind
from audit.detectors.keeping import Kept, kept
from audit.event import EventName, Outcome
from audit.ports import OpenedEntry

WINDOW_MS: Final = 24 * 3_600_000
REFRACTORY_MS: Final = 5 * 24 * 3_600_000

_HOUR_MS: Final = 3_600_000
_MINUTE_MS: Final = 60_000
_MOST_CUSTOMERS: Final = 20_000
_RENEWS: Final = frozenset(
    {
        EventName.OPERATOR_ENROLMENT_ISSUED,
        EventName.OFFICER_ENROLMENT_ISSUED,
        EventName.AGENT_ENROLMENT_ISSUED,
        EventName.KEY_ENROLMENT_ISSUED,
        EventName.CUSTOMER_ENROLMENT_FINISHED,
        EventName.CUSTOMER_PASSKEY_REGISTERED,
        EventName.AGENT_FACTOR_REQUEST_CARRIED_OUT,
        EventName.OFFICER_FACTOR_REQUEST_CARRIED_OUT,
    }
)
_ACTS: Final = {
    EventName.AGENT_ACTION_PROPOSED: ("action", "flag.factor_then_act"),
    EventName.AGENT_FACTOR_REQUEST_MADE: ("request", "flag.factor_then_act.again"),
    EventName.OFFICER_FACTOR_REQUEST_MADE: ("request", "flag.factor_then_act.again"),
    EventName.OPERATOR_FACTOR_REQUEST_MADE: ("request", "flag.factor_then_act.again"),
}


class _Customer(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """When a way to verify was last new, by which entry; and when a flag was last raised."""

    at_ms: int
    index: int
    flagged_ms: int | None = None


class _State(Kept):
    customers: list[tuple[str, _Customer]]


class FactorThenAct:
    """Implements Detector. The score is hours, 0 to 24. Memory: three numbers of each of at most 20,000 customers,
    those whose factors have been as they are for longest forgotten first."""

    name: Final = "factor_then_act"

    def __init__(self) -> None:
        self._last = -1
        self._customers: OrderedDict[str, _Customer] = OrderedDict()

    def observe(self, entry: OpenedEntry) -> Iterable[Flag]:
        event = entry.event
        if event is None or entry.index <= self._last or not event.customer:
            return ()
        if event.name in _RENEWS and event.outcome is Outcome.DONE:
            self._renewed(event.customer, event.at_ms, entry.index)
            return ()
        act = _ACTS.get(event.name)
        if act is None or event.outcome is not Outcome.INTENT:
            return ()
        self._last = entry.index
        fact, key = act
        known = self._customers.get(event.customer)
        if known is None or not 0 <= event.at_ms - known.at_ms < WINDOW_MS:
            return ()
        if known.flagged_ms is not None and event.at_ms - known.flagged_ms < REFRACTORY_MS:
            return ()
        known.flagged_ms = event.at_ms
        since = event.at_ms - known.at_ms
        return [
            Flag(
                self.name,
                str(event.facts.get(fact, "")) or event.customer,
                (WINDOW_MS - since) / _HOUR_MS,
                key,
                Action.FLAG,
                {"customer": event.customer, "minutes": since // _MINUTE_MS},
                (known.index, entry.index),
                TargetKind.CUSTOMER_REQUEST,
            )
        ]

    def state(self) -> bytes:
        return msgspec.json.encode(_State(1, self._last, list(self._customers.items())))

    def restore(self, state: bytes) -> None:
        found = kept(state, _State)
        self._last = found.last
        self._customers = OrderedDict(found.customers)

    def _renewed(self, customer: str, at_ms: int, index: int) -> None:
        self._last = index
        former = self._customers.pop(customer, None)
        self._customers[customer] = _Customer(at_ms, index, former.flagged_ms if former else None)
        if len(self._customers) > _MOST_CUSTOMERS:
            self._customers.popitem(last=False)
