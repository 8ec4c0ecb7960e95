"""Proofs out of the published tiles of a real log lead to its roots, at every size and place, and nowhere else."""

from pathlib import Path

import pytest

from audit.disk import Disk
from audit.proving import Prover
from audit.public import PublicDamaged, PublicFolder
from audit.tile import tile_path
from audit.tiling import RightEdge
from audit.tree import ProofInvalid, check_consistency, check_inclusion, leaf_hash, root_of

SIZE = 70_000


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[PublicFolder, list[bytes], Path]:
    folder = tmp_path_factory.mktemp("public")
    (folder / "tmp").mkdir()
    public = PublicFolder(folder, folder / "tmp", Disk())
    leaves = [number.to_bytes(4, "big") for number in range(SIZE)]
    digests = [leaf_hash(leaf) for leaf in leaves]
    edge = RightEdge()
    public.write(edge.advance(leaves, digests))
    return public, digests, folder


def test_an_entry_is_proved_to_be_in_the_tree(published: tuple[PublicFolder, list[bytes], Path]) -> None:
    public, digests, _ = published
    root = root_of(digests)
    prover = Prover(public)
    for index in (0, 1, 255, 256, 65_535, 65_536, SIZE - 2, SIZE - 1):
        proof = prover.inclusion(index, SIZE)
        check_inclusion(digests[index], index, SIZE, proof, root)
        with pytest.raises(ProofInvalid):
            check_inclusion(digests[index - 1], index, SIZE, proof, root)


def test_a_tree_is_proved_to_go_on_from_an_earlier_one(
    published: tuple[PublicFolder, list[bytes], Path],
) -> None:
    public, digests, _ = published
    root = root_of(digests)
    prover = Prover(public)
    for old in (1, 2, 255, 256, 257, 65_536, 65_537, SIZE - 1, SIZE):
        proof = prover.consistency(old, SIZE)
        check_consistency(old, SIZE, proof, root_of(digests[:old]), root)


def test_no_proof_is_made_of_what_is_not_there(published: tuple[PublicFolder, list[bytes], Path]) -> None:
    public, _, folder = published
    prover = Prover(public)
    with pytest.raises(ValueError, match="entry"):
        prover.inclusion(SIZE, SIZE)
    with pytest.raises(ValueError, match="tree"):
        prover.consistency(0, SIZE)
    tile = folder / tile_path(0, 3)
    content = tile.read_bytes()
    tile.unlink()
    with pytest.raises(PublicDamaged):
        prover.inclusion(3 * 256 + 1, SIZE)
    tile.write_bytes(content)
