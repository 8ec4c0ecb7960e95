"""Proofs out of published tiles: that an entry is in a tree, that a tree goes on from an earlier one."""

from typing import Protocol

from audit.public import PublicDamaged
from audit.tile import node_from_tiles
from audit.tree import Node, consistency_proof, inclusion_proof


class Tiles(Protocol):
    def hashes(self, level: int, index: int, size: int) -> list[bytes]:
        """A tile of the tree of `size` leaves. Raises PublicDamaged."""
        ...


class Prover:
    """Reads only the tiles that a proof needs: a few for each level of the tree."""

    def __init__(self, public: Tiles) -> None:
        self._public = public

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """RFC 6962 section 2.1.1, from the leaf upwards, in the tree of `size` entries, which must be published.
        Raises ValueError unless 0 <= index < size, PublicDamaged."""
        return inclusion_proof(index, size, self._node(size))

    def consistency(self, old: int, size: int) -> list[bytes]:
        """RFC 6962 section 2.1.2. Raises ValueError unless 1 <= old <= size, PublicDamaged."""
        return consistency_proof(old, size, self._node(size))

    def _node(self, size: int) -> Node:
        stored = node_from_tiles(lambda level, index: self._public.hashes(level, index, size))

        def node(level: int, index: int) -> bytes:
            try:
                return stored(level, index)
            except ValueError as error:
                raise PublicDamaged(f"the tiles do not hold node {index} of level {level}") from error

        return node
