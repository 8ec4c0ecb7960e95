"""A second reader of the log, written from FORMAT.md and the C2SP pages that it names, and from nothing of ours.

What is wrong raises ValueError or an error of `cryptography`: it is not made to be kind. It reads Ed25519 lines alone.
"""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

LABEL_AT: Final = 1 + 1 + 16 + 16 + 8  # version, suite, entry_id, emitter_id, emitter_seq


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def demand(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(what)


@dataclass(frozen=True)
class Key:
    """A verifier key of signed-note, of the type 0x01."""

    name: str
    octets: bytes

    @classmethod
    def parse(cls, text: str) -> "Key":
        name, identity, encoded = text.partition("\n")[0].split("+", 2)
        octets = base64.b64decode(encoded, validate=True)
        demand(octets[0] == 1 and len(octets) == 33, "an Ed25519 key")
        key = cls(name, octets[1:])
        demand(key.identity.hex() == identity, "the key's hash")
        return key

    @property
    def identity(self) -> bytes:
        return sha(self.name.encode(), b"\n\x01", self.octets)[:4]

    def opened(self, note: bytes) -> list[str]:
        """The lines of a note that this key signed."""
        text, lines = note.rsplit(b"\n\n", 1)
        for line in lines.decode().splitlines():
            dash, name, encoded = line.split(" ")
            signature = base64.b64decode(encoded, validate=True)
            if (dash, name, signature[:4]) == ("—", self.name, self.identity):
                Ed25519PublicKey.from_public_bytes(self.octets).verify(signature[4:], text + b"\n")
                return text.decode().split("\n")
        raise ValueError("not signed by this key")


def checkpoint(note: bytes, key: Key) -> tuple[int, bytes]:
    origin, size, root = key.opened(note)
    demand(origin == key.name, "the log's own checkpoint")
    return int(size), base64.b64decode(root, validate=True)


def leaves(public: Path, size: int) -> list[bytes]:
    """Section 4: bundles of 256 entries, and a partial one."""
    found: list[bytes] = []
    for number in range((size + 255) // 256):
        width = min(256, size - 256 * number)
        name = f"{number % 1000:03d}"
        while number := number // 1000:
            name = f"x{number % 1000:03d}/{name}"
        place = f"tile/entries/{name}" + (f".p/{width}" if width < 256 else "")
        bundle, at = (public / place).read_bytes(), 0
        while at < len(bundle):
            length = int.from_bytes(bundle[at : at + 2])
            found.append(bundle[at + 2 : at + 2 + length])
            at += 2 + length
    demand(len(found) == size, "as many entries as are signed")
    return found


def root_of(hashes: list[bytes]) -> bytes:
    """RFC 6962, 2.1, of leaf hashes."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha()
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return sha(b"\x01", root_of(hashes[:split]), root_of(hashes[split:]))


def check_seals(public: Path, key: Key, hashes: list[bytes]) -> int:
    """Section 12, a chain that never began anew; how many epochs are sealed."""
    before, signer, epoch, last = bytes(32), key, 0, 0
    records = re.split(rb"(?<=\n)(?=tachiai/(?:genesis|seal)/v1\n)", (public / "seals").read_bytes())
    for number, record in enumerate(records):
        title, origin, stated, size, root, _, after, linked, *reason = signer.opened(record)
        demand(title == ("tachiai/seal/v1" if number else "tachiai/genesis/v1"), "one genesis, then seals")
        demand((origin, int(stated)) == (key.name, epoch), "this log's next epoch")
        demand(reason in ([], ["new"], ["unsealed"]) and bool(reason) == (number == 0), "a first reason")
        demand(base64.b64decode(linked) == before, "the hash of the record before")
        demand(int(size) >= last, "no fewer entries than before")
        demand(base64.b64decode(root) == root_of(hashes[: int(size)]), "the tree's root")
        before, signer, last = sha(record), Key(key.name, base64.b64decode(after)), int(size)
        epoch += number > 0  # a genesis begins epoch 0; its seal is the next record
    return epoch


def check_proof(proof: bytes, leaf: bytes, key: Key) -> int:
    """Section 14, and RFC 9162, 2.1.3.2; which entry it is."""
    head, note = proof.split(b"\n\n", 1)
    title, index_line, *path = head.decode().split("\n")
    demand(title == "c2sp.org/tlog-proof@v1", "a proof")
    index = int(index_line.removeprefix("index "))
    demand(index_line == f"index {index}", "a plain number")
    size, root = checkpoint(note, key)
    at, last, found = index, size - 1, sha(b"\x00", leaf)
    demand(index < size, "an entry that is signed")
    for sibling in (base64.b64decode(one, validate=True) for one in path):
        demand(last > 0, "no more hashes than the tree is high")
        if at % 2 or at == last:
            found = sha(b"\x01", sibling, found)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            found = sha(b"\x01", found, sibling)
        at, last = at >> 1, last >> 1
    demand(last == 0 and found == root, "the entry lies there in the tree")
    return index


def section(leaf: bytes, wanted: str) -> tuple[bytes, bytes, bytes]:
    """key_ref, commitment and ciphertext of the section with this label (section 2)."""
    at = LABEL_AT + 1
    for _ in range(leaf[LABEL_AT]):
        label = leaf[at + 1 : at + 1 + leaf[at]]
        at += 1 + leaf[at]
        length = int.from_bytes(leaf[at + 48 : at + 50])
        if label.decode() == wanted:
            return leaf[at : at + 16], leaf[at + 16 : at + 48], leaf[at + 50 : at + 50 + length]
        at += 50 + length
    raise ValueError("no such section")


def open_receipt(receipt: bytes, key: Key) -> dict[str, Any]:
    """The facts that a receipt proves (section 14, steps 1 to 7)."""
    told = json.loads(receipt)
    leaf, secret = (base64.b64decode(told[name], validate=True) for name in ("leaf", "secret"))
    check_proof(told["proof"].encode(), leaf, key)
    demand(told["label"] != "org", "a person's section")
    label, origin = told["label"].encode(), key.name.encode()
    key_ref, commitment, ciphertext = section(leaf, told["label"])
    both = hashlib.sha512(b"audit/v1/section" + secret).digest()
    demand(both[32:] == commitment, "the commitment")
    aad = b"audit/v1/aad" + leaf[:2] + len(origin).to_bytes(2) + origin + leaf[2:18]
    aad += len(label).to_bytes(1) + label + key_ref + leaf[18:LABEL_AT]
    padded = AESGCM(both[:32]).decrypt(bytes(12), ciphertext, aad)
    facts: dict[str, Any] = json.loads(padded[: padded.rindex(b"\x80")])["facts"]
    return facts
