"""A block of the index: which tags occur in which of its entries, sealed as a whole (FORMAT.md, section 18). Pure,
given a source of randomness.

Two parts, so that a search opens the small one of each block and the large one only where something is found.
"""

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TAG: Final = 12
WIDTH: Final = 1_024
NONCE: Final = 12
_HEAD: Final = struct.Struct(">16sQQQHI12s")
_PLACE: Final = struct.Struct(f">{TAG}sHI")
_AAD: Final = b"tachiai/index/v1"


class BlockDamaged(Exception):
    """Not what was sealed for this place."""


@dataclass(frozen=True, slots=True)
class Head:
    """`last_id` is the id of the block's last entry; `made` how many entries the log had when the block was made.
    `earliest_ms` is above `latest_ms` where no entry of it opens; `closed` counts those that do not."""

    last_id: bytes
    made: int
    earliest_ms: int
    latest_ms: int
    closed: int


@dataclass(frozen=True, slots=True)
class Directory:
    """An opened directory. `nonce` opens the lists that belong to it, and no others."""

    head: Head
    nonce: bytes
    places: bytes

    def place(self, tag: bytes) -> tuple[int, int] | None:
        """How many entries the tag has, and where in the lists they are told."""
        low, high = 0, len(self.places) // _PLACE.size
        while low < high:
            middle = (low + high) // 2
            found, count, start = _PLACE.unpack_from(self.places, middle * _PLACE.size)
            if found == tag:
                return count, start
            low, high = (middle + 1, high) if found < tag else (low, middle)
        return None

    def __iter__(self) -> Iterator[tuple[bytes, int, int]]:
        return _PLACE.iter_unpack(self.places)


@dataclass(frozen=True, slots=True)
class BlockSealer:
    """`width` is how many entries a block has: a multiple of 8, the same in the whole index."""

    key: bytes
    random: Callable[[int], bytes]
    width: int = WIDTH

    def seal(self, number: int, head: Head, postings: Mapping[bytes, int]) -> tuple[bytes, bytes]:
        """(directory, lists), as they are stored."""
        nonce, inner = self.random(NONCE), self.random(NONCE)
        places: list[bytes] = []
        lists = bytearray()
        for tag, mask in sorted(postings.items()):
            places.append(_PLACE.pack(tag, mask.bit_count(), len(lists)))
            lists += self._told(mask)
        fields = (head.last_id, head.made, head.earliest_ms, head.latest_ms, head.closed, len(places), inner)
        directory = _HEAD.pack(*fields) + b"".join(places)
        cipher = AESGCM(self.key)
        return (
            nonce + cipher.encrypt(nonce, directory, _aad(number, b"d")),
            cipher.encrypt(inner, bytes(lists), _aad(number, b"l")),
        )

    def open_directory(self, number: int, stored: bytes) -> Directory:
        """Raises BlockDamaged."""
        directory = self._opened(stored[:NONCE], stored[NONCE:], _aad(number, b"d"))
        last_id, made, earliest, latest, closed, count, nonce = _HEAD.unpack_from(directory)
        head = Head(last_id, made, earliest, latest, closed)
        places = directory[_HEAD.size :]
        if len(places) != count * _PLACE.size:
            raise BlockDamaged("the directory is not as long as it says")
        return Directory(head, nonce, places)

    def open_lists(self, number: int, directory: Directory, stored: bytes) -> bytes:
        """Raises BlockDamaged."""
        return self._opened(directory.nonce, stored, _aad(number, b"l"))

    def mask(self, lists: bytes, place: tuple[int, int]) -> int:
        """The places of a tag's entries as the bits of a number."""
        count, start = place
        if not self._listed(count):
            return int.from_bytes(lists[start : start + self.width // 8], "little")
        mask = 0
        for one in struct.unpack_from(f">{count}H", lists, start):
            mask |= 1 << one
        return mask

    def postings(self, directory: Directory, lists: bytes) -> dict[bytes, int]:
        return {tag: self.mask(lists, (count, start)) for tag, count, start in directory}

    def _told(self, mask: int) -> bytes:
        count = mask.bit_count()
        if not self._listed(count):
            return mask.to_bytes(self.width // 8, "little")
        return struct.pack(f">{count}H", *places_of(mask))

    def _listed(self, count: int) -> bool:
        """Whether the places are told one by one: where that is shorter than a bit for each entry."""
        return count * 2 < self.width // 8

    def _opened(self, nonce: bytes, sealed: bytes, aad: bytes) -> bytes:
        try:
            return AESGCM(self.key).decrypt(nonce, sealed, aad)
        except (InvalidTag, ValueError) as error:  # ValueError: a nonce that is cut short
            raise BlockDamaged("the block is not what was sealed") from error


def places_of(mask: int) -> Iterator[int]:
    """The bits that are set, the lowest first."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _aad(number: int, part: bytes) -> bytes:
    return _AAD + part + number.to_bytes(8, "big")
