"""Whom we help."""

from dataclasses import dataclass, field
from typing import Final

from support.identity import CustomerId
from support.masking import FieldKind, masked

REGION: Final = "region"
ERASED_LABEL: Final = "—"


@dataclass(frozen=True, slots=True)
class CustomerField:
    """One thing known about a customer. `name` is a key of the pages' catalogue ("email", "last_transfer")."""

    name: str
    kind: FieldKind
    value: str = field(repr=False)

    @property
    def masked(self) -> str:
        return masked(self.kind, self.value)


@dataclass(frozen=True, slots=True)
class Customer:
    """`reference` is the organisation's own number for them, `since_ms` when we first knew them. Field names are
    unique.

    Of somebody who was erased (`erased_at_ms`) there is neither name nor field, and the reference is a random one.
    `merged_into` is the record that stands for this one since the two were merged: this one is given nothing any more.
    """

    id: CustomerId
    reference: str
    display_name: str = field(repr=False)
    fields: tuple[CustomerField, ...] = ()
    since_ms: int = 0
    erased_at_ms: int | None = None
    merged_into: CustomerId | None = None

    @property
    def gone(self) -> bool:
        """Erased, or merged into another: nobody signs in as them, and nothing is given to them."""
        return self.erased_at_ms is not None or self.merged_into is not None

    @property
    def label(self) -> str:
        """The name, masked: what lists show."""
        return ERASED_LABEL if self.erased_at_ms is not None else masked(FieldKind.NAME, self.display_name)

    @property
    def region(self) -> str:
        """What the further field `region` says, in capitals; "" where there is none."""
        found = self.field(REGION)
        return found.value.upper() if found is not None else ""

    def field(self, name: str) -> CustomerField | None:
        return next((field for field in self.fields if field.name == name), None)
