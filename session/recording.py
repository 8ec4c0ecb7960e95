"""What the log says of each event of a session. Pure.

An event that gives something is two entries: `intent`, durable before anything follows, and `outcome`. What takes
something away, or was refused, is one entry afterwards. Facts are pseudonyms, states, causes, levels, times and hashes;
what is known about the customer stands in the customer's own section.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from session import receipt_facts, waits_told
from session.deadlines import AGREED
from session.events import (
    AgreementReopened,
    BadgeAccepted,
    BadgeIssued,
    Connected,
    ConnectionLost,
    ConsentDeclined,
    ConsentGranted,
    ConsentRefused,
    ExchangeDropped,
    ExchangeSettled,
    ExchangeStarted,
    FingerprintSeen,
    HandedOver,
    HelpAccepted,
    HelpProlonged,
    IntroductionRefused,
    InvitationClaimed,
    MeetingCodeMatched,
    MeetingCodeRefused,
    Paused,
    Resumed,
    SessionEvent,
    ShareStarted,
    StepUpAsked,
    TimePassed,
    VerificationDeclined,
    VerificationLapsed,
    VerificationRefused,
    VerificationSucceeded,
    WordsMatched,
)
from session.identity import StaffId
from session.model import EndCause, IntroductionFault, Party, Session, State
from session.told import Facts, Told


def opening(session: Session, now: int) -> Event:
    """The intent entry of a session that is about to be opened, by whoever opens it."""
    if session.help is not None:
        told = waits_told.asked(session, session.help)
        return entry(session, told.name, Outcome.INTENT, now, told.facts, told.personal)
    facts = {"purpose": session.purpose.value, "login": session.agent_login}
    return entry(session, EventName.AGENT_SESSION_OPENED, Outcome.INTENT, now, facts)


def opening_refused(session: Session, reason: str, now: int) -> Event:
    name = EventName.AGENT_SESSION_REFUSED if session.agent else EventName.CUSTOMER_HELP_REFUSED
    return entry(session, name, Outcome.REFUSED, now, {"reason": reason})


def acceptance_refused(session: Session, agent: StaffId, reason: str, now: int) -> Event:
    """Of somebody who waits; `agent` wanted to accept."""
    refused = entry(session, EventName.AGENT_HELP_REFUSED, Outcome.REFUSED, now, {"reason": reason})
    return replace(refused, actor=Actor(ActorKind.AGENT, agent))


def intent(before: Session, event: SessionEvent, after: Session, now: int) -> Event | None:
    """The intent entry of an event that gives; None where it gives nothing: `remarks` may have something to say."""
    told = _told(before, event, after)
    if told is None:
        return None
    return entry(after, told.name, Outcome.INTENT, now, told.facts, told.personal)


def outcome(intended: Event, index: int, result: Outcome, now: int, **facts: Fact) -> Event:
    """Closes the intent entry at `index`. What was said of the customer there is not said again."""
    return replace(intended, outcome=result, at_ms=now, intent=index, facts=facts, personal={})


def taken(before: Session, event: SessionEvent, after: Session, now: int) -> tuple[Event, ...]:
    """The entries of what took something away: what happened, and the end if that was the end."""
    told = _told(before, event, after)
    entries = []
    if told is not None:
        dropped = before.consent is not None and after.consent is None
        personal = receipt_facts.of_dropped(before, now) if dropped else told.personal
        entries.append(entry(before, told.name, told.outcome, now, told.facts, personal))
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
    return entry(session, name, Outcome.DONE, now, facts, receipt_facts.of_end(session, cause, ended_at))


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


def _told(before: Session, event: SessionEvent, after: Session) -> Told | None:
    teller = _TELLERS.get(type(event))
    return teller(before, event, after) if teller else None


def _claimed(_before: Session, event: InvitationClaimed, _after: Session) -> Told:
    key = {"device_key": event.device.public_key}
    return Told(EventName.CUSTOMER_INVITATION_CLAIMED, {"device": event.device.id}, key)


def _badge(before: Session, _event: BadgeAccepted, after: Session) -> Told:
    facts = {"agent": before.agent, "introduction": after.introduction.value}
    return Told(EventName.CUSTOMER_BADGE_ACCEPTED, facts)


def _badge_issued(_before: Session, event: BadgeIssued, _after: Session) -> Told:
    badge = event.badge
    facts: Facts = {
        "badge": badge.id,
        "document_sha256": hashlib.sha256(badge.document.encode()).hexdigest(),
        "expires_at_ms": badge.expires_at,
        "method": event.method,
        "asserted_at_ms": event.asserted_at,
    }
    return Told(EventName.AGENT_BADGE_ISSUED, facts)


def _exchange_started(_before: Session, event: ExchangeStarted, after: Session) -> Told:
    if after.state is State.ENDED:
        facts: Facts = {"reason": IntroductionFault.RUNS_USED_UP.value, "run": event.run}
        return Told(EventName.SYSTEM_INTRODUCTION_REFUSED, facts, outcome=Outcome.REFUSED)
    return Told(EventName.CUSTOMER_EXCHANGE_STARTED, {"run": event.run})


def _exchange_settled(before: Session, event: ExchangeSettled, _after: Session) -> Told:
    facts: Facts = {"run": before.exchange.run, "transcript": event.transcript}
    return Told(EventName.SYSTEM_EXCHANGE_SETTLED, facts)


def _exchange_dropped(before: Session, event: ExchangeDropped, after: Session) -> Told | None:
    if before.exchange == after.exchange:
        return None
    return Told(EventName.SYSTEM_EXCHANGE_DROPPED, {"run": before.exchange.run, "party": event.party.value})


def _words_matched(before: Session, event: WordsMatched, after: Session) -> Told:
    name = {Party.CUSTOMER: EventName.CUSTOMER_WORDS_MATCHED, Party.AGENT: EventName.AGENT_WORDS_MATCHED}
    facts: Facts = {"run": before.exchange.run, "introduction": after.introduction.value}
    return Told(name[event.party], facts)


def _introduction_refused(before: Session, event: IntroductionRefused, _after: Session) -> Told:
    facts: Facts = {"reason": event.fault.value, "run": before.exchange.run}
    if event.by is Party.CUSTOMER and event.fault is IntroductionFault.IMPOSTOR:
        return Told(EventName.CUSTOMER_IMPOSTOR_REPORTED, facts)
    names = {
        Party.CUSTOMER: EventName.CUSTOMER_INTRODUCTION_REFUSED,
        Party.AGENT: EventName.AGENT_INTRODUCTION_REFUSED,
        None: EventName.SYSTEM_INTRODUCTION_REFUSED,
    }
    return Told(names[event.by], facts, outcome=Outcome.REFUSED)


def _verified(_before: Session, event: VerificationSucceeded, _after: Session) -> Told:
    found = event.verification
    facts: Facts = {
        "method": found.method,
        "level": found.level.value,
        "until_ms": found.until,
        "device": found.device,
    }
    if found.action:
        return Told(EventName.CUSTOMER_ACTION_CONFIRMED, {**facts, "action_sha256": found.action})
    return Told(EventName.CUSTOMER_CODE_VERIFIED, facts)


def _asked(before: Session, event: StepUpAsked, _after: Session) -> Told:
    facts: dict[str, Fact] = {"level": event.level.value, "state_before": before.state.value}
    if event.action:
        facts["action_sha256"] = event.action
    return Told(EventName.AGENT_VERIFICATION_ASKED, facts)


def _not_proved(before: Session, _event: VerificationDeclined, _after: Session) -> Told:
    level = before.asked.level.value if before.asked else ""
    return Told(EventName.CUSTOMER_VERIFICATION_DECLINED, {"level": level})


def _fingerprint(before: Session, _event: FingerprintSeen, after: Session) -> Told | None:
    if before.media_fingerprint in {"", after.media_fingerprint}:
        return None
    method = before.verification.method if before.verification else ""
    facts = {"reason": "fingerprint", "method": method, "state_before": before.state.value}
    return Told(EventName.SYSTEM_VERIFICATION_VOIDED, facts)


def _code_refused(_before: Session, event: VerificationRefused, after: Session) -> Told:
    name = EventName.CUSTOMER_CODE_REPLAYED if event.replayed else EventName.CUSTOMER_CODE_REFUSED
    facts: Facts = {"method": event.method, "counted": event.counted, "failures": after.code_failures}
    return Told(name, facts, outcome=Outcome.REFUSED)


def _agreed(before: Session, event: ConsentGranted, _after: Session) -> Told:
    consent = event.consent
    facts: dict[str, Fact] = {
        "scopes": ",".join(sorted(scope.value for scope in consent.scopes)),
        "surface": consent.surface.value,
        "granted_at_ms": consent.granted_at,
        "until_ms": consent.until,
        "level_needed": consent.level_needed.value,
        "wording_version": consent.wording_version,
        "document_sha256": hashlib.sha256(consent.document.encode()).hexdigest(),
    }
    if before.consent is not None:  # more time for what was agreed to
        facts["extends_sha256"] = hashlib.sha256(before.consent.document.encode()).hexdigest()
    personal: Facts = {
        "document": consent.document,
        "signature": consent.signature,
        "device_key": before.device.public_key if before.device else "",
        "language": consent.language,
        "granted_at_ms": consent.granted_at,
        "until_ms": consent.until,
    }
    return Told(EventName.CUSTOMER_CONSENT_GRANTED, facts, personal)


def _consent_refused(_before: Session, event: ConsentRefused, _after: Session) -> Told:
    return Told(EventName.CUSTOMER_CONSENT_REFUSED, {"reason": event.reason}, outcome=Outcome.REFUSED)


def _lapsed(before: Session, _event: VerificationLapsed | TimePassed, after: Session) -> Told | None:
    found = before.verification
    if found is None or after.verification is not None or after.state is not State.VERIFYING:
        return None
    return Told(EventName.SYSTEM_VERIFICATION_LAPSED, {"method": found.method, "until_ms": found.until})


def _declined(_before: Session, _event: ConsentDeclined, _after: Session) -> Told:
    return Told(EventName.CUSTOMER_CONSENT_DECLINED, {})


def _reopened(before: Session, _event: AgreementReopened, after: Session) -> Told:
    facts = {"state_before": before.state.value, "state": after.state.value}
    return Told(EventName.CUSTOMER_CONSENT_REOPENED, facts)


def _started(_before: Session, event: ShareStarted, after: Session) -> Told:
    return Told(EventName.CUSTOMER_SHARE_STARTED, {"surface": event.surface, "epoch": after.epoch})


def _paused(before: Session, event: Paused, _after: Session) -> Told:
    return Told(EventName.CUSTOMER_SHARE_PAUSED, {"epoch": before.epoch, "by": event.by})


def _resumed(_before: Session, _event: Resumed, after: Session) -> Told:
    return Told(EventName.CUSTOMER_SHARE_RESUMED, {"epoch": after.epoch})


def _lost(before: Session, event: ConnectionLost, after: Session) -> Told | None:
    if before.state not in AGREED or after.state is not State.INTERRUPTED:
        return None
    facts = {"party": event.party.value, "state_before": before.state.value}
    return Told(EventName.SYSTEM_SHARE_INTERRUPTED, facts)


def _connected(before: Session, event: Connected, after: Session) -> Told | None:
    if before.consent is not None and after.consent is None:
        facts: Facts = {
            "party": event.party.value,
            "state_before": before.state.value,
            "consent_dropped": True,
        }
        return Told(EventName.SYSTEM_SHARE_INTERRUPTED, facts)
    if before.state is State.INTERRUPTED and after.state in AGREED:
        facts = {"party": event.party.value, "state": after.state.value, "epoch": after.epoch}
        return Told(EventName.SYSTEM_SHARE_RESTORED, facts)
    return None


_TELLERS: Final[Mapping[type, Callable[[Session, Any, Session], Told | None]]] = {
    InvitationClaimed: _claimed,
    HelpAccepted: waits_told.accepted,
    HandedOver: waits_told.handed_over,
    HelpProlonged: waits_told.prolonged,
    MeetingCodeMatched: waits_told.met,
    MeetingCodeRefused: waits_told.mistyped,
    BadgeAccepted: _badge,
    BadgeIssued: _badge_issued,
    ExchangeStarted: _exchange_started,
    ExchangeSettled: _exchange_settled,
    ExchangeDropped: _exchange_dropped,
    WordsMatched: _words_matched,
    IntroductionRefused: _introduction_refused,
    VerificationSucceeded: _verified,
    VerificationRefused: _code_refused,
    VerificationDeclined: _not_proved,
    StepUpAsked: _asked,
    FingerprintSeen: _fingerprint,
    VerificationLapsed: _lapsed,
    TimePassed: _lapsed,
    ConsentGranted: _agreed,
    ConsentRefused: _consent_refused,
    ConsentDeclined: _declined,
    AgreementReopened: _reopened,
    ShareStarted: _started,
    Paused: _paused,
    Resumed: _resumed,
    ConnectionLost: _lost,
    Connected: _connected,
}
