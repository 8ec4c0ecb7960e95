"""The nouns of a session. Frozen; a transition makes a new one. All times are UTC milliseconds."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from session.identity import CaseId, CustomerId, DeviceId, LoginId, SessionId, StaffId

INVITATION_LIFE_MS: Final = 10 * 60_000
VERIFICATION_LIFE_MS: Final = 10 * 60_000
ACTION_LIFE_MS: Final = 5 * 60_000
CONSENT_LONGEST_MS: Final = 30 * 60_000
EXTENSION_PROMPT_MS: Final = 2 * 60_000
CODE_FAILURES_ALLOWED: Final = 5
EXCHANGE_RUNS_ALLOWED: Final = 2
CUSTOMER_ABSENCE_MS: Final = 10_000
AGENT_ABSENCE_MS: Final = 60_000
WAITING_ABSENCE_MS: Final = 60_000  # a telephone that waits may sleep for a moment
PROLONGED_WITHIN_MS: Final = 3 * 60_000
MEETING_FAILURES_ALLOWED: Final = 5
RESERVED_MS: Final = 3 * 60_000


class State(StrEnum):
    INVITED = "invited"  # an invitation exists; nobody has claimed it
    WAITING = "waiting"  # the customer asked first; for an agent, then for the meeting code
    JOINED = "joined"  # the invitation is claimed by one device
    INTRODUCING = "introducing"  # the customer looks at the agent's badge
    VERIFYING = "verifying"  # the only state in which a page shows a field for a code; no lease can live
    CONSENTING = "consenting"  # the customer reads what would be shared
    READY = "ready"  # agreed; the browsers connect; the customer picks the surface
    SHARING = "sharing"  # the only state in which media may flow
    PAUSED = "paused"  # by the customer's choice
    INTERRUPTED = "interrupted"  # somebody's connection is gone; returns to `resume_to` or ends
    ENDED = "ended"  # for good, with a cause


class Purpose(StrEnum):
    SHARE = "share"
    VERIFY = "verify"


class Scope(StrEnum):
    TAB = "tab"
    WINDOW = "window"
    SCREEN = "screen"
    POINTER = "pointer"
    CHAT = "chat"
    RECORDING = "recording"


SURFACES: Final = frozenset({Scope.TAB, Scope.WINDOW, Scope.SCREEN})


class Party(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"


class Introduction(StrEnum):
    NONE = "none"
    BADGE = "badge"
    WORDS = "words"


class IntroductionFault(StrEnum):
    """Why an introduction failed. A closed list; recorded, so append only."""

    IMPOSTOR = "impostor"  # the customer says so
    WORDS_DIFFER = "words_differ"  # what was heard is not what this page expects
    BADGE_INVALID = "badge_invalid"
    COMMITMENT_BROKEN = "commitment_broken"  # what was revealed is not what was promised
    SIGNATURE_INVALID = "signature_invalid"  # not made with the device key, or over another transcript
    TRANSCRIPT_DIFFERS = "transcript_differs"  # the server's is not the page's
    LATE = "late"
    OUT_OF_ORDER = "out_of_order"  # a message again, too early, or of a run to come
    RUNS_USED_UP = "runs_used_up"
    BADGE_REVOKED = "badge_revoked"  # between its showing and the customer's click; the server finds it


class Level(StrEnum):
    """Assurance that the customer is who the case says. Compare with `at_least`, not with `<`."""

    V0 = "V0"
    V1 = "V1"
    V2 = "V2"
    V3 = "V3"

    def at_least(self, other: "Level") -> bool:
        return int(self.value[1]) >= int(other.value[1])


class EndCause(StrEnum):
    CUSTOMER_STOPPED = "customer_stopped"
    BROWSER_STOPPED = "browser_stopped"
    AGENT_LEFT = "agent_left"
    AGENT_SIGNED_OUT = "agent_signed_out"
    OFFICER_ENDED = "officer_ended"
    BLOCKED = "blocked"
    CONSENT_EXPIRED = "consent_expired"
    VERIFICATION_FAILED = "verification_failed"
    INTRODUCTION_FAILED = "introduction_failed"
    INVITATION_EXPIRED = "invitation_expired"
    CONNECTION_LOST = "connection_lost"
    GATE_FAILED = "gate_failed"
    LOG_FAILED = "log_failed"
    SERVER_RESTARTED = "server_restarted"
    VERIFIED = "verified"  # a session for a verification alone, after it


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of one identity check, and what it is bound to beside its session. `until` is exclusive.

    `transcript` is the introduction's, "" before keys were exchanged. `action` is the hash of the one exact action that
    a V3 is for, "" otherwise.
    """

    method: str  # "totp", "recovery_code", "passkey"
    level: Level
    at: int
    until: int
    device: DeviceId
    case: str = ""
    customer: str = ""
    agent: str = ""
    login: str = ""
    transcript: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the agent asked the customer to prove, since `at`. `action` is the hash of an action, with V3 alone."""

    level: Level
    action: str
    at: int


@dataclass(frozen=True, slots=True)
class Consent:
    """What the customer agreed to, with the customer's own signature over `document` (see `consent`)."""

    scopes: frozenset[Scope]
    granted_at: int
    until: int  # exclusive
    wording_version: int
    language: str
    document: str  # the canonical JSON that was signed, exactly as the page sent it
    signature: str  # base64url of the 64-byte r || s (ECDSA P-256, SHA-256)
    level_needed: Level

    @property
    def surface(self) -> Scope:
        """The one surface agreed to. Only of a consent that `step` has accepted: then there is exactly one."""
        return next(iter(self.scopes & SURFACES))


