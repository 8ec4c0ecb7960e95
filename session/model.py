"""The nouns of a session. Frozen; a transition makes a new one. All times are UTC milliseconds."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from session.identity import CaseId, CustomerId, DeviceId, LoginId, SessionId, StaffId

INVITATION_LIFE_MS: Final = 10 * 60_000
VERIFICATION_LIFE_MS: Final = 10 * 60_000
CONSENT_LONGEST_MS: Final = 30 * 60_000
CODE_FAILURES_ALLOWED: Final = 5
CUSTOMER_ABSENCE_MS: Final = 10_000
AGENT_ABSENCE_MS: Final = 60_000


class State(StrEnum):
    INVITED = "invited"  # an invitation exists; nobody has claimed it
    WAITING = "waiting"  # the customer asked first and waits for an agent
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


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of one identity check, bound to this session and device. `until` is exclusive."""

    method: str  # "totp", "recovery_code", "passkey"
    level: Level
    at: int
    until: int
    device: DeviceId


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
class Device:
    """The customer's page: its key (public JWK, canonical JSON) and the page instance that holds the socket."""

    id: DeviceId
    public_key: str


@dataclass(frozen=True, slots=True)
class Session:
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
    code_failures: int = 0
    consent_nonce: str | None = (
        None  # of the consent prompt on screen, 16 bytes base64url; only in `consenting`
    )
    consent: Consent | None = None
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
    version: int = 0  # of the stored row, for optimistic locking
