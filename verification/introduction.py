"""What two pages make out of their keys, so that nobody between them stays unseen. Pure; laid down in INTRODUCTION.md.

The server has the public parts only: it can compute the commitment and the transcript, and check both signatures. The
words and the frame keys come out of the secret that the two pages share; nothing here can make them.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from verification.badge import BadgeInvalid, decoded, encoded

COMMITMENT_LABEL: Final = "tachiai/commitment/v1"
TRANSCRIPT_LABEL: Final = "tachiai/introduction/v1"
HASH_BYTES: Final = 32
NONCE_BYTES: Final = 32
POINT_BYTES: Final = 65
SIGNATURE_BYTES: Final = 64
_FINGERPRINT: Final = re.compile(r"(sha-256 [0-9A-F]{2}(:[0-9A-F]{2}){31})?", re.ASCII)
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?", re.ASCII)


class PartInvalid(Exception):
    """A part of the exchange does not have its form. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Half:
    """What one page brings: 32 random bytes, an ECDH public key on P-256 (uncompressed point) made for this run, both
    base64url; and the DTLS fingerprint of the certificate that its media will use, "" where the browser tells none."""

    nonce: str
    key: str
    fingerprint: str

    def must_have_form(self) -> None:
        """Raises PartInvalid."""
        _octets(self.nonce, NONCE_BYTES)
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _octets(self.key, POINT_BYTES))
        except ValueError as error:
            raise PartInvalid("The key is not a point of the curve P-256.") from error
        if not _FINGERPRINT.fullmatch(self.fingerprint):
            raise PartInvalid("The fingerprint does not have its form.")


@dataclass(frozen=True, slots=True)
class Ground:
    """What a run stands on and both pages know beforehand. Keys are canonical JWKs, `case` the reference."""

    session: str
    case: str
    run: int
    badge: str  # the document, exactly
    agent_device: str
    customer_device: str


def commitment(agent: Half, badge: str) -> str:
    """What the agent's page promises before it has seen anything of the customer's: base64url."""
    return encoded(hashed(COMMITMENT_LABEL, agent.nonce, agent.key, agent.fingerprint, badge))


def transcript(ground: Ground, language: str, agent: Half, customer: Half) -> str:
    """T: base64url of 32 bytes. `language` is that of the words, which the customer's page chose."""
    return encoded(
        hashed(
            TRANSCRIPT_LABEL,
            ground.session,
            ground.case,
            str(ground.run),
            language,
            ground.badge,
            ground.agent_device,
            ground.customer_device,
            agent.fingerprint,
            customer.fingerprint,
            agent.key,
            customer.key,
            agent.nonce,
            customer.nonce,
        )
    )


def signed_text(party: str, found: str) -> str:
    """What the device key of `party` ("agent" or "customer") signs, for the transcript `found`."""
    return f"{TRANSCRIPT_LABEL} {party} {found}"


def signature_holds(key: ec.EllipticCurvePublicKey, text: str, signature: str) -> bool:
    """ECDSA P-256 with SHA-256 over the UTF-8 of `text`; r and s as 32 bytes each, as WebCrypto makes it."""
    try:
        raw = _octets(signature, SIGNATURE_BYTES)
        half = SIGNATURE_BYTES // 2
        numbers = encode_dss_signature(int.from_bytes(raw[:half]), int.from_bytes(raw[half:]))
        key.verify(numbers, text.encode(), ec.ECDSA(hashes.SHA256()))
    except (PartInvalid, InvalidSignature):
        return False
    return True


def language_has_form(language: str) -> bool:
    return _LANGUAGE.fullmatch(language) is not None


def commitment_has_form(text: str) -> bool:
    try:
        _octets(text, HASH_BYTES)
    except PartInvalid:
        return False
    return True


def hashed(*parts: str) -> bytes:
    """SHA-256 over the parts' UTF-8, each behind its length in 4 bytes, most significant first."""
    octets = [part.encode() for part in parts]
    return hashlib.sha256(b"".join(len(part).to_bytes(4) + part for part in octets)).digest()


def _octets(text: str, size: int) -> bytes:
    try:
        return decoded(text, size)
    except BadgeInvalid as error:
        raise PartInvalid(str(error)) from error
