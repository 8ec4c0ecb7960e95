"""What a browser brings back from an authenticator, in bytes. Sizes first, canonical forms only.

`client_data` is the browser's own account of what was asked (WebAuthn level 3, section 5.8.1): read strictly here, by
an own parser, because the library takes any truthy `crossOrigin` for a remark and reads base64 leniently.
"""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec

from verification.passkey_challenge import CHALLENGE_BYTES
from verification.passkey_refusal import PasskeyRefused, Refusal

HANDLE_BYTES: Final = 64
LARGEST_CREDENTIAL: Final = 1023  # bytes; WebAuthn level 3, section 4, "credential id"
LARGEST_CLIENT_DATA: Final = 2048
LARGEST_ATTESTATION: Final = 6144
LARGEST_DATA: Final = 2048  # authenticator data of an assertion: 37 bytes and extensions
LARGEST_SIGNATURE: Final = 512  # RSA of 4096 bits

Ceremony = Literal["webauthn.create", "webauthn.get"]


@dataclass(frozen=True, slots=True)
class RegistrationResponse:
    client_data: bytes
    attestation: bytes


@dataclass(frozen=True, slots=True)
class AssertionResponse:
    credential: bytes
    client_data: bytes
    data: bytes
    signature: bytes = field(repr=False)
    user_handle: bytes = field(repr=False)


class ClientData(msgspec.Struct, frozen=True, rename="camel"):
    """Browsers may add members, so unknown ones are let be."""

    type: str
    challenge: str
    origin: str
    cross_origin: bool = False
    top_origin: str | None = None


def registration_response(client_data: str, attestation: str) -> RegistrationResponse:
    """Out of base64url. Raises PasskeyRefused."""
    return RegistrationResponse(
        _decoded(client_data, LARGEST_CLIENT_DATA), _decoded(attestation, LARGEST_ATTESTATION)
    )


def assertion_response(
    credential: str, client_data: str, data: str, signature: str, user_handle: str
) -> AssertionResponse:
    """Out of base64url. Raises PasskeyRefused."""
    handle = _decoded(user_handle, HANDLE_BYTES)
    if len(handle) != HANDLE_BYTES:
        raise PasskeyRefused(Refusal.MALFORMED)
    return AssertionResponse(
        _decoded(credential, LARGEST_CREDENTIAL),
        _decoded(client_data, LARGEST_CLIENT_DATA),
        _decoded(data, LARGEST_DATA),
        _decoded(signature, LARGEST_SIGNATURE),
        handle,
    )


def challenge_in(client_data: bytes, ceremony: Ceremony, origin: str) -> bytes:
    """The challenge that was signed, once everything else that the browser tells is as it must be.

    Raises PasskeyRefused: MALFORMED, ORIGIN or CROSS_ORIGIN.
    """
    told = _parsed(client_data)
    if told.type != ceremony:
        raise PasskeyRefused(Refusal.MALFORMED)
    if told.origin != origin:
        raise PasskeyRefused(Refusal.ORIGIN)
    if told.cross_origin or told.top_origin is not None:
        raise PasskeyRefused(Refusal.CROSS_ORIGIN)
    challenge = _decoded(told.challenge, CHALLENGE_BYTES)
    if len(challenge) != CHALLENGE_BYTES:
        raise PasskeyRefused(Refusal.CHALLENGE)
    return challenge


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decoded(text: str) -> bytes:
    """Of what is ours. Raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _parsed(client_data: bytes) -> ClientData:
    if len(client_data) > LARGEST_CLIENT_DATA:
        raise PasskeyRefused(Refusal.MALFORMED)
    try:
        return msgspec.json.decode(client_data, type=ClientData)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise PasskeyRefused(Refusal.MALFORMED) from error


def _decoded(text: str, largest: int) -> bytes:
    """Base64url without padding in its one canonical form, of 1 to `largest` bytes."""
    if not text or len(text) > -(-largest * 4 // 3) or not text.isascii():
        raise PasskeyRefused(Refusal.MALFORMED)
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise PasskeyRefused(Refusal.MALFORMED) from error
    if encoded(data) != text:
        raise PasskeyRefused(Refusal.MALFORMED)
    return data
