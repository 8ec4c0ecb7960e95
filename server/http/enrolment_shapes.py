"""What the enrolment's steps take and give, as JSON."""

from typing import Annotated, Literal

import msgspec

from server.http.shapes import Answer, Request, Text

Password = Annotated[str, msgspec.Meta(max_length=512)]


class ClaimEnrolment(Request, frozen=True, kw_only=True):
    """The link's token."""

    token: Text


class ChoosePassword(Request, frozen=True, kw_only=True):
    password: Password


class ConfirmCode(Request, frozen=True, kw_only=True):
    code: Text


class EnrolmentShown(Answer, frozen=True, kw_only=True):
    """`stage` is what comes next. `name`, `username` and the `door` to sign in by are told to staff only: a customer
    who holds a link has proved nothing yet. `passkey`: one may be added now."""

    stage: Literal["password", "authenticator", "code", "recovery", "done"]
    kind: Literal["staff", "customer"]
    name: str | None
    username: str | None
    door: Literal["agent", "security"] | None
    expires_at_ms: int
    passkey: bool


class RecoveryCodesShown(Answer, frozen=True, kw_only=True):
    """Shown once, to be printed or written down. Those before, if there were any, are void."""

    recovery_codes: list[str]


class SecretShown(Answer, frozen=True, kw_only=True):
    """Shown once, for the authenticator app: the key in base32, the same as an `otpauth:` address, and its picture."""

    key: str
    uri: str
    qr_svg: str
