"""The entries of an enrolment, from issuing the link to the code that finishes it."""

from collections.abc import Mapping
from typing import Final

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from server.newcomers import Newcomer

CLAIMED: Final = {
    ActorKind.CUSTOMER: EventName.CUSTOMER_ENROLMENT_CLAIMED,
    ActorKind.AGENT: EventName.AGENT_ENROLMENT_CLAIMED,
    ActorKind.OFFICER: EventName.OFFICER_ENROLMENT_CLAIMED,
}
FINISHED: Final = {
    ActorKind.CUSTOMER: EventName.CUSTOMER_ENROLMENT_FINISHED,
    ActorKind.AGENT: EventName.AGENT_ENROLMENT_FINISHED,
    ActorKind.OFFICER: EventName.OFFICER_ENROLMENT_FINISHED,
}
REFUSED: Final = {
    ActorKind.CUSTOMER: EventName.CUSTOMER_ENROLMENT_REFUSED,
    ActorKind.AGENT: EventName.AGENT_ENROLMENT_REFUSED,
    ActorKind.OFFICER: EventName.OFFICER_ENROLMENT_REFUSED,
}


def entry(
    names: Mapping[ActorKind, EventName],
    person: Newcomer,
    outcome: Outcome,
    now: int,
    facts: Mapping[str, Fact],
) -> Event:
    """Something that the person of the link did, or whoever had it."""
    return Event(
        name=names[person.actor.kind],
        outcome=outcome,
        at_ms=now,
        actor=person.actor,
        customer=person.actor.id if person.actor.kind is ActorKind.CUSTOMER else None,
        facts=facts,
    )


def outcome_of(intended: Event, intent: int, outcome: Outcome, facts: Mapping[str, Fact]) -> Event:
    """What became of an intent; `intent` is its index."""
    return Event(
        name=intended.name,
        outcome=outcome,
        at_ms=intended.at_ms,
        actor=intended.actor,
        customer=intended.customer,
        intent=intent,
        facts=facts,
    )


def nobodys(reason: str, now: int) -> Event:
    """A link that is nobody's: whoever brought it is no one we know."""
    return Event(
        name=EventName.CUSTOMER_ENROLMENT_REFUSED,
        outcome=Outcome.REFUSED,
        at_ms=now,
        actor=Actor(ActorKind.CUSTOMER),
        facts={"reason": reason},
    )
