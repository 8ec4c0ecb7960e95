"""Everything that can happen to a session, already authenticated and parsed. Names say what happened, in the past."""

from dataclasses import dataclass

from session.identity import LoginId, StaffId
from session.model import (
    Badge,
    Consent,
    Device,
    EndCause,
    Introduction,
    IntroductionFault,
    Level,
    Party,
    SignedBadge,
    Verification,
)


@dataclass(frozen=True, slots=True)
class InvitationClaimed:
    device: Device


@dataclass(frozen=True, slots=True)
class HelpAccepted:
    """An agent takes on a customer who asked first. `nonce`: 16 fresh random bytes, base64url."""

    agent: StaffId
    login: LoginId
    badge: Badge
    introduction_asked: Introduction
    nonce: str


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The agent leaves the customer to a colleague, `to`; to whoever accepts where that is "". `by`: who asked for it,
    and must be the agent still."""

    to: StaffId
    to_name: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class HelpProlonged:
    """The customer goes on waiting for somebody to accept."""


@dataclass(frozen=True, slots=True)
class MeetingCodeMatched:
    """The agent typed the code that this customer's page shows. `nonce`: of the acceptance that the code is of."""

    nonce: str = ""


@dataclass(frozen=True, slots=True)
class MeetingCodeRefused:
    """The agent typed a well-formed code that is another's. `nonce`: as in `MeetingCodeMatched`."""

    nonce: str = ""


@dataclass(frozen=True, slots=True)
class BadgeShown:
    """The customer's page has the agent's badge on screen."""


@dataclass(frozen=True, slots=True)
class BadgeAccepted:
    """The customer chose to go on after reading the badge."""


@dataclass(frozen=True, slots=True)
class BadgeIssued:
    """The agent's page has a badge for this case, made for its device key; it may be another than before. `method`: how
    the agent stood for it, at `asserted_at`. `agent`: whose it is."""

    badge: SignedBadge
    method: str = ""
    asserted_at: int = 0
    agent: str = ""


@dataclass(frozen=True, slots=True)
class ExchangeStarted:
    """The customer chose to compare words. `run` is the page's own count, from 1, of which some may never have arrived;
    one more than is allowed ends the session."""

    run: int


@dataclass(frozen=True, slots=True)
class ExchangeSettled:
    """Both pages revealed and signed: the keys of this run are agreed. `transcript`: 32 bytes, base64url."""

    transcript: str


@dataclass(frozen=True, slots=True)
class ExchangeDropped:
    """`party`'s page has lost what it knew of the run under way: it counts, and nothing of it holds."""

    party: Party


@dataclass(frozen=True, slots=True)
class WordsMatched:
    """`party`'s page found that the words typed there are those that it expects."""

    party: Party


@dataclass(frozen=True, slots=True)
class IntroductionRefused:
    """Somebody is not who they say, as far as can be told. `by` is None where the server noticed."""

    fault: IntroductionFault
    by: Party | None = None


@dataclass(frozen=True, slots=True)
class VerificationSucceeded:
    """`consent_nonce` names the consent prompt that follows; the conductor fills it in where it is ""."""

    verification: Verification
    consent_nonce: str = ""


@dataclass(frozen=True, slots=True)
class VerificationRefused:
    """A wrong, used or unusable code. `replayed`: it was right but already used in another session."""

    method: str
    replayed: bool = False
    counted: bool = True  # False: the same code sent again in the same session, a retry


@dataclass(frozen=True, slots=True)
class VerificationDeclined:
    """The customer does not prove what is asked for, and has said so. `consent_nonce` as in VerificationSucceeded."""

    consent_nonce: str = ""


@dataclass(frozen=True, slots=True)
class StepUpAsked:
    """The agent asks for a proof of `level`: more than there is, or a fresh one. `action`: the hash of the one action
    that a V3 is for, "" otherwise. `by`: the agent who asks, "" where nobody but the server does."""

    level: Level
    action: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class FingerprintSeen:
    """The customer's page offers a connection for media. `fingerprint`: `fingerprint.named_in` its SDP."""

    fingerprint: str


@dataclass(frozen=True, slots=True)
class VerificationLapsed:
    """The verification grew too old before consent was given."""


@dataclass(frozen=True, slots=True)
class ConsentGranted:
    """Made by `consent.check` alone. `nonce` is the one in the signed document."""

    consent: Consent
    nonce: str


@dataclass(frozen=True, slots=True)
class ConsentRefused:
    """A grant arrived whose document or signature did not hold. `reason` is one of `consent.Reason`."""

    reason: str


@dataclass(frozen=True, slots=True)
class ConsentDeclined:
    """The customer said no."""


@dataclass(frozen=True, slots=True)
class ExtensionOpened:
    """The customer wants to share for longer what is shown. `consent_nonce` as in VerificationSucceeded."""

    consent_nonce: str = ""


@dataclass(frozen=True, slots=True)
class AgreementReopened:
    """The customer wants to agree to something else than they have. `consent_nonce` as in VerificationSucceeded."""

    consent_nonce: str = ""


@dataclass(frozen=True, slots=True)
class ShareStarted:
    """The browser's picker closed with a choice. `surface`: "tab", "window", "screen" or "unknown"."""

    surface: str


@dataclass(frozen=True, slots=True)
class Paused:
    """`by` the "customer", or by their page: "muted", the picture was lost, or "surface", another one is captured."""

    by: str = "customer"


@dataclass(frozen=True, slots=True)
class Resumed:
    """By the customer."""


@dataclass(frozen=True, slots=True)
class Connected:
    """A party's socket is up. `page` is the customer's page instance, "" for the agent; `agent`, who it is that came
    as the agent: another than the session's counts for nothing.

    Another page instance than before is a reload: whoever had agreed is asked again, under `consent_nonce` (which the
    conductor fills in where it is "").
    """

    party: Party
    page: str = ""
    consent_nonce: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    party: Party


@dataclass(frozen=True, slots=True)
class TimePassed:
    """The sweeper looked: whatever is over by now ends (invitation, absence, verification, consent)."""


@dataclass(frozen=True, slots=True)
class EndDemanded:
    """Somebody or something with the right to end it did. `by` is set for staff."""

    cause: EndCause
    by: StaffId | None = None


SessionEvent = (
    InvitationClaimed
    | HelpAccepted
    | HandedOver
    | HelpProlonged
    | MeetingCodeMatched
    | MeetingCodeRefused
    | BadgeShown
    | BadgeAccepted
    | BadgeIssued
    | ExchangeStarted
    | ExchangeSettled
    | ExchangeDropped
    | WordsMatched
    | IntroductionRefused
    | VerificationSucceeded
    | VerificationRefused
    | VerificationDeclined
    | VerificationLapsed
    | StepUpAsked
    | FingerprintSeen
    | ConsentGranted
    | ConsentRefused
    | ConsentDeclined
    | ExtensionOpened
    | AgreementReopened
    | ShareStarted
    | Paused
    | Resumed
    | Connected
    | ConnectionLost
    | TimePassed
    | EndDemanded
)

# Those after which a consent prompt may follow.
Prompting = VerificationSucceeded | VerificationDeclined | Connected | ExtensionOpened | AgreementReopened
