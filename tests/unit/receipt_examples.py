"""Receipts for tests, the same on every run: `python -m tests.unit.receipt_examples` writes the vectors anew."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from audit.checkpoint import Checkpoint
from audit.entry import DataKey, Sealer, label_of, parse_leaf, section_secret
from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.note import Kind as NoteKind
from audit.note import Signer
from audit.payload import encode_event
from audit.receipts.making import make_receipt
from audit.receipts.receipt import Kind
from audit.tree import Node, inclusion_proof, leaf_hash, node_hash, root_of

VECTORS: Final = Path(__file__).with_name("receipt_vectors.json")
ORIGIN: Final = "sakura.example/log"
SIGNER: Final = Signer.from_seed(ORIGIN, bytes(range(32)))
SECOND: Final = Signer.from_seed(ORIGIN, bytes(range(2, 34)), NoteKind.ML_DSA_44)
BOTH: Final = replace(SIGNER.verifier, companion=SECOND.verifier)
OTHER: Final = Signer.from_seed("other.example/log", bytes(range(1, 33)))
WITNESSES: Final = tuple(
    Signer.from_seed(name, bytes([number]) * 32, NoteKind.COSIGNATURE)
    for number, name in enumerate(("one.example", "two.example"), 1)
)
NOW: Final = 1_790_000_000_000
CUSTOMER: Final = "cus_AAAAAAAAAAAAAAAAAAAAAA"
SESSION: Final = "ses_AAAAAAAAAAAAAAAAAAAAAA"
WORDING: Final = "山田さん(A-104)に、選んだタブを見せます。"
DEVICE: Final = ec.derive_private_key(
    0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721, ec.SECP256R1()
)  # RFC 6979 A.2.5
ORG_KEY: Final = DataKey(b"o" * 16, b"O" * 32)
OWN_KEY: Final = DataKey(b"c" * 16, b"C" * 32)
SIZE: Final = 11
INDEX: Final = 6


def randomness() -> Any:
    """Bytes that are the same on every run, and never twice the same in one."""
    drawn = 0

    def draw(count: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return hashlib.sha256(b"receipt examples %d" % drawn).digest()[:count]

    return draw


def canonical(members: Mapping[str, Any]) -> str:
    return json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def device_key() -> str:
    numbers = DEVICE.public_key().public_numbers()
    x, y = (base64url(number.to_bytes(32)) for number in (numbers.x, numbers.y))
    return canonical({"crv": "P-256", "kty": "EC", "x": x, "y": y})


def signed(document: str) -> str:
    algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    r, s = decode_dss_signature(DEVICE.sign(document.encode(), algorithm))
    return base64url(r.to_bytes(32) + s.to_bytes(32))


def document(**changes: Any) -> str:
    members: dict[str, Any] = {
        "agent": {"name": "山田 花子", "number": "A-104"},
        "device": base64url(hashlib.sha256(device_key().encode()).digest()),
        "duration_ms": 600_000,
        "kind": "tachiai-consent",
        "nonce": "AAECAwQFBgcICQoLDA0ODw",
        "organisation": "Sakura Exchange",
        "page_time_ms": NOW + 123,
        "scopes": ["tab"],
        "session": SESSION,
        "transcript": "",
        "v": 1,
        "wording": {"language": "ja", "sha256": hashlib.sha256(WORDING.encode()).hexdigest(), "version": 1},
    }
    return canonical({**members, **changes})


def consent_facts(text: str | None = None, **changes: Fact) -> dict[str, Fact]:
    agreed = document() if text is None else text
    facts: dict[str, Fact] = {
        "document": agreed,
        "signature": signed(agreed),
        "device_key": device_key(),
        "language": "ja",
        "granted_at_ms": NOW,
        "until_ms": NOW + 600_000,
    }
    return {**facts, **changes}


def end_facts(receipt: str = "end", **changes: Fact) -> dict[str, Fact]:
    return {"receipt": receipt, "session": SESSION, "cause": "agent_left", "at_ms": NOW + 90_000, **changes}


def withdrawal_facts(**changes: Fact) -> dict[str, Fact]:
    facts: dict[str, Fact] = {
        "agent_name": "山田 花子",
        "agent_number": "A-104",
        "organisation": "Sakura Exchange",
        "consent_sha256": hashlib.sha256(document().encode()).hexdigest(),
        "from_ms": NOW,
        "until_ms": NOW + 600_000,
    }
    return end_facts("withdrawal", **{"cause": "customer_stopped", **facts, **changes})


def access_facts(what: str = "record", **changes: Fact) -> dict[str, Fact]:
    facts: dict[str, Fact] = {
        "receipt": "access",
        "what": what,
        "at_ms": NOW,
        "agent_name": "山田 花子",
        "agent_number": "A-104",
        "agent_team": "Customer help",
        "case": "C-2041",
    }
    return {**facts, **({"field": "email"} if what == "field" else {}), **changes}


def leaf_with(facts: Mapping[str, Fact] | bytes) -> bytes:
    """An entry with the customer's section; bytes are sealed as they are."""
    event = Event(
        EventName.CUSTOMER_CONSENT_GRANTED,
        Outcome.INTENT,
        NOW,
        Actor(ActorKind.CUSTOMER, CUSTOMER),
        customer=CUSTOMER,
        personal={CUSTOMER: facts} if not isinstance(facts, bytes) else {},
    )
    payload = encode_event(event)
    own = facts if isinstance(facts, bytes) else payload.personal[0][1]
    sealer = Sealer(ORIGIN, b"e" * 16, b"l" * 32, randomness())
    return sealer.seal(INDEX, [(payload.org, ORG_KEY), (own, OWN_KEY)])[1]


def secret_of(leaf: bytes, position: int = 1) -> bytes:
    key = (ORG_KEY, OWN_KEY)[position]
    return section_secret(key.secret, ORIGIN, parse_leaf(leaf).entry_id, label_of(position))


def nodes_over(digests: list[bytes]) -> Node:
    def node(level: int, index: int) -> bytes:
        if level == 0:
            return digests[index]
        return node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))

    return node


def receipt(
    kind: Kind,
    facts: Mapping[str, Fact] | bytes,
    *,
    wording: str | None = None,
    size: int = SIZE,
    index: int = INDEX,
    label: str = "subject/0",
    secret: bytes | None = None,
    checkpoint: bytes | None = None,
    second: Signer | None = None,
) -> bytes:
    """In a tree of `size` entries, whose others are of no interest."""
    leaf = leaf_with(facts)
    digests = [leaf_hash(b"another entry %d" % number) for number in range(size)]
    digests[index] = leaf_hash(leaf)
    return make_receipt(
        kind,
        leaf=leaf,
        label=label,
        secret=secret_of(leaf) if secret is None else secret,
        index=index,
        hashes=inclusion_proof(index, size, nodes_over(digests)),
        checkpoint=checkpoint
        or Checkpoint(ORIGIN, size, root_of(digests)).sign(SIGNER, *([second] if second else [])),
        wording=wording,
    )


def consent_receipt() -> bytes:
    return receipt(Kind.CONSENT, consent_facts(), wording=WORDING)


def main() -> None:
    from tests.unit.receipt_mutants import vectors  # noqa: PLC0415  # it is made from what is here

    VECTORS.write_text(json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
