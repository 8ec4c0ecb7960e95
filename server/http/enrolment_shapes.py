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
    who holds a link has proved nothing yet."""

    stage: Literal["password", "authenticator", "code", "done"]
    kind: Literal["staff", "customer"]
    name: str | None
    username: str | None
    door: Literal["agent", "security"] | None
    expires_at_ms: int


class SecretShown(Answer, frozen=True, kw_only=True):
    """Shown once, for the authenticator app: the key in base32, the same as an `otpauth:` address, and its picture."""

    key: str
    uri: str
    qr_svg: str
