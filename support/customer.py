"""Whom we help."""

from dataclasses import dataclass, field

from support.identity import CustomerId
from support.masking import FieldKind, masked


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
    """`reference` is the organisation's own number for them. Field names are unique."""

    id: CustomerId
    reference: str
    display_name: str = field(repr=False)
    fields: tuple[CustomerField, ...] = ()

    @property
    def label(self) -> str:
        """The name, masked: what lists show."""
        return masked(FieldKind.NAME, self.display_name)

    def field(self, name: str) -> CustomerField | None:
        return next((field for field in self.fields if field.name == name), None)
