"""A leaf of the log: sealed sections, one per party (FORMAT.md, section 2). Pure, given a source of randomness."""

import hashlib
import hmac
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.hmac import HMAC

VERSION: Final = 1
SUITE: Final = 1
MAX_LEAF: Final = 65_535
MAX_SECTIONS: Final = 16
ID_SIZE: Final = 16
KEY_SIZE: Final = 32
ORG: Final = "org"

_HEAD: Final = struct.Struct(">BB16s16sQB")
_SECTION_HEAD: Final = struct.Struct(">16s32sH")
_BLOCK: Final = 128
_TAG: Final = 16
_NONCE: Final = bytes(12)  # each key encrypts once: entry_id and label are part of its derivation
_CONTEXT: Final = b"\x08audit/v1"
_AAD: Final = b"audit/v1/aad" + bytes([VERSION, SUITE])
_KEY_REF: Final = b"audit/v1/key-ref"
_MASK: Final = 64
_PADDING: Final = [b"\x80" + bytes(_BLOCK - 1 - length) for length in range(_BLOCK)]

Randomness = Callable[[int], bytes]
MadeLater = Callable[[bytes], bytes]  # a payload, given the secret of its section


class LeafInvalid(Exception):
    """Bytes that are not a leaf. The sentence says what is wrong."""


class LeafTooLarge(ValueError):
    """The sealed entry would pass 65,535 bytes."""


class SectionClosed(Exception):
    """The section does not open: a wrong key, or not what was sealed."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """One party's key for one period. `key_id` is 16 bytes, `secret` 32."""

    key_id: bytes
    secret: bytes
    mac: HMAC = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """The HMAC's key schedule, once instead of for each entry; only copies of it are used."""
        object.__setattr__(self, "mac", HMAC(self.secret, SHA512()))


@dataclass(frozen=True, slots=True)
class Section:
    label: str
    key_ref: bytes
    commitment: bytes
    ciphertext: bytes


