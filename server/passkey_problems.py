"""A refused passkey as a page is told of it. What exactly was wrong stays in the log."""

from server.problems import Problem
from verification.passkey_refusal import PasskeyRefused, Refusal

_KNOWN = "This passkey is registered already. Nothing was changed. It can be used as it is."
_TOO_MANY = "There are ten passkeys already. Nothing was changed. Remove one that is no longer needed first."
_NOT_UNLOCKED = (
    "This passkey was used without a PIN, a fingerprint or a face. Nothing was changed. Set one of them up on the "
    "device or the key, and try again."
)
_DISABLED = (
    "This passkey is no longer accepted, because there may be a copy of it. Nothing was changed. Use another one, and "
    "have this one removed."
)
_OLD = "The question to the passkey was too old, or was answered already. Nothing was changed. Try again."
_REFUSED = "This passkey was not accepted. Nothing was changed. Try again, or choose another way."


def passkey_problem(error: PasskeyRefused) -> Problem:
    """Known and unknown credentials are told apart by nobody who cannot sign for them."""
    match error.reason:
        case Refusal.KNOWN:
            return Problem(409, "passkey_known", _KNOWN)
        case Refusal.TOO_MANY:
            return Problem(409, "passkey_too_many", _TOO_MANY)
        case Refusal.USER_VERIFICATION:
            return Problem(409, "passkey_not_unlocked", _NOT_UNLOCKED)
        case Refusal.COUNTER:
            return Problem(409, "passkey_disabled", _DISABLED)
        case Refusal.CHALLENGE:
            return Problem(409, "passkey_too_late", _OLD)
        case _:
            return Problem(409, "passkey_refused", _REFUSED)
