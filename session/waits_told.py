"""What the log says of a customer who asked first. Pure; part of `recording`."""

from audit.event import EventName, Fact, Outcome
from session.events import HandedOver, HelpAccepted, HelpProlonged, MeetingCodeMatched, MeetingCodeRefused
from session.model import Help, Session
from session.told import Facts, Told


def asked(session: Session, help_asked: Help) -> Told:
    """With this the session begins. The key is the one that the customer's page will sign with."""
    facts: dict[str, Fact] = {"topic": help_asked.topic, "language": help_asked.language}
    key: Facts = {}
    if session.device is not None:
        facts["device"], key = session.device.id, {"device_key": session.device.public_key}
    return Told(EventName.CUSTOMER_HELP_ASKED, facts, key)


def accepted(before: Session, event: HelpAccepted, after: Session) -> Told:
    at = after.help.accepted_at if after.help else None
    waited = max(0, at - before.state_since) if at is not None else 0
    return Told(EventName.AGENT_HELP_ACCEPTED, {"login": event.login, "waited_ms": waited})


def handed_over(before: Session, event: HandedOver, after: Session) -> Told:
    """Of whoever leaves; `to` is "" where it goes to whoever accepts."""
    often = after.handed.often if after.handed else 0
    facts: Facts = {"to": event.to, "state_before": before.state.value, "often": often}
    return Told(EventName.AGENT_SESSION_HANDED_OVER, facts)


def prolonged(_before: Session, _event: HelpProlonged, after: Session) -> Told:
    return Told(EventName.CUSTOMER_HELP_PROLONGED, {"until_ms": after.invitation_expires_at})


def met(_before: Session, _event: MeetingCodeMatched, _after: Session) -> Told:
    return Told(EventName.AGENT_MEETING_CONFIRMED, {})


def mistyped(_before: Session, _event: MeetingCodeRefused, after: Session) -> Told:
    failures = after.help.mistyped if after.help else 0
    return Told(EventName.AGENT_MEETING_REFUSED, {"failures": failures}, outcome=Outcome.REFUSED)
