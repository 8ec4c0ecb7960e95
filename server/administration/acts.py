"""What an operator may ask of the office, and what comes back: a pair of types for each act, JSON on the socket."""

from typing import Annotated, Literal

import msgspec

from server.administration.act import Act, Answer, Line, Word
from server.administration.canary_acts import CanaryAct
from server.administration.erasure_acts import ErasureAct
from server.administration.export_acts import ExportAct
from server.administration.flag_acts import WhatIf
from server.administration.handoff_acts import HandoffAct
from server.administration.identity_acts import IdentityAct
from server.administration.report_acts import MakeReport
from server.administration.ring_acts import RingAct
from server.administration.roster_acts import ImportRoster
from server.administration.search_acts import SearchAct
from server.administration.webhook_acts import WebhookAct
from server.administration.wrapping_acts import WrappingAct

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Desk = Literal["agent", "officer"]  # agents and supervisors; security officers and administrators


class StatusShown(Answer, frozen=True, kw_only=True):
    """`running`: a server answered; otherwise the office was opened for this one question. `reasons`: sentences
    saying why nothing may be granted now, none if all is well. `sessions`: live ones."""

    running: bool
    version: str
    reasons: list[str]
    log_entries: int
    sessions: int
    sockets: int
    started_at_ms: int | None
    now_ms: int


class StaffLine(Answer, frozen=True, kw_only=True):
    """`state`: pending (no password is set yet), active, disabled (until somebody enables), blocked (for a time)."""

    id: str
    username: str
    name: str
    number: str
    team: str
    role: str
    state: str


class StaffList(Answer, frozen=True, kw_only=True):
    staff: list[StaffLine]


class LinkGiven(Answer, frozen=True, kw_only=True):
    """A link for one person, shown here and nowhere else. `to` is who it is for: a username or a reference."""

    to: str
    url: str
    expires_at_ms: int


class StaffChanged(Answer, frozen=True, kw_only=True):
    """`ended`: how many sign-ins that were alive have ended by it."""

    staff: StaffLine
    ended: int = 0


class ResetAsked(Answer, frozen=True, kw_only=True):
    """Two officers approve it on the page /security/approvals. `to` is a username or a reference; `approvers`: how
    many officers can do so now, the person concerned left out."""

    reset: str
    to: str
    expires_at_ms: int
    approvers: int


class BadLine(Answer, frozen=True, kw_only=True):
    """`line` counts from 1, the first row's; 0 is the file as a whole."""

    line: int
    sentence: str


class CustomersImported(Answer, frozen=True, kw_only=True):
    """`bad` is empty, or nothing was taken in and the numbers are 0. `bad_in_all` counts those left out of it too."""

    added: int
    changed: int
    unchanged: int
    bad: list[BadLine] = msgspec.field(default_factory=list)
    bad_in_all: int = 0


class CustomerLine(Answer, frozen=True, kw_only=True):
    """`label` is the name, masked."""

    id: str
    reference: str
    label: str


class CustomerList(Answer, frozen=True, kw_only=True):
    """`more`: there are further ones behind the last."""

    customers: list[CustomerLine]
    more: bool


class CaseLine(Answer, frozen=True, kw_only=True):
    """`agent` is a username; "" if it is nobody's. `state`: open, provisional (opened by an agent, and nobody else has
    stood for it) or closed. `customer`: where such a one names nobody, a reference that begins with a dot."""

    id: str
    reference: str
    customer: str
    reason: str
    agent: str
    state: str
    live: bool
    last_activity_ms: int


class CaseList(Answer, frozen=True, kw_only=True):
    cases: list[CaseLine]


class KeyLine(Answer, frozen=True, kw_only=True):
    """`state`: active, expired or revoked."""

    id: str
    name: str
    scopes: list[str]
    created_at_ms: int
    expires_at_ms: int
    last_used_ms: int | None
    state: str


class KeyList(Answer, frozen=True, kw_only=True):
    keys: list[KeyLine]


class KeyGiven(Answer, frozen=True, kw_only=True):
    """`token` is shown here and nowhere else. `former_until_ms`: how long the key that it replaces is good."""

    key: KeyLine
    token: str
    former_until_ms: int | None = None


class FindingSeen(Answer, frozen=True, kw_only=True):
    """One finding of the checklist, as in `server.checklist.finding`; `values` fill its text."""

    check: Word
    state: Word
    severity: Literal["ok", "advice", "weak", "danger"]
    values: dict[Word, str | int]


class Examined(Answer, frozen=True, kw_only=True):
    findings: list[FindingSeen]


class Noted(Answer, frozen=True, kw_only=True):
    """`entry` is the index of the durable entry."""

    entry: int


class Status(Act[StatusShown], frozen=True, kw_only=True, tag="status"):
    """How is the server? No entry: nothing is shown of anybody."""


