"""What an operator may ask of the office, and what comes back: a pair of types for each act, JSON on the socket."""

from typing import Annotated, Generic, TypeVar, get_args

import msgspec

AnswerType = TypeVar("AnswerType")
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Act(
    msgspec.Struct,
    Generic[AnswerType],
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    tag_field="act",
):
    """Base of all acts; the type argument is what its answer is."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all answers."""


class StatusShown(Answer, frozen=True, kw_only=True):
    """`running`: a server answered; otherwise the office was opened for this one question. `reasons`: sentences
    saying why nothing may be granted now, none if all is well. `sessions`: live ones. Times are UTC milliseconds."""

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


class Noted(Answer, frozen=True, kw_only=True):
    """`entry` is the index of the durable entry."""

    entry: int


class Status(Act[StatusShown], frozen=True, kw_only=True, tag="status"):
    """How is the server? No entry: nothing is shown of anybody."""


class ListStaff(Act[StaffList], frozen=True, kw_only=True, tag="staff.list"):
    """Everybody who works here, or those of one role."""

    role: str | None = None


class NoteBackup(Act[Noted], frozen=True, kw_only=True, tag="backup.note"):
    """A backup was written and checked. `entries` of the log are in it; `manifest_sha256` names its list of files."""

    entries: Count
    size_bytes: Count
    with_keys: bool
    manifest_sha256: Sha256


AnyAct = Status | ListStaff | NoteBackup


def answer_type(act: Act[AnswerType]) -> type[AnswerType]:
    """What `act` is answered with: the argument of its base."""
    (kind,) = get_args(type(act).__orig_bases__[0])  # type: ignore[attr-defined]  # PEP 560: each act names its base
    answer: type[AnswerType] = kind
    return answer
