"""Why a passkey, or what was done with one, is refused. The reason is for the log; a page is told little of it."""

from enum import StrEnum


class Refusal(StrEnum):
    MALFORMED = "malformed"
    CHALLENGE = "challenge"  # unknown, used, too old, or asked for something or somebody else
    ORIGIN = "origin"  # signed on another site's page
    CROSS_ORIGIN = "cross_origin"  # signed in a frame of another site
    PARTY = "party"  # signed for another relying party
    PRESENCE = "presence"  # nobody was at the authenticator
    USER_VERIFICATION = "user_verification"  # the authenticator did not ask for a PIN, finger or face
    ATTESTATION = "attestation"
    ALGORITHM = "algorithm"
    SIGNATURE = "signature"
    UNKNOWN = "unknown"  # a credential that nobody registered here, or that was removed
    OWNER = "owner"  # a credential of somebody else, or one with another user handle
    DISABLED = "disabled"
    COUNTER = "counter"  # it did not count on: there may be a copy of this authenticator
    KNOWN = "known"  # registered already
    TOO_MANY = "too_many"


class PasskeyRefused(Exception):
    """Nothing was given. `passkey` and `owner` are ids of ours, None where it is nobody's that we know."""

    def __init__(self, reason: Refusal, *, passkey: str | None = None, owner: str | None = None) -> None:
        super().__init__(f"a passkey was refused: {reason}")
        self.reason, self.passkey, self.owner = reason, passkey, owner
