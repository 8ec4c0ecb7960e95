"""What the log says of each event of a session. Pure.

An event that gives something is two entries: `intent`, durable before anything follows, and `outcome`. What takes
something away, or was refused, is one entry afterwards. Facts are pseudonyms, states, causes, levels, times and hashes;
what is known about the customer stands in the customer's own section.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from session.deadlines import AGREED
from session.events import (
    BadgeAccepted,
    Connected,
    ConnectionLost,
    ConsentDeclined,
    ConsentGranted,
    ConsentRefused,
    InvitationClaimed,
    Paused,
    Resumed,
    SessionEvent,
    ShareStarted,
    TimePassed,
    VerificationLapsed,
    VerificationRefused,
    VerificationSucceeded,
)
from session.model import EndCause, Session, State

Facts = Mapping[str, Fact]


def opening(session: Session, now: int) -> Event:
    """The intent entry of a session that is about to be opened."""
    facts = {"purpose": session.purpose.value, "login": session.agent_login}
    return entry(session, EventName.AGENT_SESSION_OPENED, Outcome.INTENT, now, facts)


def opening_refused(session: Session, reason: str, now: int) -> Event:
    return entry(session, EventName.AGENT_SESSION_REFUSED, Outcome.REFUSED, now, {"reason": reason})


def intent(before: Session, event: SessionEvent, after: Session, now: int) -> Event | None:
    """The intent entry of an event that gives; None where it gives nothing: `remarks` may have something to say."""
    told = _told(before, event, after)
    if told is None:
        return None
    return entry(before, told.name, Outcome.INTENT, now, told.facts, told.personal)


def outcome(intended: Event, index: int, result: Outcome, now: int, **facts: Fact) -> Event:
    """Closes the intent entry at `index`. What was said of the customer there is not said again."""
    return replace(intended, outcome=result, at_ms=now, intent=index, facts=facts, personal={})


def taken(before: Session, event: SessionEvent, after: Session, now: int) -> tuple[Event, ...]:
    """The entries of what took something away: what happened, and the end if that was the end."""
    told = _told(before, event, after)
    entries = []
    if told is not None:
        entries.append(entry(before, told.name, told.outcome, now, told.facts, told.personal))
    if after.state is State.ENDED and before.state is not State.ENDED:
        entries.append(end(after, before.state, now))
    return tuple(entries)


def share_refused(session: Session, event: ShareStarted, now: int) -> Event:
    known = event.surface if event.surface in {"tab", "window", "screen", "unknown"} else "other"
    agreed = session.consent.surface.value if session.consent else ""
    facts = {"surface": known, "agreed": agreed}
    return entry(session, EventName.CUSTOMER_SHARE_REFUSED, Outcome.REFUSED, now, facts)


def end(session: Session, state_before: State | None, now: int) -> Event:
    """The entry of an end. `state_before` is None where only the row tells of it."""
    cause = session.end_cause or EndCause.SERVER_RESTARTED
    ended_at = now if session.ended_at is None else session.ended_at
    facts: dict[str, Fact] = {"cause": cause.value, "duration_ms": ended_at - session.opened_at}
    if state_before is not None:
        facts["state_before"] = state_before.value
    name = _ENDED_BY.get(cause, EventName.SYSTEM_SESSION_ENDED)
    if name is EventName.OFFICER_SESSION_ENDED and session.ended_by is None:
        name = EventName.SYSTEM_SESSION_ENDED
    return entry(session, name, Outcome.DONE, now, facts)


def unknown_outcome(of: Event, index: int, now: int) -> Event:
    """Closes an intent that a crash left open: whether it took effect cannot be said."""
    return Event(
        name=EventName.SYSTEM_OUTCOME_UNKNOWN,
        outcome=Outcome.UNKNOWN,
        at_ms=now,
        actor=Actor(ActorKind.SYSTEM),
        case=of.case,
        session=of.session,
        customer=of.customer,
        intent=index,
        facts={"of": of.name.value},
    )


ENDS: Final = frozenset(
    {
        EventName.CUSTOMER_SESSION_ENDED,
        EventName.AGENT_SESSION_ENDED,
        EventName.OFFICER_SESSION_ENDED,
        EventName.SYSTEM_SESSION_ENDED,
    }
)

_ENDED_BY: Final = {
    EndCause.CUSTOMER_STOPPED: EventName.CUSTOMER_SESSION_ENDED,
    EndCause.BROWSER_STOPPED: EventName.CUSTOMER_SESSION_ENDED,
    EndCause.AGENT_LEFT: EventName.AGENT_SESSION_ENDED,
    EndCause.AGENT_SIGNED_OUT: EventName.AGENT_SESSION_ENDED,
    EndCause.OFFICER_ENDED: EventName.OFFICER_SESSION_ENDED,
    EndCause.BLOCKED: EventName.OFFICER_SESSION_ENDED,
}


def entry(
    session: Session,
    name: EventName,
    outcome: Outcome,
    now: int,
    facts: Facts,
    personal: Facts | None = None,
) -> Event:
    """An entry of this session. Its actor is the one that its name begins with."""
    return Event(
        name=name,
        outcome=outcome,
        at_ms=now,
        actor=_actor(session, name),
        case=session.case,
        session=session.id,
        customer=session.customer,
        facts=facts,
        personal={session.customer: personal} if personal else {},
    )


def _actor(session: Session, name: EventName) -> Actor:
    kind = ActorKind(name.value.split(":", 1)[0])
    ids = {
        ActorKind.CUSTOMER: session.customer,
        ActorKind.AGENT: session.agent,
        ActorKind.OFFICER: session.ended_by or "",
    }
    return Actor(kind, ids.get(kind, ""))


@dataclass(frozen=True, slots=True)
class _Told:
    name: EventName
    facts: Facts
    personal: Facts = field(default_factory=dict)
    outcome: Outcome = Outcome.DONE


def _told(before: Session, event: SessionEvent, after: Session) -> _Told | None:
    teller = _TELLERS.get(type(event))
    return teller(before, event, after) if teller else None


def _claimed(_before: Session, event: InvitationClaimed, _after: Session) -> _Told:
    key = {"device_key": event.device.public_key}
    return _Told(EventName.CUSTOMER_INVITATION_CLAIMED, {"device": event.device.id}, key)


def _badge(before: Session, _event: BadgeAccepted, after: Session) -> _Told:
    facts = {"agent": before.agent, "introduction": after.introduction.value}
    return _Told(EventName.CUSTOMER_BADGE_ACCEPTED, facts)


def _verified(_before: Session, event: VerificationSucceeded, _after: Session) -> _Told:
    found = event.verification
    facts: Facts = {
        "method": found.method,
        "level": found.level.value,
        "until_ms": found.until,
        "device": found.device,
    }
    return _Told(EventName.CUSTOMER_CODE_VERIFIED, facts)


def _code_refused(_before: Session, event: VerificationRefused, after: Session) -> _Told:
    name = EventName.CUSTOMER_CODE_REPLAYED if event.replayed else EventName.CUSTOMER_CODE_REFUSED
    facts: Facts = {"method": event.method, "counted": event.counted, "failures": after.code_failures}
    return _Told(name, facts, outcome=Outcome.REFUSED)


def _agreed(before: Session, event: ConsentGranted, _after: Session) -> _Told:
    consent = event.consent
    facts: Facts = {
        "scopes": ",".join(sorted(scope.value for scope in consent.scopes)),
        "surface": consent.surface.value,
        "granted_at_ms": consent.granted_at,
        "until_ms": consent.until,
        "level_needed": consent.level_needed.value,
        "wording_version": consent.wording_version,
        "document_sha256": hashlib.sha256(consent.document.encode()).hexdigest(),
    }
    personal: Facts = {
        "document": consent.document,
        "signature": consent.signature,
        "device_key": before.device.public_key if before.device else "",
        "language": consent.language,
    }
    return _Told(EventName.CUSTOMER_CONSENT_GRANTED, facts, personal)


def _consent_refused(_before: Session, event: ConsentRefused, _after: Session) -> _Told:
    return _Told(EventName.CUSTOMER_CONSENT_REFUSED, {"reason": event.reason}, outcome=Outcome.REFUSED)


def _lapsed(before: Session, _event: VerificationLapsed | TimePassed, after: Session) -> _Told | None:
    found = before.verification
    if found is None or after.verification is not None or after.state is not State.VERIFYING:
        return None
    return _Told(EventName.SYSTEM_VERIFICATION_LAPSED, {"method": found.method, "until_ms": found.until})


def _declined(_before: Session, _event: ConsentDeclined, _after: Session) -> _Told:
    return _Told(EventName.CUSTOMER_CONSENT_DECLINED, {})


def _started(_before: Session, event: ShareStarted, after: Session) -> _Told:
    return _Told(EventName.CUSTOMER_SHARE_STARTED, {"surface": event.surface, "epoch": after.epoch})


def _paused(before: Session, _event: Paused, _after: Session) -> _Told:
    return _Told(EventName.CUSTOMER_SHARE_PAUSED, {"epoch": before.epoch})


def _resumed(_before: Session, _event: Resumed, after: Session) -> _Told:
    return _Told(EventName.CUSTOMER_SHARE_RESUMED, {"epoch": after.epoch})


def _lost(before: Session, event: ConnectionLost, after: Session) -> _Told | None:
    if before.state not in AGREED or after.state is not State.INTERRUPTED:
        return None
    facts = {"party": event.party.value, "state_before": before.state.value}
    return _Told(EventName.SYSTEM_SHARE_INTERRUPTED, facts)


def _connected(before: Session, event: Connected, after: Session) -> _Told | None:
    if before.consent is not None and after.consent is None:
        facts: Facts = {
            "party": event.party.value,
            "state_before": before.state.value,
            "consent_dropped": True,
        }
        return _Told(EventName.SYSTEM_SHARE_INTERRUPTED, facts)
    if before.state is State.INTERRUPTED and after.state in AGREED:
        facts = {"party": event.party.value, "state": after.state.value, "epoch": after.epoch}
        return _Told(EventName.SYSTEM_SHARE_RESTORED, facts)
    return None


_TELLERS: Final[Mapping[type, Callable[[Session, Any, Session], _Told | None]]] = {
    InvitationClaimed: _claimed,
    BadgeAccepted: _badge,
    VerificationSucceeded: _verified,
    VerificationRefused: _code_refused,
    VerificationLapsed: _lapsed,
    TimePassed: _lapsed,
    ConsentGranted: _agreed,
    ConsentRefused: _consent_refused,
    ConsentDeclined: _declined,
    ShareStarted: _started,
    Paused: _paused,
    Resumed: _resumed,
    ConnectionLost: _lost,
    Connected: _connected,
}
