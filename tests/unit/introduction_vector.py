"""The vector of verification/INTRODUCTION.md: as it stands there, and as the code makes it from the same secrets."""

import json
import re
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec

from server.badges.proving import Question
from tests.protocol.introduction_peers import Half, b64, unb64, words
from tests.unit.word_rules import listed
from verification.badge import Badge, encoded, key_id, public_of, sign
from verification.introduction import Ground, commitment, transcript
from verification.introduction import Half as Shown

DOCUMENT: Final = Path(__file__).resolve().parents[2] / "verification" / "INTRODUCTION.md"
FINGERPRINTS: Final = tuple("sha-256 " + ":".join([pair] * 32) for pair in ("A1", "C2"))
ISSUED_AT_MS: Final = 1_790_000_000_000
LIFE_MS: Final = 43_200_000


def published() -> dict[str, Any]:
    """Raises AssertionError where the document has none."""
    text = DOCUMENT.read_text("utf-8")
    found = re.search(r"^## Test vector\n.*?^```json\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found is not None, "the document has no test vector"
    return dict(json.loads(found[1]))


def made() -> dict[str, Any]:
    agent_device, customer_device = (jwk(secret(first)) for first in (0x01, 0x21))
    halves = [
        Half(secret(first), b64(octets(nonce)), fingerprint)
        for first, nonce, fingerprint in zip((0x41, 0x61), (0x81, 0xA1), FINGERPRINTS, strict=True)
    ]
    agent, customer = (Shown(half.nonce, half.key, half.fingerprint) for half in halves)
    seed = octets(0xC1)
    document, signature = sign(_badge(agent_device, key_id(public_of(seed))), seed)
    ground = Ground("ses_AAAAAAAAAAAAAAAAAAAAAA", "C-2041", 1, document, agent_device, customer_device)
    found = transcript(ground, "en", agent, customer)
    said = words(halves[0].secret, customer.key, found)
    assert said == words(halves[1].secret, agent.key, found)
    login, nonce = "log_AAAAAAAAAAAAAAAAAAAAAA", octets(0xE1)
    question = Question(
        agent="sta_AAAAAAAAAAAAAAAAAAAAAA", login=login, case="C-2041", device_key=agent_device
    )
    return {
        "badge": {
            "seed": b64(seed),
            "public": encoded(public_of(seed)),
            "document": document,
            "signature": signature,
        },
        "passkey": {
            "login": login,
            "nonce": b64(nonce),
            "challenge": b64(question.bound.challenge(nonce)),
        },
        "session": ground.session,
        "case": ground.case,
        "run": ground.run,
        "language": "en",
        "agent_device": agent_device,
        "customer_device": customer_device,
        "agent": _half(0x41, agent),
        "customer": _half(0x61, customer),
        "commitment": commitment(agent, document),
        "transcript": found,
        "agent_indices": list(said.agent),
        "agent_words": [listed("en")[index] for index in said.agent],
        "customer_index": said.customer,
        "customer_word": listed("en")[said.customer],
    }


def octets(first: int) -> bytes:
    """32 of them, counting up from `first`."""
    return bytes((first + place) % 256 for place in range(32))


def secret(first: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(octets(first)), ec.SECP256R1())


def jwk(key: ec.EllipticCurvePrivateKey) -> str:
    numbers = key.public_key().public_numbers()
    x, y = (b64(part.to_bytes(32)) for part in (numbers.x, numbers.y))
    return f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'


def private_jwk(half: dict[str, str]) -> dict[str, str]:
    """As a browser imports it."""
    point = unb64(half["key"])
    return {"crv": "P-256", "kty": "EC", "d": half["secret"], "x": b64(point[1:33]), "y": b64(point[33:])}


def _half(first: int, shown: Shown) -> dict[str, str]:
    return {
        "secret": b64(octets(first)),
        "key": shown.key,
        "nonce": shown.nonce,
        "fingerprint": shown.fingerprint,
    }


def _badge(device_key: str, key: str) -> Badge:
    return Badge(
        id="bdg_AAAAAAAAAAAAAAAAAAAAAA",
        organisation="Sakura Exchange",
        number="A-104",
        name="佐藤 美咲",
        role="agent",
        case="C-2041",
        device_key=device_key,
        key=key,
        issued_at_ms=ISSUED_AT_MS,
        expires_at_ms=ISSUED_AT_MS + LIFE_MS,
    )
