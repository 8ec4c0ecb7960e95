"""What an operator may ask about canary customers: whom nobody has a reason to look at."""

from typing import Annotated

import msgspec

from server.administration.act import Act, Answer

Reference = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class CanaryLine(Answer, frozen=True, kw_only=True):
    """`label` is the name, masked. `marked_at_ms`: since when; null where it is none any more."""

    id: str
    reference: str
    label: str
    marked_at_ms: int | None


class CanaryList(Answer, frozen=True, kw_only=True):
    canaries: list[CanaryLine]


class AddCanary(Act[CanaryLine], frozen=True, kw_only=True, tag="canaries.add"):
    """From now on any agent who reaches for this customer is blocked and flagged."""

    customer: Reference


class ListCanaries(Act[CanaryList], frozen=True, kw_only=True, tag="canaries.list"):
    """In the order of references; recorded."""


class RemoveCanary(Act[CanaryLine], frozen=True, kw_only=True, tag="canaries.remove"):
    """A customer like any other again."""

    customer: Reference


CanaryAct = AddCanary | ListCanaries | RemoveCanary
