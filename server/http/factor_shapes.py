"""What requests about customers' factors take and give, as JSON."""

from typing import Annotated, Literal

import msgspec

from server.http.approvals import PersonShown
from server.http.shapes import Answer, Id, Request, Text

Kind = Literal["first", "lost", "removal", "app", "passkeys", "merge"]
How = Literal["in_person", "video", "document", "known_number", "letter"]


class AskFor(Request, frozen=True, kw_only=True):
    """`customer` is the organisation's reference; `absorbed`, for a merge alone, that of the record which ceases.
    `how`: how it was made sure that the customer asks; `filed`: where the proof of that is filed."""

    kind: Kind
    customer: Text
    how: How
    filed: Text
    absorbed: Annotated[str, msgspec.Meta(max_length=64)] = ""


class Vouch(Request, frozen=True, kw_only=True):
    """As `AskFor`."""

    how: How
    filed: Text


class VoucherShown(Answer, frozen=True, kw_only=True):
    staff: PersonShown
    how: How
    at_ms: int


class FactorRequestShown(Answer, frozen=True, kw_only=True):
    """`absorbed`: of a merge, the record that ceases. `phase`: "asked" (one is missing), "held" or "ripe".
    `due_at_ms`: when it is ripe; null before two vouched. `mine` says why the viewer cannot vouch, `carry` why they
    cannot carry it out ("not_open", "twice", "in_session",
    "held", "voucher_gone", "role"); null if they can."""

    id: str
    kind: Kind
    phase: Literal["asked", "held", "ripe"]
    subject: PersonShown
    absorbed: PersonShown | None
    asked_by: str
    asked_at_ms: int
    due_at_ms: int | None
    ends_at_ms: int
    vouchers: list[VoucherShown]
    mine: str | None
    carry: str | None


class FactorRequestMade(Answer, frozen=True, kw_only=True):
    id: str
    due_at_ms: int | None


class CarriedOut(Answer, frozen=True, kw_only=True):
    """`url` is the link, shown this once; null for a removal or a merge."""

    url: str | None
    expires_at_ms: int | None


class Cancel(Request, frozen=True, kw_only=True):
    """The token of a cancel link."""

    token: Id


class CancelAnswer(Answer, frozen=True, kw_only=True):
    """ "over": nobody's link, one that was used, or too late."""

    outcome: Annotated[Literal["stopped", "over"], msgspec.Meta(description="What came of it")]
