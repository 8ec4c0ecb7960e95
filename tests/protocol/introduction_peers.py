"""Both pages of an introduction, written from verification/INTRODUCTION.md alone: nothing of the product's is used."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

LIST_BITS = 11


class Caught(Exception):
    """A page found something that cannot be. The message is the reason that it would tell."""


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def hashed(*parts: str) -> bytes:
    return hashlib.sha256(
        b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    ).digest()


def new_device() -> tuple[ec.EllipticCurvePrivateKey, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    numbers = key.public_key().public_numbers()
    x, y = (b64(part.to_bytes(32, "big")) for part in (numbers.x, numbers.y))
    return key, f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'


def signed(key: ec.EllipticCurvePrivateKey, text: str) -> str:
    r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def holds(jwk: str, text: str, signature: str) -> bool:
    import json  # noqa: PLC0415  # a reader of JWKs needs nothing else of it

    members, raw = json.loads(jwk), unb64(signature)
    x, y = (int.from_bytes(unb64(members[name]), "big") for name in ("x", "y"))
    public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    numbers = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    try:
        public.verify(numbers, text.encode(), ec.ECDSA(hashes.SHA256()))
    except Exception:  # noqa: BLE001  # whatever it is, it does not hold
        return False
    return True


@dataclass
class Half:
    """One page's own secrets of one run."""

    secret: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    nonce: str = field(default_factory=lambda: b64(secrets.token_bytes(32)))
    fingerprint: str = ""

    @property
    def key(self) -> str:
        public = self.secret.public_key()
        return b64(public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    def shown(self) -> dict[str, str]:
        return {"nonce": self.nonce, "key": self.key, "fingerprint": self.fingerprint}


@dataclass(frozen=True)
class Words:
    agent: tuple[int, int]
    customer: int


def commitment(shown: dict[str, str], badge: str) -> str:
    parts = (shown["nonce"], shown["key"], shown["fingerprint"], badge)
    return b64(hashed("tachiai/commitment/v1", *parts))


def words(secret: ec.EllipticCurvePrivateKey, other: str, transcript: str) -> Words:
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(other))
    shared = secret.exchange(ec.ECDH(), public)

    def derived(info: str, length: int) -> int:
        hkdf = HKDF(hashes.SHA256(), length, unb64(transcript), info.encode())
        return int.from_bytes(hkdf.derive(shared), "big")

    said, mask = derived("tachiai/v1/words/agent", 3), (1 << LIST_BITS) - 1
    return Words((said >> 13 & mask, said >> 2 & mask), derived("tachiai/v1/words/customer", 2) >> 5)


@dataclass
class Page:
    """What both pages know. `badge` is the document; keys are JWKs."""

    session: str
    case: str
    run: int
    badge: str
    agent_device: str
    customer_device: str
    half: Half = field(default_factory=Half)
    language: str = "en"
    transcript: str = ""
    words: Words | None = None

    def settle(self, agent: dict[str, str], customer: dict[str, str]) -> None:
        self.transcript = b64(
            hashed(
                "tachiai/introduction/v1",
                self.session,
                self.case,
                str(self.run),
                self.language,
                self.badge,
                self.agent_device,
                self.customer_device,
                agent["fingerprint"],
                customer["fingerprint"],
                agent["key"],
                customer["key"],
                agent["nonce"],
                customer["nonce"],
            )
        )
        other = customer if agent == self.half.shown() else agent
        self.words = words(self.half.secret, other["key"], self.transcript)


@dataclass
class AgentPage(Page):
    """`device` is the private half of the badge's device key."""

    device: ec.EllipticCurvePrivateKey = field(default_factory=lambda: new_device()[0])

    def commit(self) -> dict[str, Any]:
        promised = commitment(self.half.shown(), self.badge)
        return {"type": "exchange.commit", "run": self.run, "commitment": promised}

    def reveal(self, answer: dict[str, Any]) -> dict[str, Any]:
        if answer["run"] != self.run:
            raise Caught("out_of_order")
        self.language, self.customer_device = answer["language"], answer["device_key"]
        self.settle(self.half.shown(), answer)
        text = f"tachiai/introduction/v1 agent {self.transcript}"
        signature = signed(self.device, text)
        return {"type": "exchange.reveal", "run": self.run, **self.half.shown(), "signature": signature}

    def accept(self, confirmed: dict[str, Any]) -> None:
        text = f"tachiai/introduction/v1 customer {self.transcript}"
        if not holds(self.customer_device, text, confirmed["signature"]):
            raise Caught("signature_invalid")


@dataclass
class CustomerPage(Page):
    device: ec.EllipticCurvePrivateKey = field(default_factory=lambda: new_device()[0])
    promised: str = ""

    def start(self) -> dict[str, Any]:
        return {"type": "exchange.start", "run": self.run}

    def answer(self, commit: dict[str, Any]) -> dict[str, Any]:
        if commit["run"] != self.run or self.promised:
            raise Caught("out_of_order")
        self.promised = commit["commitment"]
        shown = {**self.half.shown(), "language": self.language}
        return {"type": "exchange.answer", "run": self.run, **shown}

    def confirm(self, reveal: dict[str, Any]) -> dict[str, Any]:
        if reveal["run"] != self.run or self.transcript or not self.promised:
            raise Caught("out_of_order")
        if commitment(reveal, self.badge) != self.promised:
            raise Caught("commitment_broken")
        agent = {name: reveal[name] for name in ("nonce", "key", "fingerprint")}
        self.settle(agent, self.half.shown())
        text = f"tachiai/introduction/v1 agent {self.transcript}"
        if not holds(self.agent_device, text, reveal["signature"]):
            raise Caught("signature_invalid")
        signature = signed(self.device, f"tachiai/introduction/v1 customer {self.transcript}")
        return {"type": "exchange.confirm", "run": self.run, "signature": signature}
