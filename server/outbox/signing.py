"""Signatures of webhooks (Standard Webhooks 1.0): who has the endpoint's secret can tell that a call is ours, whole,
and recent.

    webhook-id         the message's id, the same at every try
    webhook-timestamp  UTC seconds of this try
    webhook-signature  v1,base64(HMAC-SHA256(secret, id "." timestamp "." body))

Secrets are not kept: an endpoint's is HMAC-SHA256(key, "tachiai/webhook/v1" | id), so no copy of the database holds
one, and an endpoint that is registered anew has another.
"""

import base64
import hashlib
import hmac
from typing import Final

PREFIX: Final = "whsec_"
_CONTEXT: Final = b"tachiai/webhook/v1"


def secret_of(key: bytes, endpoint: str) -> bytes:
    """32 bytes."""
    return hmac.digest(key, _CONTEXT + endpoint.encode("ascii"), hashlib.sha256)


def shown(secret: bytes) -> str:
    """What the receiver's operator gets, once."""
    return PREFIX + base64.b64encode(secret).decode("ascii")


def signed(secret: bytes, message: str, now_ms: int, body: bytes) -> dict[str, str]:
    """The three headers."""
    timestamp = str(now_ms // 1_000)
    content = f"{message}.{timestamp}.".encode("ascii") + body
    signature = base64.b64encode(hmac.digest(secret, content, hashlib.sha256)).decode("ascii")
    return {
        "webhook-id": message,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{signature}",
    }
