"""The headers that every answer carries: what a browser may load, frame, capture and keep."""

import base64
import hashlib
from collections.abc import MutableMapping
from typing import Final

SOFTWARE: Final = "tachiai"  # and no version of anything
FRAMES_TYPE: Final = "tachiai-frames"  # the trusted type's policy, as in web_client/media/frame_transform.js
_POLICY: Final = (
    "default-src 'none'; script-src 'self'{import_map}; style-src 'self'; img-src 'self'; font-src 'self'; "
    "media-src 'self' blob:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'; trusted-types {types}"
)
_PERMISSIONS: Final = (
    "display-capture={capture}, camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=(), bluetooth=(), "
    "clipboard-read=(), payment=(), midi=(), publickey-credentials-get=(self), publickey-credentials-create=(self)"
)
_FIXED: Final = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Integrity-Policy": "blocked-destinations=(script)",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_TRANSPORT: Final = "max-age=63072000; includeSubDomains"


def put(headers: MutableMapping[str, str], *, secure: bool) -> None:
    """Complete an answer's headers. What a page has set for itself (its policy, its caching) stays."""
    for name, value in _FIXED.items():
        headers[name] = value
    headers.setdefault("Content-Security-Policy", content_policy())
    headers.setdefault("Permissions-Policy", permissions(capture=False))
    headers.setdefault("Cache-Control", "no-store")
    headers["Server"] = SOFTWARE
    if secure:
        headers["Strict-Transport-Security"] = _TRANSPORT


def content_policy(import_map: str | None = None, *, frames: bool = False) -> str:
    """The policy; an inline import map is admitted by the SHA-256 of its exact text (CSP3, hash-source).

    `frames`: the page starts the worker that encrypts pictures, and may make that worker's address and nothing else.
    """
    types = FRAMES_TYPE if frames else "'none'"
    if import_map is None:
        return _POLICY.format(import_map="", types=types)
    digest = base64.b64encode(hashlib.sha256(import_map.encode()).digest()).decode()
    return _POLICY.format(import_map=f" 'sha256-{digest}'", types=types)


def permissions(*, capture: bool) -> str:
    """`capture`: only the customer's page may ask to capture a surface."""
    return _PERMISSIONS.format(capture="(self)" if capture else "()")
