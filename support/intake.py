"""What operators and other systems tell us of customers and cases: checked, then made into our types. Pure.

Every refusal is a sentence that names the field and never repeats its value: it is somebody's.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from support.customer import CustomerField
from support.masking import FieldKind

LONGEST_REFERENCE: Final = 64
LONGEST_CASE_REFERENCE: Final = 32
LONGEST_NAME: Final = 128
LONGEST_EMAIL: Final = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
LONGEST_VALUE: Final = 256
LONGEST_REASON: Final = 500
MOST_EXTRA: Final = 16
RESERVED: Final = frozenset({"name", "email", "phone", "reference"})
_REFERENCE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
_EMAIL: Final = re.compile(r"[^\s@\"<>(),:;\\\[\]]+@[^\s@\"<>(),:;\\\[\]]+\.[^\s@\"<>(),:;\\\[\].]+")
_PHONE: Final = re.compile(r"\+?[0-9 ().\-/]{3,32}", re.ASCII)
_FIELD_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)


class IntakeRefused(ValueError):
    """A sentence for whoever sent it. Nothing was taken in."""


def reference(text: str, *, what: str = "reference", longest: int = LONGEST_REFERENCE) -> str:
    """The organisation's own number for something. Raises IntakeRefused."""
    if not text:
        raise IntakeRefused(f"The {what} is missing.")
    if len(text) > longest or _REFERENCE.fullmatch(text) is None:
        raise IntakeRefused(
            f"The {what} may have {longest} letters, digits, dots, dashes and underscores, a letter or digit first."
        )
    return text


def plain_text(text: str, *, what: str, longest: int, needed: bool = True) -> str:
    """One line without control characters, in NFC and without blanks around it. Raises IntakeRefused."""
    cleaned = unicodedata.normalize("NFC", text).strip()
    if needed and not cleaned:
        raise IntakeRefused(f"The {what} is missing.")
    if len(cleaned) > longest:
        raise IntakeRefused(f"The {what} is longer than {longest} characters.")
    if any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in cleaned):
        raise IntakeRefused(f"The {what} has a line break or another invisible character in it.")
    return cleaned


def record(
    name: str, email: str, phone: str, extra: Iterable[tuple[str, FieldKind, str]] = ()
) -> tuple[CustomerField, ...]:
    """The fields of a customer's record; what is empty is left out, but not the name. Raises IntakeRefused."""
    shown_name = plain_text(name, what="name", longest=LONGEST_NAME)
    fields = [CustomerField("name", FieldKind.NAME, shown_name)]
    if email:
        if len(email) > LONGEST_EMAIL or _EMAIL.fullmatch(email) is None:
            raise IntakeRefused("The email is no e-mail address.")
        fields.append(
            CustomerField("email", FieldKind.EMAIL, plain_text(email, what="email", longest=LONGEST_EMAIL))
        )
    if phone:
        if _PHONE.fullmatch(phone) is None or not any(character.isdigit() for character in phone):
            raise IntakeRefused(
                "The phone is no telephone number: digits with blanks, dashes and a + in front."
            )
        fields.append(CustomerField("phone", FieldKind.PHONE, phone.strip()))
    for field_name, kind, value in extra:
        if value:
            fields.append(
                CustomerField(field_name, kind, plain_text(value, what=field_name, longest=LONGEST_VALUE))
            )
    return tuple(fields)


def extra_name(text: str) -> str:
    """The name of a field beyond the usual ones. Raises IntakeRefused."""
    if _FIELD_NAME.fullmatch(text) is None or text in RESERVED:
        raise IntakeRefused(
            "A field's name has small letters, digits and underscores, at most 32, and is none of the usual ones."
        )
    return text


def field_kind(text: str) -> FieldKind:
    """How a field is masked. Raises IntakeRefused."""
    try:
        return FieldKind(text)
    except ValueError:
        raise IntakeRefused(f"A field's kind is one of {', '.join(FieldKind)}.") from None
