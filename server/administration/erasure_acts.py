"""What an operator may ask about erasing customers and about holds, and what comes back."""

from typing import Annotated, Literal

import msgspec

from server.administration.act import Act, Answer, Line, Word

Text = Annotated[str, msgspec.Meta(max_length=500)]
Level = Literal["V0", "V1", "V2", "V3"]
Kind = Literal["legal", "investigation"]


class ErasureLine(Answer, frozen=True, kw_only=True):
    """`customer` is the pseudonym in the log; `reference` theirs, a random one once they are erased. `state`: waiting
    (for officers), approved (for its day), hindered (by `reason`), begun, done, over (refused, withdrawn or run out).
    `keys` and `rows`: how many were destroyed and blanked; `entry` is the log's entry of it."""

    erasure: str
    customer: str
    reference: str
    state: str
    reason: str | None
    level: str
    requested_by: str
    requested_at_ms: int
    due_at_ms: int
    approvals: int
    done_at_ms: int | None
    entry: int | None
    keys: int | None
    rows: int | None


class ErasureList(Answer, frozen=True, kw_only=True):
    erasures: list[ErasureLine]


class HoldLine(Answer, frozen=True, kw_only=True):
    hold: str
    kind: str
    reason: str
    placed_by: str
    placed_at_ms: int


class Holds(Answer, frozen=True, kw_only=True):
    """What stands on this customer afterwards."""

    reference: str
    holds: list[HoldLine]


class RequestErasure(Act[ErasureLine], frozen=True, kw_only=True, tag="erasures.request"):
    """Nothing is erased by asking. `proof`: how it was made sure that the customer asks."""

    customer: Word
    level: Level
    proof: Text


class ListErasures(Act[ErasureList], frozen=True, kw_only=True, tag="erasures.list"):
    """The latest first, 200 at most; recorded."""


class WithdrawErasure(Act[ErasureLine], frozen=True, kw_only=True, tag="erasures.withdraw"):
    """Until it is begun."""

    erasure: Line


class HoldCustomer(Act[Holds], frozen=True, kw_only=True, tag="customers.hold"):
    customer: Word
    kind: Kind
    reason: Text


class ReleaseCustomer(Act[Holds], frozen=True, kw_only=True, tag="customers.release"):
    """Every hold of this kind."""

    customer: Word
    kind: Kind
    reason: Text


ErasureAct = RequestErasure | ListErasures | WithdrawErasure | HoldCustomer | ReleaseCustomer
