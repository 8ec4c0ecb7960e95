"""Sessions and their parts, for tests: a plain one, and one with every field set."""

from dataclasses import replace

from session.events import HelpAccepted
from session.identity import CaseId, CustomerId, DeviceId, LoginId, SessionId, StaffId
from session.model import (
    INVITATION_LIFE_MS,
    Asked,
    Badge,
    Consent,
    Device,
    EndCause,
    Extension,
    Handed,
    Help,
    Introduction,
    Level,
    Party,
    Purpose,
    Scope,
    Session,
    State,
    Verification,
)
from session.waiting import asked_for

NOW = 1_790_000_000_000
HELP = Help("payment", "ja", "BBBBBBBBBBBBBBBBBBBBBB", NOW + 7, mistyped=1, met=True)
DEVICE = Device(DeviceId("xLqcX7cdxGmMaUyWpGmHzSrDsWnG1Vn1Zq0hHMzEqCI"), '{"crv":"P-256","kty":"EC"}')


def fresh(
    name: str = "ses_1",
    *,
    agent: str = "sta_1",
    login: str = "log_1",
    now: int = NOW,
    customer: str | None = None,
) -> Session:
    """Each name has a case of its own, and a customer of its own unless told."""
    person = name.removeprefix("ses_")
    return Session(
        id=SessionId(name),
        case=CaseId(f"cas_{person}"),
        customer=CustomerId(customer or f"cus_{person}"),
        agent=StaffId(agent),
        agent_login=LoginId(login),
        purpose=Purpose.SHARE,
        opened_at=now,
        invitation_expires_at=now + INVITATION_LIFE_MS,
        state_since=now,
    )


def waiting(name: str = "ses_1", *, now: int = NOW, customer: str | None = None) -> Session:
    """Asked for by its customer, whose page is there; nobody has accepted."""
    like = fresh(name, customer=customer)
    asked = asked_for(like.id, like.case, like.customer, device_of(name), Help("payment", "ja"), now)
    return replace(asked, present=frozenset({Party.CUSTOMER}), customer_page="page_1", customer_lost_at=None)


def accepting(
    agent: str = "sta_1", login: str = "log_1", nonce: str = "CCCCCCCCCCCCCCCCCCCCCC"
) -> HelpAccepted:
    badge = Badge("Aoi Tanaka", "A-104", "Example Bank")
    return HelpAccepted(StaffId(agent), LoginId(login), badge, Introduction.WORDS, nonce)


def device_of(name: str) -> Device:
    """The browser of the customer of session `name`."""
    if name == "ses_1":
        return DEVICE
    return Device(DeviceId(name.removeprefix("ses_").ljust(43, "A")), DEVICE.public_key)


def verification(
    now: int = NOW, *, level: Level = Level.V1, device: Device = DEVICE, of: Session | None = None
) -> Verification:
    """Made in the session `of`, in `fresh()` unless told."""
    session = of or fresh(now=now)
    return Verification(
        method="totp" if level is Level.V1 else "passkey",
        level=level,
        at=now,
        until=now + 10 * 60_000,
        device=device.id,
        case=session.case,
        customer=session.customer,
        agent=session.agent,
        login=session.agent_login,
    )


def consent(now: int = NOW, *, surface: Scope = Scope.TAB, minutes: int = 5) -> Consent:
    return Consent(
        scopes=frozenset({surface}),
        granted_at=now,
        until=now + minutes * 60_000,
        wording_version=1,
        language="ja",
        document='{"kind":"tachiai-consent"}',
        signature="c2ln",
        level_needed=Level.V2 if surface is Scope.SCREEN else Level.V1,
    )


def sharing(now: int = NOW) -> Session:
    """A session in which media may flow at `now`."""
    return replace(
        fresh(now=now),
        state=State.SHARING,
        device=DEVICE,
        introduction=Introduction.BADGE,
        verification=verification(now),
        consent=consent(now),
        surface_shown="tab",
        present=frozenset(Party),
        customer_page="page_1",
        epoch=1,
        agreed_at=now,
    )


def full(name: str = "ses_full") -> Session:
    """Every field differs from its default."""
    return replace(
        sharing(),
        id=SessionId(name),
        purpose=Purpose.VERIFY,
        state=State.ENDED,
        consent=replace(consent(), scopes=frozenset({Scope.TAB, Scope.CHAT})),
        transcript="dHJhbnNjcmlwdA",
        assertion=replace(verification(level=Level.V3), action="YWN0aW9u"),
        asked=Asked(Level.V3, "YWN0aW9u", NOW),
        asked_often=2,
        help=HELP,
        handed=Handed(StaffId("sta_2"), "Rin", StaffId("sta_3"), "Sora", NOW + 8, often=2, met=True),
        talk_only=True,
        dark_from=NOW + 6,
        media_fingerprint="f1",
        code_failures=3,
        consent_nonce="AAAAAAAAAAAAAAAAAAAAAA",
        extension=Extension("BBBBBBBBBBBBBBBBBBBBBB", NOW + 7),
        blocked=True,
        resume_to=State.SHARING,
        interrupted_at=NOW + 1,
        customer_lost_at=NOW + 2,
        agent_lost_at=NOW + 3,
        state_since=NOW + 4,
        ended_at=NOW + 5,
        end_cause=EndCause.OFFICER_ENDED,
        ended_by="sta_9",
    )
