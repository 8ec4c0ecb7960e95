"""What is shown of a value before it is unmasked: enough to tell two apart, not enough to use. Pure.

The number of dots tells nothing: it is the same for every value.
"""

from enum import StrEnum
from typing import Final

DOTS: Final = "•••"


class FieldKind(StrEnum):
    """How a field is masked. TEXT shows nothing of it."""

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    ACCOUNT = "account"
    TEXT = "text"


def masked(kind: FieldKind, value: str) -> str:
    """A name keeps each part's first letter; an e-mail address that and its last label; numbers keep the last two
    digits; any other text nothing. What is too short to hide anything is hidden whole."""
    match kind:
        case FieldKind.NAME:
            return " ".join(_initial(part) for part in value.split()) or DOTS
        case FieldKind.EMAIL:
            return _masked_email(value)
        case FieldKind.PHONE | FieldKind.ACCOUNT:
            return _tail(value)
        case FieldKind.TEXT:
            return DOTS


def _initial(part: str) -> str:
    return part[0] + DOTS if len(part) > 1 else DOTS


def _masked_email(value: str) -> str:
    name, at, domain = value.rpartition("@")
    _, dot, last = domain.rpartition(".")
    if not (at and dot and name and last):
        return DOTS
    return f"{_initial(name)}@{DOTS}.{last}"


def _tail(value: str) -> str:
    characters = [character for character in value if character.isalnum()]
    return DOTS + "".join(characters[-2:]) if len(characters) >= 6 else DOTS
