"""What the interface takes and gives, as JSON. Requests are strict: an unknown member is refused."""

from typing import Annotated, Literal

import msgspec

from audit.event import Fact

Text = Annotated[str, msgspec.Meta(max_length=256)]
Id = Annotated[str, msgspec.Meta(max_length=64)]


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all request bodies."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all answers."""


class SignIn(Request, frozen=True, kw_only=True):
    door: Literal["agent", "security"]
    username: Text
    password: Text
    code: Text


class OpenSession(Request, frozen=True, kw_only=True):
    case: Id


class Unmask(Request, frozen=True, kw_only=True):
    field: Text


class AskForTicket(Request, frozen=True, kw_only=True):
    """An agent names the session; a customer's and an officer's cookie says the rest."""

    session: Id | None = None
    purpose: Literal["session", "oversight"] | None = None


class Claim(Request, frozen=True, kw_only=True):
    """Either the link's token or the spoken code."""

    token: Text | None = None
    code: Text | None = None
    device_key: Annotated[str, msgspec.Meta(max_length=512)]
    language: Annotated[str, msgspec.Meta(max_length=8)]


class TypeCode(Request, frozen=True, kw_only=True):
    code: Text


class GiveConsent(Request, frozen=True, kw_only=True):
    """See session/CONSENT.md. `document` exactly as signed."""

    document: Annotated[str, msgspec.Meta(max_length=4096)]
    signature: Annotated[str, msgspec.Meta(max_length=128)]


class StaffShown(Answer, frozen=True, kw_only=True):
    id: str
    name: str
    number: str
    team: str
    role: str


class SignedInAnswer(Answer, frozen=True, kw_only=True):
    staff: StaffShown


class CaseRow(Answer, frozen=True, kw_only=True):
    id: str
    reference: str
    reason: str
    origin: str
    state: str
    live: bool
    last_activity_ms: int
    customer_label: str


class MaskedField(Answer, frozen=True, kw_only=True):
    name: str
    masked: str


class MaskedCustomer(Answer, frozen=True, kw_only=True):
    label: str
    fields: list[MaskedField]


class CaseRecord(CaseRow, frozen=True, kw_only=True):
    """The case with its customer's record, masked."""

    customer: MaskedCustomer


class UnmaskedField(Answer, frozen=True, kw_only=True):
    field: str
    value: str


class InvitationShown(Answer, frozen=True, kw_only=True):
    """Shown once. `code` is grouped for speech; `qr_svg` is a picture of the link."""

    link: str
    code: str
    qr_svg: str
    expires_at_ms: int


class SessionOpened(Answer, frozen=True, kw_only=True):
    session: str
    invitation: InvitationShown


class SessionRow(Answer, frozen=True, kw_only=True):
    session: str
    state: str
    case: str
    case_reference: str
    opened_at_ms: int
    end_cause: str | None


class Ticket(Answer, frozen=True, kw_only=True):
    ticket: str


class Claimed(Answer, frozen=True, kw_only=True):
    session: str


class VerificationAnswer(Answer, frozen=True, kw_only=True):
    outcome: Literal["verified", "refused"]
    attempts_left: int
    level: str | None = None


class ActorShown(Answer, frozen=True, kw_only=True):
    kind: str
    id: str


class LogEntryShown(Answer, frozen=True, kw_only=True):
    """`name` and `outcome` are null where no key opens the entry any more; `intent` is the entry this one closes."""

    index: int
    at_ms: int | None
    name: str | None
    outcome: str | None
    actor: ActorShown | None
    case: str | None
    session: str | None
    customer: str | None
    intent: int | None
    facts: dict[str, Fact]
    personal: dict[str, dict[str, Fact]]


class LogPage(Answer, frozen=True, kw_only=True):
    """Oldest first. All below `read_from` was not looked at; 0 when nothing is left to look at."""

    entries: list[LogEntryShown]
    size: int
    read_from: int


class LogIntegrity(Answer, frozen=True, kw_only=True):
    exit_code: int
    sentence: str
    size: int
    checkpoint_at_ms: int | None


class DemoAccount(Answer, frozen=True, kw_only=True):
    """A demo account with its code of this moment."""

    door: Literal["agent", "security", "customer"]
    name: str
    username: str | None
    password: str | None
    reference: str | None
    case_reference: str | None
    totp_code: str
    seconds_left: int


class Health(Answer, frozen=True, kw_only=True):
    status: Literal["ok", "draining", "unavailable"]
    reasons: list[str]
