"""New ids: a three-letter prefix and 128 random bits, as `support.identity` and `session.identity` describe them."""

import base64
import secrets
from typing import Final

ID_BYTES: Final = 16


def new_id(prefix: str) -> str:
    """For instance "cus_..." with 22 base64url characters."""
    return f"{prefix}_{base64.urlsafe_b64encode(secrets.token_bytes(ID_BYTES)).rstrip(b'=').decode('ascii')}"