@dataclass(frozen=True, slots=True)
class Leaf:
    entry_id: bytes
    emitter_id: bytes
    emitter_seq: int
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Sealer:
    """What all entries of one writer share. `locator` (32 bytes) masks key ids, so that a person's entries do not
    show as one person's to those who hold only the ciphertext."""

    origin: str
    emitter_id: bytes
    locator: bytes
    random: Randomness
    place: bytes = field(init=False, repr=False)
    mask: HMAC = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """What is the same in every entry."""
        object.__setattr__(self, "place", _place(self.origin, b""))
        object.__setattr__(self, "mask", HMAC(self.locator, SHA512()))
        self.mask.update(_KEY_REF)

    def seal(
        self, emitter_seq: int, parts: Sequence[tuple[bytes | MadeLater, DataKey]]
    ) -> tuple[bytes, bytes]:
        """(entry_id, leaf) for payloads in order: the organisation's, then each person's. The id is drawn here and
        nowhere else, because the fixed nonce rests on it. Raises LeafTooLarge."""
        count = len(parts)
        if not 1 <= count <= MAX_SECTIONS:
            raise LeafTooLarge(f"an entry has 1 to {MAX_SECTIONS} sections")
        entry_id = self.random(ID_SIZE)
        place, emitter = self.place + entry_id, self.emitter_id + emitter_seq.to_bytes(8, "big")
        context, around = _CONTEXT + place, _AAD + place
        key_refs = self._key_refs(entry_id, b"".join([key.key_id for _, key in parts]))
        leaf = [_HEAD.pack(VERSION, SUITE, entry_id, self.emitter_id, emitter_seq, count)]
        for position, (given, key) in enumerate(parts):
            name = _NAMES[position]
            key_ref = key_refs[position * ID_SIZE : (position + 1) * ID_SIZE]
            mac = key.mac.copy()
            mac.update(context + name)
            secret = mac.finalize()[:KEY_SIZE]
            cipher_key, commitment = section_keys(secret)
            payload = given if isinstance(given, bytes) else given(secret)
            padded = payload + _PADDING[len(payload) % _BLOCK]
            ciphertext = AESGCM(cipher_key).encrypt(_NONCE, padded, around + name + key_ref + emitter)
            if len(ciphertext) > MAX_LEAF:
                raise LeafTooLarge(f"an entry has at most {MAX_LEAF} bytes")
            leaf += (name, _SECTION_HEAD.pack(key_ref, commitment, len(ciphertext)), ciphertext)
        sealed = b"".join(leaf)
        if len(sealed) > MAX_LEAF:
            raise LeafTooLarge(f"an entry has at most {MAX_LEAF} bytes")
        return entry_id, sealed

    def _key_refs(self, entry_id: bytes, key_ids: bytes) -> bytes:
        stream = b""
        for block in range(-(-len(key_ids) // _MASK)):
            mac = self.mask.copy()
            mac.update(entry_id + bytes([block]))
            stream += mac.finalize()
        return _xor(key_ids, stream[: len(key_ids)])


def sealed_size(payload_sizes: Sequence[int]) -> int:
    """How many bytes the leaf for payloads of these sizes will have."""
    size = _HEAD.size
    for position, payload in enumerate(payload_sizes):
        padded = (payload // _BLOCK + 1) * _BLOCK
        size += len(_NAMES[position]) + _SECTION_HEAD.size + padded + _TAG
    return size


def parse_leaf(data: bytes) -> Leaf:
    """Raises LeafInvalid unless `data` is a leaf in every particular but its encryption."""
    entry_id, emitter_id, emitter_seq, spans = inspect_leaf(data)
    sections: list[Section] = []
    for position, (start, stop) in enumerate(spans):
        key_ref, commitment, _ = _SECTION_HEAD.unpack_from(data, start)
        ciphertext = data[start + _SECTION_HEAD.size : stop]
        sections.append(Section(label_of(position), key_ref, commitment, ciphertext))
    return Leaf(entry_id, emitter_id, emitter_seq, tuple(sections))


def inspect_leaf(data: bytes) -> tuple[bytes, bytes, int, list[tuple[int, int]]]:
    """Entry id, emitter id, emitter's number, and from where to where each section lies behind its label: all that a
    verifier of many entries needs. Raises LeafInvalid as `parse_leaf`."""
    if not _HEAD.size < len(data) <= MAX_LEAF:
        raise LeafInvalid("the entry is shorter or longer than an entry can be")
    version, suite, entry_id, emitter_id, emitter_seq, count = _HEAD.unpack_from(data)
    if version != VERSION or suite != SUITE:
        raise LeafInvalid("the entry is of an unknown version or suite")
    if not 1 <= count <= MAX_SECTIONS:
        raise LeafInvalid(f"the entry has {count} sections")
    spans: list[tuple[int, int]] = []
    stop = _HEAD.size
    for position in range(count):
        if not data.startswith(_NAMES[position], stop):
            raise LeafInvalid(f"section {position} of the entry has a wrong label")
        start = stop + len(_NAMES[position])
        body = start + _SECTION_HEAD.size
        length = int.from_bytes(data[body - 2 : body], "big")
        stop = body + length
        if stop > len(data) or length < _BLOCK + _TAG or length % _BLOCK != _TAG:
            raise LeafInvalid(f"section {position} of the entry is cut off or has an impossible length")
        spans.append((start, stop))
    if stop != len(data):
        raise LeafInvalid("the entry goes on after its last section")
    return entry_id, emitter_id, emitter_seq, spans


def open_section(leaf: Leaf, section: Section, *, origin: str, secret: bytes) -> bytes:
    """The payload, given the section's secret. Raises SectionClosed, also when the key is not the committed one."""
    cipher_key, commitment = section_keys(secret)
    if not hmac.compare_digest(commitment, section.commitment):
        raise SectionClosed("the section was not sealed under this key")
    place, name = _place(origin, leaf.entry_id), _named(section.label)
    emitter = leaf.emitter_id + leaf.emitter_seq.to_bytes(8, "big")
    aad = b"".join([_AAD, place, name, section.key_ref, emitter])
    try:
        padded = AESGCM(cipher_key).decrypt(_NONCE, section.ciphertext, aad)
    except InvalidTag as error:
        raise SectionClosed("the section is not what was sealed") from error
    payload, mark, rest = padded.rpartition(b"\x80")
    if not mark or len(rest) >= _BLOCK or rest.strip(b"\0"):
        raise SectionClosed("the section's padding is not in its canonical form")
    return payload


def section_secret(data_key: bytes, origin: str, entry_id: bytes, label: str) -> bytes:
    """32 bytes that open exactly one section; a receipt may reveal them."""
    return _secret(data_key, _place(origin, entry_id) + _named(label))


def section_keys(secret: bytes) -> tuple[bytes, bytes]:
    """(AES-256-GCM key, commitment), each 32 bytes: a one-step derivation as in NIST SP 800-56C."""
    both = hashlib.sha512(b"audit/v1/section" + secret).digest()
    return both[:KEY_SIZE], both[KEY_SIZE:]


def key_ids(leaf: Leaf, locator: bytes) -> list[bytes]:
    """The ids of the data keys that the sections are sealed under, in order."""
    masks = _masks(locator, leaf.entry_id, len(leaf.sections))
    return [_xor(section.key_ref, mask) for section, mask in zip(leaf.sections, masks, strict=True)]


def label_of(position: int) -> str:
    return ORG if position == 0 else f"subject/{position - 1}"


def _named(label: str) -> bytes:
    name = label.encode()
    return bytes([len(name)]) + name


_NAMES: Final = [_named(label_of(position)) for position in range(MAX_SECTIONS)]


def _place(origin: str, entry_id: bytes) -> bytes:
    name = origin.encode()
    return len(name).to_bytes(2, "big") + name + entry_id


def _secret(data_key: bytes, context: bytes) -> bytes:
    return hmac.digest(data_key, _CONTEXT + context, "sha512")[:KEY_SIZE]


def _masks(locator: bytes, entry_id: bytes, count: int) -> list[bytes]:
    stream = b""
    for block in range(-(-count // 4)):
        stream += hmac.digest(locator, _KEY_REF + entry_id + bytes([block]), "sha512")
    return [stream[start : start + ID_SIZE] for start in range(0, count * ID_SIZE, ID_SIZE)]


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(len(left), "big")
