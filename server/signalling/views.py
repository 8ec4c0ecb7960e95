"""What each party may see of a session. Pure; what is not named here no page of that party can learn."""

from dataclasses import dataclass

import msgspec

from server.signalling.messages import (
    AgentShown,
    AgentView,
    ConsentShown,
    CustomerView,
    EndShown,
    FlagShown,
    LiveSession,
    VerificationShown,
)
from server.storage.flags import StoredFlag
from session.model import CODE_FAILURES_ALLOWED, Level, Party, Session, State


@dataclass(frozen=True, slots=True)
class Labels:
    """The readable names that belong to a session. `customer_masked` is shown to the agent until V1."""

    organisation: str
    agent_name: str
    agent_number: str
    agent_team: str
    agent_role: str
    case_reference: str
    customer_masked: str
    customer_name: str


@dataclass(frozen=True, slots=True)
class Moment:
    """What a view needs besides the session: the time, whether media may flow now, and a proposal as JSON, if any."""

    now: int
    media_may_flow: bool
    proposal: bytes | None = None


def for_customer(session: Session, labels: Labels, moment: Moment) -> CustomerView:
    proposal = moment.proposal if session.state is State.CONSENTING else None
    return CustomerView(
        party=Party.CUSTOMER,
        session=session.id,
        state=session.state,
        server_now_ms=moment.now,
        organisation=labels.organisation,
        agent=_badge(session, labels),
        case_reference=labels.case_reference,
        introduction=session.introduction,
        verification=_verification(session),
        consent=_consent(session),
        surface_shown=session.surface_shown,
        agent_present=Party.AGENT in session.present,
        customer_present=Party.CUSTOMER in session.present,
        media_may_flow=moment.media_may_flow,
        interrupted_at_ms=session.interrupted_at,
        end=_end(session),
        code_attempts_left=max(0, CODE_FAILURES_ALLOWED - session.code_failures),
        proposal=msgspec.Raw(proposal) if proposal is not None else None,
    )


def for_agent(session: Session, labels: Labels, moment: Moment) -> AgentView:
    known = session.verification is not None and session.verification.level.at_least(Level.V1)
    return AgentView(
        party=Party.AGENT,
        session=session.id,
        state=session.state,
        server_now_ms=moment.now,
        organisation=labels.organisation,
        agent=_badge(session, labels),
        case_reference=labels.case_reference,
        introduction=session.introduction,
        verification=_verification(session),
        consent=_consent(session),
        surface_shown=session.surface_shown,
        agent_present=Party.AGENT in session.present,
        customer_present=Party.CUSTOMER in session.present,
        media_may_flow=moment.media_may_flow,
        interrupted_at_ms=session.interrupted_at,
        end=_end(session),
        case=session.case,
        invitation_expires_at_ms=session.invitation_expires_at if session.state is State.INVITED else None,
        customer_label=labels.customer_name if known else labels.customer_masked,
    )


def for_officers(session: Session, labels: Labels, moment: Moment) -> LiveSession:
    return LiveSession(
        session=session.id,
        state=session.state,
        agent=_named(labels),
        case_reference=labels.case_reference,
        opened_at_ms=session.opened_at,
        level=session.verification.level if session.verification else Level.V0,
        consent_until_ms=session.consent.until if session.consent else None,
        media_may_flow=moment.media_may_flow,
    )


def flag_for_officers(flag: StoredFlag, labels: Labels | None) -> FlagShown:
    """`labels` of the session that the flag is about, if it is about one."""
    return FlagShown(
        id=str(flag.log_index),
        at_ms=flag.raised_at_ms,
        detector=flag.detector,
        target=flag.target,
        session=flag.session,
        agent=_named(labels) if labels else None,
        case_reference=labels.case_reference if labels else None,
        sentence_key=flag.reason_key,
        facts=dict(flag.reason_facts),
        action=flag.action,
        state="open",
    )


def _named(labels: Labels) -> dict[str, str]:
    return {"name": labels.agent_name, "number": labels.agent_number, "team": labels.agent_team}


def _badge(session: Session, labels: Labels) -> AgentShown:
    return AgentShown(
        name=labels.agent_name,
        number=labels.agent_number,
        team=labels.agent_team,
        role=labels.agent_role,
        since_ms=session.opened_at,
    )


def _verification(session: Session) -> VerificationShown | None:
    found = session.verification
    if found is None:
        return None
    return VerificationShown(method=found.method, level=found.level, at_ms=found.at, until_ms=found.until)


def _consent(session: Session) -> ConsentShown | None:
    given = session.consent
    if given is None:
        return None
    return ConsentShown(scopes=sorted(given.scopes), granted_at_ms=given.granted_at, until_ms=given.until)


def _end(session: Session) -> EndShown | None:
    if session.end_cause is None or session.ended_at is None:
        return None
    return EndShown(cause=session.end_cause, at_ms=session.ended_at)
