"""What each party may see of a session. Pure; what is not named here no page of that party can learn."""

from dataclasses import dataclass

import msgspec

from server.signalling.exchange_messages import BadgeShown, ExchangeShown
from server.signalling.guidance_messages import GuideShown
from server.signalling.messages import (
    AgentShown,
    AgentView,
    AskedForShown,
    AskedShown,
    ConsentShown,
    CustomerView,
    EndShown,
    FlagShown,
    LiveSession,
    ProofShown,
    VerdictShown,
    VerificationShown,
    WaitingShown,
)
from server.storage.flags import StoredFlag
from server.turn.relays import RelayShown
from session.model import (
    CODE_FAILURES_ALLOWED,
    MEETING_FAILURES_ALLOWED,
    Level,
    Party,
    Session,
    State,
    Verification,
)
from session.waiting import unmet
from support.staff import Staff


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
    """What a view needs besides the session: the time, whether media may flow now, a proposal as JSON, if any, and by
    which methods the customer may prove what is asked for now (none where nothing is); where somebody waits; and this
    party's relay."""

    now: int
    media_may_flow: bool
    guide: GuideShown | None = None
    proposal: bytes | None = None
    methods: tuple[str, ...] = ()
    waiting: WaitingShown | None = None
    relay: RelayShown | None = None


def for_customer(session: Session, labels: Labels, moment: Moment) -> CustomerView:
    asked = session.state is State.CONSENTING or session.extension is not None
    proposal = moment.proposal if asked else None
    return CustomerView(
        party=Party.CUSTOMER,
        session=session.id,
        state=session.state,
        server_now_ms=moment.now,
        organisation=labels.organisation,
        agent=_agent(session, labels),
        case_reference=labels.case_reference,
        introduction=session.introduction,
        purpose=session.purpose,
        verification=_verification(session.verification),
        confirmation=_verification(session.assertion),
        asked=_asked(session),
        talk_only=session.talk_only,
        introduction_asked=session.introduction_asked,
        badge=_signed_badge(session),
        exchange=_exchange(session),
        consent=_consent(session),
        surface_shown=session.surface_shown,
        agent_present=Party.AGENT in session.present,
        customer_present=Party.CUSTOMER in session.present,
        media_may_flow=moment.media_may_flow,
        guide=moment.guide,
        relay=moment.relay,
        interrupted_at_ms=session.interrupted_at,
        end=_end(session),
        code_attempts_left=max(0, CODE_FAILURES_ALLOWED - session.code_failures),
        methods=list(moment.methods),
        fields_from_ms=session.dark_from,
        proposal=msgspec.Raw(proposal) if proposal is not None else None,
        waiting=moment.waiting,
        asked_first=unmet(session),
    )


def for_agent(session: Session, labels: Labels, moment: Moment) -> AgentView:
    known = session.verification is not None and session.verification.level.at_least(Level.V1)
    return AgentView(
        party=Party.AGENT,
        session=session.id,
        state=session.state,
        server_now_ms=moment.now,
        organisation=labels.organisation,
        agent=_agent(session, labels),
        case_reference=labels.case_reference,
        introduction=session.introduction,
        purpose=session.purpose,
        verification=_verification(session.verification),
        confirmation=_verification(session.assertion),
        asked=_asked(session),
        talk_only=session.talk_only,
        introduction_asked=session.introduction_asked,
        badge=_signed_badge(session),
        exchange=_exchange(session),
        consent=_consent(session),
        surface_shown=session.surface_shown,
        agent_present=Party.AGENT in session.present,
        customer_present=Party.CUSTOMER in session.present,
        media_may_flow=moment.media_may_flow,
        guide=moment.guide,
        relay=moment.relay,
        interrupted_at_ms=session.interrupted_at,
        end=_end(session),
        case=session.case,
        invitation_expires_at_ms=session.invitation_expires_at if session.state is State.INVITED else None,
        customer_label=labels.customer_name if known else labels.customer_masked,
        waiting=_asked_for(session),
    )


def for_officers(session: Session, labels: Labels, moment: Moment) -> LiveSession:
    return LiveSession(
        session=session.id,
        state=session.state,
        agent=_named(labels),
        agent_id=session.agent,
        case_reference=labels.case_reference,
        opened_at_ms=session.opened_at,
        level=session.verification.level if session.verification else Level.V0,
        consent_until_ms=session.consent.until if session.consent else None,
        media_may_flow=moment.media_may_flow,
    )


def flag_for_officers(
    flag: StoredFlag,
    labels: Labels | None,
    staff: Staff | None = None,
    verdict: VerdictShown | None = None,
    proof: ProofShown | None = None,
) -> FlagShown:
    """`labels` of the session that the flag is about, or the one of the `staff`."""
    agent = _named(labels) if labels else None
    if staff is not None:
        agent = {"name": staff.name, "number": staff.number, "team": staff.team}
    return FlagShown(
        id=str(flag.log_index),
        at_ms=flag.raised_at_ms,
        detector=flag.detector,
        target=flag.target,
        session=flag.session,
        agent=agent,
        case_reference=labels.case_reference if labels else None,
        sentence_key=flag.reason_key,
        facts=dict(flag.reason_facts),
        action=flag.action,
        state="open" if verdict is None else verdict.verdict,
        verdict=verdict,
        proof=proof,
    )


def _named(labels: Labels) -> dict[str, str]:
    return {"name": labels.agent_name, "number": labels.agent_number, "team": labels.agent_team}


def _asked_for(session: Session) -> AskedForShown | None:
    asked = session.help
    if asked is None or session.state is not State.WAITING:
        return None
    return AskedForShown(
        topic=asked.topic,
        language=asked.language,
        handed_by=session.handed.by_name if session.handed else "",
        since_ms=session.opened_at,
        until_ms=session.invitation_expires_at,
        tries_left=max(0, MEETING_FAILURES_ALLOWED - asked.mistyped),
    )


def _agent(session: Session, labels: Labels) -> AgentShown:
    if not session.agent:
        return AgentShown(name="", number="", team="", role="", since_ms=session.opened_at)
    return AgentShown(
        name=labels.agent_name,
        number=labels.agent_number,
        team=labels.agent_team,
        role=labels.agent_role,
        since_ms=session.opened_at,
    )


def _asked(session: Session) -> AskedShown | None:
    asked = session.asked
    return AskedShown(level=asked.level, action=asked.action, at_ms=asked.at) if asked else None


def _signed_badge(session: Session) -> BadgeShown | None:
    signed = session.signed_badge
    return BadgeShown(document=signed.document, signature=signed.signature) if signed is not None else None


def _exchange(session: Session) -> ExchangeShown:
    exchange = session.exchange
    return ExchangeShown(
        run=exchange.run,
        open=exchange.open,
        transcript=session.transcript,
        customer_matched=Party.CUSTOMER in exchange.matched,
        agent_matched=Party.AGENT in exchange.matched,
    )


def _verification(found: Verification | None) -> VerificationShown | None:
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
