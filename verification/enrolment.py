"""The one-use link by which a member of staff or a customer gets an authenticator. Pure; chance and time come in.

1. The link's token is 128 random bits in base64url (22 characters), carried in a URL's fragment and posted, never in a
   path or query. Only its SHA-256 is kept: a stolen table opens nothing.
2. The link lives for 24 hours, and nothing that is done with it makes it live longer.
3. The first browser that claims it holds it until it is used up or over; every other browser is refused.
4. What is chosen on the way (a password, a secret) is pending: it opens nothing until a code has confirmed the secret.
5. A later link for the same subject withdraws the ones before it.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from verification.authenticator import Authenticator
from verification.throttle import FailureLimit

TOKEN_BYTES: Final = 16
TOKEN_LENGTH: Final = 22
LIFE_MS: Final = 24 * 3_600_000
HOLDER_BYTES: Final = 32
HOLDER_LENGTH: Final = 43
# A claim whose entry did not become durable, for instance after a crash, is void after this: longer than claims take.
CLAIM_SETTLED_WITHIN_MS: Final = 10_000
# A customer who has finished gets recovery codes in the same browser, for so long; asking again makes new ones.
RECOVERY_WITHIN_MS: Final = 900_000
# Codes while confirming: whoever sees the secret needs one, whoever does not shall not get far.
CODES: Final = FailureLimit(count=10, window_ms=900_000, in_a_row=40)
# Passwords judged: each takes up to a tenth of a second of the processor, and an argon2 hash where it is good.
PASSWORDS: Final = FailureLimit(count=30, window_ms=900_000, in_a_row=1_000_000)

_TOKEN_DOMAIN: Final = b"tachiai enrolment link v1\0"
_HOLDER_DOMAIN: Final = b"tachiai enrolment holder v1\0"
_CLAIMED_DOMAIN: Final = b"tachiai enrolment claimed v1\0"


class SubjectKind(StrEnum):
    STAFF = "staff"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is to be enrolled: a staff member's or a customer's id."""

    kind: SubjectKind
    id: str


class Standing(StrEnum):
    """What a link is good for at one moment."""

    OPEN = "open"  # nobody has claimed it
    HELD = "held"  # one browser has, and goes on with it
    USED = "used"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Reason(StrEnum):
    """Why a link, or what was done with it, is refused."""

    UNKNOWN = "unknown"
    USED = "used"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    OTHER_BROWSER = "other_browser"
    NO_COOKIE = "no_cookie"
    NOT_OPEN = "not_open"  # this browser holds no link
    STAFF_BROWSER = "staff_browser"  # a customer's link in the browser of somebody who is signed in as staff
    NOT_NOW = "not_now"  # another step comes first
    CODE = "code"
    TOO_MANY_CODES = "too_many_codes"
    TOO_MANY_PASSWORDS = "too_many_passwords"


class EnrolmentRefused(Exception):
    """Nothing was changed. `enrolment` is None where the link is nobody's."""

    def __init__(self, reason: Reason, enrolment: "Enrolment | None" = None) -> None:
        super().__init__(f"an enrolment was refused: {reason}")
        self.reason, self.enrolment = reason, enrolment


class Stage(StrEnum):
    """What the holder does next."""

    PASSWORD = "password"  # noqa: S105 - the name of a step, not a password
    AUTHENTICATOR = "authenticator"
    CODE = "code"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """As stored. Times are UTC milliseconds, `expires_at_ms` is exclusive.

    `password_hash` and `pending` are what was chosen and is not confirmed yet; both are gone once it is finished.
    `claim_index` is the log's entry of the claim: without it nobody holds the link for longer than
    CLAIM_SETTLED_WITHIN_MS.
    """

    id: str  # "enr_...", may be told to anybody
    subject: Subject
    token_hash: str = field(repr=False)
    issued_at_ms: int
    expires_at_ms: int
    claimed_at_ms: int | None = None
    claim_index: int | None = None
    holder_hash: str | None = field(default=None, repr=False)
    password_hash: str | None = field(default=None, repr=False)
    pending: Authenticator | None = None
    finished_at_ms: int | None = None
    withdrawn_at_ms: int | None = None

    def standing(self, now_ms: int) -> Standing:
        if self.withdrawn_at_ms is not None:  # also after it was used: its browser goes on to nothing
            return Standing.WITHDRAWN
        if self.finished_at_ms is not None:
            return Standing.USED
        if now_ms >= self.expires_at_ms:
            return Standing.EXPIRED
        return Standing.HELD if self._claimed(now_ms) else Standing.OPEN

    def may_have_recovery_codes(self, now_ms: int) -> bool:
        """A lost answer, or a page loaded anew, costs nobody their codes: whoever holds the link asks again."""
        done = self.finished_at_ms
        is_customer = self.subject.kind is SubjectKind.CUSTOMER
        return is_customer and done is not None and done <= now_ms < done + RECOVERY_WITHIN_MS

    def stage(self) -> Stage:
        if self.finished_at_ms is not None:
            return Stage.DONE
        if self.subject.kind is SubjectKind.STAFF and self.password_hash is None:
            return Stage.PASSWORD
        return Stage.AUTHENTICATOR if self.pending is None else Stage.CODE

    def _claimed(self, now_ms: int) -> bool:
        if self.claimed_at_ms is None:
            return False
        return self.claim_index is not None or now_ms < self.claimed_at_ms + CLAIM_SETTLED_WITHIN_MS


def token_from(random: bytes) -> str:
    """The link's token for 16 random bytes."""
    if len(random) != TOKEN_BYTES:
        raise ValueError(f"an enrolment's token is made from {TOKEN_BYTES} random bytes, not {len(random)}")
    return _base64url(random)


def is_token(text: str) -> bool:
    """Whether `text` is a token in its one canonical form (the four unused bits of the last character are zero)."""
    return _is_canonical(text, TOKEN_LENGTH)


def holder_from(random: bytes) -> str:
    """What the browser that claimed a link carries in its cookie, for 32 random bytes."""
    if len(random) != HOLDER_BYTES:
        raise ValueError(f"a holder's token is made from {HOLDER_BYTES} random bytes, not {len(random)}")
    return _base64url(random)


def claimed_holder(before: str, token: str) -> str:
    """The holder's token from the claim on. Whoever knew the browser's cookie `before` (on a shared computer, say) and
    not the link's token does not know it; the same browser with the same link gets the same again."""
    return _base64url(hashlib.sha256(_CLAIMED_DOMAIN + f"{before}.{token}".encode("ascii")).digest())


def is_holder(text: str) -> bool:
    return _is_canonical(text, HOLDER_LENGTH)


def token_hash(token: str) -> str:
    """What the database knows of a token, hexadecimal. A fast hash is enough for 128 random bits."""
    return hashlib.sha256(_TOKEN_DOMAIN + token.encode("ascii")).hexdigest()


def holder_hash(holder: str) -> str:
    """As `token_hash`, and never equal to one."""
    return hashlib.sha256(_HOLDER_DOMAIN + holder.encode("ascii")).hexdigest()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _is_canonical(text: str, length: int) -> bool:
    if len(text) != length or not text.isascii():
        return False
    try:
        decoded = base64.b64decode(text + "=" * (-length % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return False
    return _base64url(decoded) == text