class Examine(Act[Examined], frozen=True, kw_only=True, tag="examine"):
    """What is weak now, as the running server sees it. No entry: nothing is shown of anybody."""


class ListStaff(Act[StaffList], frozen=True, kw_only=True, tag="staff.list"):
    """Everybody who works here, or those of one desk."""

    desk: Desk | None = None


class InviteStaff(Act[LinkGiven], frozen=True, kw_only=True, tag="staff.invite"):
    """A new member of staff and a link to enrol by; for one who is still pending, a new link."""

    username: Word
    name: Line
    number: Word
    team: Line
    role: Word


class DisableStaff(Act[StaffChanged], frozen=True, kw_only=True, tag="staff.disable"):
    """At once: pictures, sessions, sign-ins and unused links end; nobody signs in under this name again."""

    username: Word
    desk: Desk


class EnableStaff(Act[StaffChanged], frozen=True, kw_only=True, tag="staff.enable"):
    username: Word
    desk: Desk


class ChangeStaff(Act[StaffChanged], frozen=True, kw_only=True, tag="staff.change"):
    """Agent or supervisor, and whose team; their sign-ins end. "" leaves either as it is."""

    username: Word
    role: Word = ""
    team: Line = ""


class RequestReset(Act[ResetAsked], frozen=True, kw_only=True, tag="staff.reset"):
    """Asks two officers to let this person enrol anew."""

    username: Word
    desk: Desk


class RecoverOfficer(Act[LinkGiven], frozen=True, kw_only=True, tag="officer.recover"):
    """A link without two officers' approval, because fewer than two can sign in. Officers see a flag."""

    username: Word


class ImportCustomers(Act[CustomersImported], frozen=True, kw_only=True, tag="customers.import"):
    """`content` is the file as it is (see `support.customer_file`)."""

    content: bytes
    update: bool = False


class ListCustomers(Act[CustomerList], frozen=True, kw_only=True, tag="customers.list"):
    """In the order of references, from behind `after`; recorded."""

    after: Word = ""


class EnrolCustomer(Act[LinkGiven], frozen=True, kw_only=True, tag="customers.enrol"):
    """For a customer who has no authenticator yet; one who has needs two officers."""

    reference: Word


class ResetCustomer(Act[ResetAsked], frozen=True, kw_only=True, tag="customers.reset"):
    """Asks two officers to let this customer enrol anew."""

    reference: Word


class OpenCase(Act[CaseLine], frozen=True, kw_only=True, tag="cases.open"):
    """Live at once. `agent` is a username; "" for nobody yet."""

    reference: Word
    customer: Word
    reason: Line
    agent: Word = ""


class ListCases(Act[CaseList], frozen=True, kw_only=True, tag="cases.list"):
    """The latest first, 500 at most; recorded."""

    closed_too: bool = False


class CloseCase(Act[CaseLine], frozen=True, kw_only=True, tag="cases.close"):
    """What runs in it ends."""

    reference: Word


class AssignCase(Act[CaseLine], frozen=True, kw_only=True, tag="cases.assign"):
    """To another agent, or to nobody (""); what the former one runs in it ends."""

    reference: Word
    agent: Word


class CreateKey(Act[KeyGiven], frozen=True, kw_only=True, tag="keys.create"):
    name: Word
    scopes: Annotated[list[Word], msgspec.Meta(min_length=1, max_length=8)]
    days: int


class ListKeys(Act[KeyList], frozen=True, kw_only=True, tag="keys.list"):
    """Without secrets: they are kept nowhere."""


class RevokeKey(Act[KeyLine], frozen=True, kw_only=True, tag="keys.revoke"):
    """At once."""

    key: Word


class RotateKey(Act[KeyGiven], frozen=True, kw_only=True, tag="keys.rotate"):
    """A new key with the same name and scopes; the former one stays good for `overlap_hours`."""

    key: Word
    days: int
    overlap_hours: int


class NoteBackup(Act[Noted], frozen=True, kw_only=True, tag="backup.note"):
    """A backup was written and checked. `entries` of the log are in it; `manifest_sha256` names its list of files."""

    entries: Count
    size_bytes: Count
    with_keys: bool
    manifest_sha256: Sha256


AnyAct = (
    Status
    | Examine
    | ListStaff
    | InviteStaff
    | DisableStaff
    | EnableStaff
    | ChangeStaff
    | RequestReset
    | RecoverOfficer
    | ImportCustomers
    | ListCustomers
    | EnrolCustomer
    | ResetCustomer
    | OpenCase
    | ListCases
    | CloseCase
    | AssignCase
    | CreateKey
    | ListKeys
    | RevokeKey
    | RotateKey
    | NoteBackup
    | ErasureAct
    | SearchAct
    | MakeReport
    | WrappingAct
    | RingAct
    | ExportAct
    | WebhookAct
    | IdentityAct
    | HandoffAct
    | CanaryAct
    | ImportRoster
    | WhatIf
)
