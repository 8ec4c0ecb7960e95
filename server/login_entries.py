"""What the log holds of staff's sign-ins. Facts name logins and reasons; never a name that was typed, or an address."""

from typing import Final

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from verification.credentials import Door

_KINDS: Final = {Door.AGENT: ActorKind.AGENT, Door.SECURITY: ActorKind.OFFICER}
STARTED: Final = {Door.AGENT: EventName.AGENT_LOGIN_STARTED, Door.SECURITY: EventName.OFFICER_LOGIN_STARTED}
REFUSED: Final = {Door.AGENT: EventName.AGENT_LOGIN_REFUSED, Door.SECURITY: EventName.OFFICER_LOGIN_REFUSED}
ENDED: Final = {Door.AGENT: EventName.AGENT_LOGIN_ENDED, Door.SECURITY: EventName.OFFICER_LOGIN_ENDED}
CONFIRMED: Final = {
    Door.AGENT: EventName.AGENT_LOGIN_CONFIRMED,
    Door.SECURITY: EventName.OFFICER_LOGIN_CONFIRMED,
}
NOT_CONFIRMED: Final = {
    Door.AGENT: EventName.AGENT_CONFIRMATION_REFUSED,
    Door.SECURITY: EventName.OFFICER_CONFIRMATION_REFUSED,
}
_REFUSALS: Final = frozenset({*REFUSED.values(), *NOT_CONFIRMED.values()})


def entry(names: dict[Door, EventName], door: Door, staff: str, now: int, facts: dict[str, Fact]) -> Event:
    """`names` is one of this module's; `staff` is "" where nobody is known by the name that was typed."""
    name = names[door]
    outcome = Outcome.REFUSED if name in _REFUSALS else Outcome.DONE
    return Event(name=name, outcome=outcome, at_ms=now, actor=Actor(_KINDS[door], staff), facts=facts)
