"""A log and surroundings in which all is well, for tests that spoil one thing."""

from dataclasses import replace
from typing import Any

from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.ports import OpenedEntry
from audit.self_audit.period import DAY_MS, Period
from audit.self_audit.surroundings import Account, KeyAge, Surroundings, Verified
from audit.self_audit.tally import Tally

NOW = 1_760_000_000_000
PERIOD = Period(NOW - 7 * DAY_MS, NOW)
E = EventName


def account(named: str, **changed: Any) -> Account:
    return replace(Account(id=named, role="security", state="active", factor=True), **changed)


WELL = Surroundings(
    verified=Verified(exit_code=0, sentence="Good.", size=6, root="00" * 32),
    accounts=(account("sta-1"), account("sta-2")),
    api_keys=(KeyAge(id="key-1", created_at_ms=NOW - DAY_MS, expires_at_ms=NOW + DAY_MS),),
    weaknesses=(),
)


def event(name: EventName, outcome: Outcome = Outcome.DONE, *, ago_ms: int = DAY_MS, **given: Any) -> Event:
    actor = given.pop("actor", Actor(ActorKind.SYSTEM))
    return Event(name, outcome, NOW - ago_ms, actor, **given)


def sign_in(staff: str, ago_ms: int = 3 * DAY_MS) -> Event:
    return event(E.OFFICER_LOGIN_STARTED, ago_ms=ago_ms, actor=Actor(ActorKind.OFFICER, staff))


QUIET = (
    event(E.SYSTEM_SERVER_STARTED, ago_ms=30 * DAY_MS),
    sign_in("sta-1"),
    sign_in("sta-2"),
    event(E.AGENT_SESSION_OPENED, Outcome.INTENT, ago_ms=2 * DAY_MS, session="ses-1"),
    event(E.AGENT_SESSION_OPENED, ago_ms=2 * DAY_MS, session="ses-1", intent=3),
    event(E.CUSTOMER_SESSION_ENDED, session="ses-1", facts={"cause": "customer_stopped"}),
)


def tallied(*events: Event | None, period: Period = PERIOD) -> Tally:
    """`None` is an entry that no key opens."""
    tally = Tally(period)
    for index, one in enumerate(events):
        tally.take(OpenedEntry(index, bytes(16), one))
    return tally
