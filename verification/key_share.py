"""The keys by which two pages encrypt a picture for each other: what each signs, and who may check it. Pure.

Laid down in INTRODUCTION.md, "Keys for the picture". The server has the public parts only: it can tell whether both
pages signed what they should have, and no more. The pages check the same by themselves, with the device keys that their
own introduction gave them.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from verification.badge import BadgeInvalid, decoded, encoded
from verification.introduction import POINT_BYTES, SIGNATURE_BYTES, hashed, signature_holds

LABEL: Final = "tachiai/media/v1"


class KeyShareInvalid(Exception):
    """Not a share of this session's pages. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class KeyShare:
    """`key`: an ECDH public key on P-256 made for one connection, as an uncompressed point of 65 bytes; `signature`: of
    the page's device key, 64 bytes. Both base64url."""

    key: str
    signature: str

    def must_have_form(self) -> None:
        """Raises KeyShareInvalid."""
        try:
            decoded(self.signature, SIGNATURE_BYTES)
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(self.key, POINT_BYTES))
        except (BadgeInvalid, ValueError) as error:
            raise KeyShareInvalid("The key for the picture does not have its form.") from error


@dataclass(frozen=True, slots=True)
class Ground:
    """What both pages know of each other when they make keys. `transcript`: of the words that were compared, base64url;
    "" where none were. Keys are canonical JWKs, `case` the reference, `badge` the document, exactly."""

    session: str
    case: str
    transcript: str
    badge: str
    agent_device: str
    customer_device: str

    @property
    def name(self) -> str:
        """G: base64url of 32 bytes."""
        return encoded(
            hashed(
                LABEL,
                self.session,
                self.case,
                self.transcript,
                self.badge,
                self.agent_device,
                self.customer_device,
            )
        )


def customers_text(ground: Ground, customer_key: str) -> str:
    """What the customer's device key signs."""
    return f"{LABEL} customer {ground.name} {customer_key}"


def agents_text(ground: Ground, customer_key: str, agent_key: str) -> str:
    """What the agent's device key signs: for this key of the customer's page and no other."""
    return f"{LABEL} agent {ground.name} {customer_key} {agent_key}"


def must_be_customers(share: KeyShare, ground: Ground, device: ec.EllipticCurvePublicKey) -> None:
    """Raises KeyShareInvalid."""
    share.must_have_form()
    if not signature_holds(device, customers_text(ground, share.key), share.signature):
        raise KeyShareInvalid("The key for the picture is not signed by the customer's page.")


def must_be_agents(
    share: KeyShare, ground: Ground, customer_key: str, device: ec.EllipticCurvePublicKey
) -> None:
    """Raises KeyShareInvalid."""
    share.must_have_form()
    if not signature_holds(device, agents_text(ground, customer_key, share.key), share.signature):
        raise KeyShareInvalid("The key for the picture is not signed by the agent's page.")


def fingerprint(ground: Ground, customer_key: str, agent_key: str) -> str:
    """By which the log names a pair of keys: SHA-256 in hex over what both pages signed."""
    return hashlib.sha256(agents_text(ground, customer_key, agent_key).encode()).hexdigest()
