"""An authenticator in software: makes ES256, Ed25519 and RS256 credentials, and signs whatever a test wants signed.

Real Chromium is asked in tests/browser; this one can also do what a browser never does.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field, replace
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
UNLOCKED = PRESENT | VERIFIED


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def client_data(kind: str, challenge: bytes, origin: str, **more: object) -> bytes:
    return json.dumps(
        {"type": kind, "challenge": b64(challenge), "origin": origin, "crossOrigin": False, **more}
    ).encode()


@dataclass
class Credential:
    """One credential in the authenticator. `counts`: some authenticators never do."""

    party: str
    handle: bytes
    algorithm: int = -7
    counts: bool = True
    sign_count: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: Any = None

    def __post_init__(self) -> None:
        if self.key is None:
            self.key = _new_key(self.algorithm)

    def copy(self) -> "Credential":
        """As whoever had the authenticator in hand for a moment would have it."""
        return replace(self)

    def cose(self) -> dict[int, Any]:
        public = self.key.public_key()
        if self.algorithm == -7:
            numbers = public.public_numbers()
            return {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        if self.algorithm == -8:
            return {1: 1, 3: -8, -1: 6, -2: public.public_bytes_raw()}
        numbers = public.public_numbers()
        return {1: 3, 3: -257, -1: numbers.n.to_bytes(256, "big"), -2: b"\x01\x00\x01"}

    def data(self, flags: int, *, attested: bytes = b"") -> bytes:
        party = hashlib.sha256(self.party.encode()).digest()
        return party + bytes([flags]) + self.sign_count.to_bytes(4, "big") + attested

    def attestation(self, flags: int = UNLOCKED, *, cose: dict[int, Any] | None = None) -> bytes:
        key = cbor2.dumps(cose if cose is not None else self.cose())
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + key
        data = self.data(flags | ATTESTED, attested=attested)
        return cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})

    def registration(self, challenge: bytes, origin: str, flags: int = UNLOCKED) -> dict[str, str]:
        """The body that a page sends."""
        told = client_data("webauthn.create", challenge, origin)
        return {"client_data": b64(told), "attestation": b64(self.attestation(flags))}

    def assertion(
        self, challenge: bytes, origin: str, flags: int = UNLOCKED, **more: object
    ) -> dict[str, str]:
        """The body that a page sends. `more` goes into the client data."""
        if self.counts:
            self.sign_count += 1
        told = client_data("webauthn.get", challenge, origin, **more)
        data = self.data(flags)
        return {
            "credential": b64(self.id),
            "client_data": b64(told),
            "data": b64(data),
            "signature": b64(self.signed(data + hashlib.sha256(told).digest())),
            "user_handle": b64(self.handle),
        }

    def signed(self, data: bytes) -> bytes:
        if self.algorithm == -7:
            return bytes(self.key.sign(data, ec.ECDSA(hashes.SHA256())))
        if self.algorithm == -8:
            return bytes(self.key.sign(data))
        return bytes(self.key.sign(data, padding.PKCS1v15(), hashes.SHA256()))


def _new_key(algorithm: int) -> Any:
    if algorithm == -7:
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm == -8:
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, 2048)
