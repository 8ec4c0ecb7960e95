"""The Merkle tree of RFC 6962 section 2.1 over SHA-256: hashes, roots, proofs. Pure.

A *node* (level, i) is the root of the complete subtree over the leaves i * 2**level .. (i + 1) * 2**level - 1.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

Node = Callable[[int, int], bytes]


class ProofInvalid(Exception):
    """A proof does not lead to the root it was given for, or is not one that could exist."""


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    frontier = Frontier()
    for digest in leaf_hashes:
        frontier.append(digest)
    return frontier.root()


class Frontier:
    """The right edge of a growing tree: enough to append and to know the root, 32 bytes per set bit of its size."""

    def __init__(self, size: int = 0, complete: Sequence[bytes] = ()) -> None:
        """`complete` are the roots of the complete subtrees that make up `size` leaves, largest first."""
        if size < 0 or len(complete) != size.bit_count():
            raise ValueError("a frontier holds one hash for each set bit of its size")
        self.size = size
        self._complete = list(complete)

    def append(self, digest: bytes) -> None:
        size = self.size
        while size & 1:
            digest = node_hash(self._complete.pop(), digest)
            size >>= 1
        self._complete.append(digest)
        self.size += 1

    def root(self) -> bytes:
        if not self._complete:
            return EMPTY_ROOT
        digest = self._complete[-1]
        for left in reversed(self._complete[:-1]):
            digest = node_hash(left, digest)
        return digest

    @property
    def complete(self) -> list[bytes]:
        """As the constructor takes them."""
        return list(self._complete)

    def copy(self) -> "Frontier":
        return Frontier(self.size, self._complete)


def frontier_at(size: int, node: Node) -> Frontier:
    """The frontier of the first `size` leaves, read from stored nodes."""
    return Frontier(size, [node(level, start >> level) for level, start in _complete_subtrees(0, size)])


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """RFC 6962 section 2.1.1, from the leaf upwards. Raises ValueError unless 0 <= index < size."""
    if not 0 <= index < size:
        raise ValueError("there is no such entry in a tree of this size")
    proof: list[bytes] = []
    start, stop = 0, size
    while stop - start > 1:
        split = start + _largest_power_below(stop - start)
        if index < split:
            proof.append(_range_root(split, stop, node))
            stop = split
        else:
            proof.append(_range_root(start, split, node))
            start = split
    return proof[::-1]


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """RFC 6962 section 2.1.2. Raises ValueError unless 1 <= old <= new: an empty tree proves nothing."""
    if not 1 <= old <= new:
        raise ValueError("a consistency proof leads from a tree that is not empty to one at least as large")
    proof: list[bytes] = []
    start, stop, whole = 0, new, True
    while old < stop:
        split = start + _largest_power_below(stop - start)
        if old <= split:
            proof.append(_range_root(split, stop, node))
            stop = split
        else:
            proof.append(_range_root(start, split, node))
            start, whole = split, False
    if not whole:
        proof.append(_range_root(start, stop, node))
    return proof[::-1]


def check_inclusion(digest: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """RFC 9162 section 2.1.3.2. Raises ProofInvalid."""
    if not 0 <= index < size or any(len(part) != HASH_SIZE for part in proof):
        raise ProofInvalid("the proof is not one for an entry of this tree")
    position, last = index, size - 1
    for part in proof:
        if last == 0:
            raise ProofInvalid("the proof is longer than the tree is high")
        if position & 1 or position == last:
            digest = node_hash(part, digest)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            digest = node_hash(digest, part)
        position, last = position >> 1, last >> 1
    if last != 0 or digest != root:
        raise ProofInvalid("the proof does not lead from this entry to this root")


def check_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """RFC 9162 section 2.1.4.2. Raises ProofInvalid, also for old = 0: an empty tree proves nothing."""
    if not 1 <= old <= new or any(len(part) != HASH_SIZE for part in proof):
        raise ProofInvalid("the proof is not one for trees of these sizes")
    if old == new:
        if proof or old_root != new_root:
            raise ProofInvalid("two trees of one size have one root and need no proof")
        return
    parts = list(proof)
    if old & (old - 1) == 0:
        parts.insert(0, old_root)
    if not parts:
        raise ProofInvalid("the proof is empty")
    if _fold_consistency(old, new, parts) != (old_root, new_root):
        raise ProofInvalid("the larger tree does not continue the smaller one")


def _fold_consistency(old: int, new: int, parts: Sequence[bytes]) -> tuple[bytes, bytes]:
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    from_old = from_new = parts[0]
    for part in parts[1:]:
        if last == 0:
            raise ProofInvalid("the proof is longer than the tree is high")
        if position & 1 or position == last:
            from_old, from_new = node_hash(part, from_old), node_hash(part, from_new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            from_new = node_hash(from_new, part)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise ProofInvalid("the proof is shorter than the tree is high")
    return from_old, from_new


def _range_root(start: int, stop: int, node: Node) -> bytes:
    digests = [node(level, first >> level) for level, first in _complete_subtrees(start, stop)]
    digest = digests[-1]
    for left in reversed(digests[:-1]):
        digest = node_hash(left, digest)
    return digest


def _complete_subtrees(start: int, stop: int) -> list[tuple[int, int]]:
    """(level, first leaf) of the complete subtrees of a range that begins on a subtree's edge, largest first."""
    parts: list[tuple[int, int]] = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        parts.append((level, start))
        start += 1 << level
    return parts


def _largest_power_below(count: int) -> int:
    return 1 << ((count - 1).bit_length() - 1)
