"""What the interface takes and gives, as JSON. Requests are strict: an unknown member is refused."""

from typing import Annotated, Literal

import msgspec

from audit.export.record import LogRecord

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
    """`verify`: for a verification alone; nothing is shared in it. `contact`: how they are in touch; not told
    counts as a voice."""

    case: Id
    purpose: Literal["share", "verify"] = "share"
    contact: Literal["voice", "text"] | None = None


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
    """`method`: what the typed code is from."""

    code: Text
    method: Literal["totp", "recovery_code"] = "totp"


class TypeTwoCodes(Request, frozen=True, kw_only=True):
    """Of an authenticator app: one code, and the next that it shows."""

    first_code: Text
    second_code: Text


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
    """`provisional`: opened by an agent, and nobody else has stood for it: then of its customer there is only
    `named`, what the agent typed. `until_ms`: when it ends, as does one that was opened by an override."""

    id: str
    reference: str
    reason: str
    origin: str
    state: str
    live: bool
    last_activity_ms: int
    customer_label: str
    provisional: bool
    named: str
    until_ms: int | None


class MaskedField(Answer, frozen=True, kw_only=True):
    """`locked`: it is not unmasked before the customer has proved who they are, in a live session."""

    name: str
    masked: str
    locked: bool


class MaskedCustomer(Answer, frozen=True, kw_only=True):
    label: str
    fields: list[MaskedField]


class CaseRecord(CaseRow, frozen=True, kw_only=True):
    """The case with its customer's record, masked."""

    customer: MaskedCustomer


class UnmaskedField(Answer, frozen=True, kw_only=True):
    field: str
    value: str


class MailInvitation(Request, frozen=True, kw_only=True):
    """The invitation's own token: the server has only its hash."""

    token: Annotated[str, msgspec.Meta(max_length=22)]


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
    purpose: str
    end_cause: str | None


class Ticket(Answer, frozen=True, kw_only=True):
    ticket: str


class Claimed(Answer, frozen=True, kw_only=True):
    session: str


class VerificationAnswer(Answer, frozen=True, kw_only=True):
    """`recovery_codes_left`: after one was used."""

    outcome: Literal["verified", "refused"]
    attempts_left: int
    level: str | None = None
    recovery_codes_left: int | None = None


class Resynchronised(Answer, frozen=True, kw_only=True):
    outcome: Literal["found", "refused"]


class ActingStaff(Answer, frozen=True, kw_only=True):
    id: str
    name: str
    number: str
    role: str


class LogMatches(Answer, frozen=True, kw_only=True):
    """Not `exact`: there are at most so many, since the index knows times only roughly."""

    count: int
    exact: bool


class LogIndex(Answer, frozen=True, kw_only=True):
    """Entries below `upto` are in the search index; newer ones are looked through one by one. Not `complete`: that
    takes longer than it should for now. `closed`: how many of those that were asked no key opens: no search finds
    them."""

    upto: int
    complete: bool
    closed: int


class NamedCase(Answer, frozen=True, kw_only=True):
    id: str
    reference: str


class LogPage(Answer, frozen=True, kw_only=True):
    """Oldest first. All below `read_from` was not looked at; 0 when nothing is left to look at. `matches`: how many
    match in all, where that is known; told with the newest ones only. `staff`: who of them acted in these entries.
    `cases`: how the organisation calls those that these entries name."""

    entries: list[LogRecord]
    size: int
    read_from: int
    matches: LogMatches | None
    index: LogIndex
    staff: list[ActingStaff]
    cases: list[NamedCase]


class LogChoices(Answer, frozen=True, kw_only=True):
    """What a filter may name."""

    events: list[str]
    outcomes: list[str]
    kinds: list[str]
    staff: list[ActingStaff]


class Reference(Request, frozen=True, kw_only=True):
    """The organisation's own name for a customer or a case."""

    kind: Literal["customer", "case"]
    reference: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Referred(Answer, frozen=True, kw_only=True):
    """The id that entries have."""

    id: str


class LogIntegrity(Answer, frozen=True, kw_only=True):
    exit_code: int
    sentence: str
    size: int
    checkpoint_at_ms: int | None
    witnessed: bool


class DemoAccount(Answer, frozen=True, kw_only=True):
    """A demo account with its code of this moment; null where there is no app, as after a passkey took its place."""

    door: Literal["agent", "security", "customer"]
    name: str
    username: str | None
    password: str | None
    reference: str | None
    case_reference: str | None
    totp_code: str | None
    seconds_left: int


class Health(Answer, frozen=True, kw_only=True):
    """`reasons`: why nothing may be opened here. `alarms`: what a person must look at while the server serves."""

    status: Literal["ok", "draining", "unavailable"]
    reasons: list[str]
    alarms: list[str] = []
