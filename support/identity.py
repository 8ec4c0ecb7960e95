"""Names of the things at the desk. Opaque, random and URL-safe: a prefix and 22 base64url characters (128 bits)."""

import re
from typing import Final, NewType

CaseId = NewType("CaseId", str)  # "cas_..."
CustomerId = NewType("CustomerId", str)  # "cus_...", also the customer's pseudonym in the log
StaffId = NewType("StaffId", str)  # "sta_..."

_ID: Final = re.compile(r"[a-z]{3}_[A-Za-z0-9_-]{22}")


def is_id(text: str, prefix: str) -> bool:
    """Whether `text` could be one of our ids with this three-letter prefix; anything else is not even looked up."""
    return len(text) == 26 and text.startswith(prefix + "_") and _ID.fullmatch(text) is not None