@dataclass(frozen=True, slots=True)
class Extension:
    """The customer wants to share longer, and reads what they would agree to, since `opened_at`. `nonce`: as that of a
    consent prompt."""

    nonce: str
    opened_at: int


@dataclass(frozen=True, slots=True)
class Device:
    """The customer's page: its key (public JWK, canonical JSON) and the page instance that holds the socket."""

    id: DeviceId
    public_key: str


@dataclass(frozen=True, slots=True)
class Badge:
    """Who the customer deals with, as the customer's page names them from the opening on."""

    name: str
    number: str
    organisation: str


@dataclass(frozen=True, slots=True)
class SignedBadge:
    """What the badge's issuer signed, exactly: see verification/INTRODUCTION.md. `signature` is base64url."""

    id: str
    document: str
    signature: str
    device_key: str  # the agent's page's own, as in the document
    expires_at: int  # exclusive


@dataclass(frozen=True, slots=True)
class Exchange:
    """The runs of the committed exchange. `run` counts from 1; `open`: that run is under way or holds."""

    run: int = 0
    open: bool = False
    matched: frozenset[Party] = frozenset()  # whose page found the words that it was to hear


@dataclass(frozen=True, slots=True)
class Help:
    """Of a session that its customer asked for. `nonce` (16 bytes, base64url) is of one acceptance: the code on the
    customer's page is made of it. `met`: the agent typed that code, so this agent talks to this customer."""

    topic: str  # one of `waiting.TOPICS`
    language: str  # of the customer's page
    nonce: str = ""
    accepted_at: int | None = None
    mistyped: int = 0
    met: bool = False


@dataclass(frozen=True, slots=True)
class Handed:
    """The last handing over, `by` somebody, `to` a colleague, or "" to whoever accepts. `often`: with those before;
    `met`: customer and agent had met by then."""

    by: StaffId
    by_name: str
    to: StaffId
    to_name: str
    at: int
    often: int
    met: bool


@dataclass(frozen=True, slots=True)
class Session:
    """Of one that its customer asked for `agent` and `agent_login` are "" until somebody accepts, and the time of
    `invitation_expires_at` is the end of the wait: for an agent first, then for the code."""

    id: SessionId
    case: CaseId
    customer: CustomerId
    agent: StaffId
    agent_login: LoginId
    purpose: Purpose
    opened_at: int
    invitation_expires_at: int
    state: State = State.INVITED
    device: Device | None = None
    introduction: Introduction = Introduction.NONE
    verification: Verification | None = None
    assertion: Verification | None = None  # a V3 for one action; it stands beside and shows nothing
    asked: Asked | None = None  # by the agent, beyond what the way itself asks for
    asked_often: int = 0
    talk_only: bool = False  # the customer said that they cannot prove who they are
    dark_from: int = 0  # since when no lease of an earlier picture can live
    media_fingerprint: str = ""  # of the certificate that the customer's page connects with
    code_failures: int = 0
    consent_nonce: str | None = (
        None  # of the consent prompt on screen, 16 bytes base64url; only in `consenting`
    )
    consent: Consent | None = None
    agreed_at: int = 0  # since when the customer has agreed without a break; extensions go on from there
    extension: Extension | None = None  # only in `sharing` and `paused`
    surface_shown: str | None = (
        None  # what the browser said it captures: "tab", "window", "screen", "unknown"
    )
    blocked: bool = False
    present: frozenset[Party] = field(default_factory=frozenset)
    customer_page: str | None = None  # random id of the page instance; another one means a reload
    resume_to: State | None = None
    interrupted_at: int | None = None
    customer_lost_at: int | None = (
        None  # since when somebody who was here is missing; None: here, or never came
    )
    agent_lost_at: int | None = None
    epoch: int = 0  # rises with every grant of media
    state_since: int = 0
    ended_at: int | None = None
    end_cause: EndCause | None = None
    ended_by: str | None = None  # staff id where a person of the organisation ended it
    badge: Badge | None = None  # None in sessions from before there were receipts
    introduction_asked: Introduction = Introduction.NONE  # by policy, when it was opened
    signed_badge: SignedBadge | None = None
    exchange: Exchange = Exchange()
    help: Help | None = None
    handed: Handed | None = None
    transcript: str = ""  # of the exchange's open run: 32 bytes, base64url; "" until its keys are agreed
    version: int = 0  # of the stored row, for optimistic locking
