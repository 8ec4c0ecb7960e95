"""Everything that can happen to a session, already authenticated and parsed. Names say what happened, in the past."""

from dataclasses import dataclass

from session.identity import StaffId
from session.model import Consent, Device, EndCause, Party, Verification


@dataclass(frozen=True, slots=True)
class InvitationClaimed:
    device: Device


@dataclass(frozen=True, slots=True)
class BadgeShown:
    """The customer's page has the agent's badge on screen."""


@dataclass(frozen=True, slots=True)
class BadgeAccepted:
    """The customer chose to go on after reading the badge."""


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
class ShareStarted:
    """The browser's picker closed with a choice. `surface`: "tab", "window", "screen" or "unknown"."""

    surface: str


@dataclass(frozen=True, slots=True)
class Paused:
    """By the customer."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """By the customer."""


@dataclass(frozen=True, slots=True)
class Connected:
    """A party's socket is up. `page` is the customer's page instance, "" for the agent.

    Another page instance than before is a reload: whoever had agreed is asked again, under `consent_nonce` (which the
    conductor fills in where it is "").
    """

    party: Party
    page: str = ""
    consent_nonce: str = ""


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
    | BadgeShown
    | BadgeAccepted
    | VerificationSucceeded
    | VerificationRefused
    | VerificationLapsed
    | ConsentGranted
    | ConsentRefused
    | ConsentDeclined
    | ShareStarted
    | Paused
    | Resumed
    | Connected
    | ConnectionLost
    | TimePassed
    | EndDemanded
)
