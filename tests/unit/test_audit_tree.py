"""The tree against the vectors of RFC 6962's reference implementation, against pymerkle, and against its own laws."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from audit.tile import TILE_WIDTH, node_from_tiles, tile_count, tile_path, tile_root
from audit.tiling import RightEdge
from audit.tree import (
    EMPTY_ROOT,
    Frontier,
    Node,
    ProofInvalid,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
)

REFERENCE_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
REFERENCE_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaf_hashes(count: int) -> list[bytes]:
    return [leaf_hash(number.to_bytes(4, "big")) for number in range(count)]


def node_over(digests: list[bytes]) -> Node:
    def node(level: int, index: int) -> bytes:
        part = digests[index << level : (index + 1) << level]
        assert len(part) == 1 << level, "only complete subtrees may be asked for"
        return root_of(part)

    return node


def root_by_definition(digests: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if not digests:
        return hashlib.sha256(b"").digest()
    if len(digests) == 1:
        return digests[0]
    split = 1
    while split * 2 < len(digests):
        split *= 2
    return node_hash(root_by_definition(digests[:split]), root_by_definition(digests[split:]))


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_reference_tree(size: int) -> None:
    digests = [leaf_hash(leaf) for leaf in REFERENCE_LEAVES[:size]]
    assert root_of(digests).hex() == REFERENCE_ROOTS[size]


def test_an_inclusion_proof_is_that_of_the_reference_tree() -> None:
    digests = [leaf_hash(leaf) for leaf in REFERENCE_LEAVES]
    assert [part.hex() for part in inclusion_proof(0, 8, node_over(digests))] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 31, 64, 100, 257])
def test_roots_and_proofs_are_those_of_another_implementation(size: int) -> None:
    other = InmemoryTree(algorithm="sha256")
    for number in range(size):
        other.append_entry(number.to_bytes(4, "big"))
    digests = leaf_hashes(size)
    assert root_of(digests) == other.get_root()
    path = other.prove_inclusion(size // 2 + 1).path
    ours = inclusion_proof(size // 2, size, node_over(digests))
    assert set(ours) <= {bytes(part) if isinstance(part, bytes) else bytes.fromhex(part) for part in path}


@given(st.integers(0, 600))
def test_a_frontier_gives_the_root_by_definition(size: int) -> None:
    assert root_of(leaf_hashes(size)) == root_by_definition(leaf_hashes(size))


@given(st.data())
@settings(max_examples=300)
def test_every_inclusion_proof_holds_and_no_changed_one_does(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 300))
    index = data.draw(st.integers(0, size - 1))
    digests = leaf_hashes(size)
    proof, root = inclusion_proof(index, size, node_over(digests)), root_of(digests)
    check_inclusion(digests[index], index, size, proof, root)
    for wrong in changed(proof, data):
        with pytest.raises(ProofInvalid):
            check_inclusion(digests[index], index, size, wrong, root)
    with pytest.raises(ProofInvalid):
        check_inclusion(leaf_hash(b"another"), index, size, proof, root)
    with pytest.raises(ProofInvalid):
        check_inclusion(digests[index], size, size, proof, root)


@given(st.data())
@settings(max_examples=300)
def test_every_consistency_proof_holds_and_no_changed_one_does(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 300))
    old = data.draw(st.integers(1, new))
    digests = leaf_hashes(new)
    proof = consistency_proof(old, new, node_over(digests))
    old_root, new_root = root_of(digests[:old]), root_of(digests)
    check_consistency(old, new, proof, old_root, new_root)
    for wrong in changed(proof, data):
        with pytest.raises(ProofInvalid):
            check_consistency(old, new, wrong, old_root, new_root)
    with pytest.raises(ProofInvalid):
        check_consistency(old, new, proof, leaf_hash(b"another"), new_root)


def changed(proof: list[bytes], data: st.DataObject) -> list[list[bytes]]:
    wrong = [[*proof, bytes(32)], [bytes(32), *proof]]
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        flipped = bytes([proof[place][0] ^ 1]) + proof[place][1:]
        wrong += [proof[:-1], proof[1:], [*proof[:place], flipped, *proof[place + 1 :]]]
    return wrong


def test_a_proof_from_nothing_is_an_error() -> None:
    digests = leaf_hashes(3)
    with pytest.raises(ValueError, match="not empty"):
        consistency_proof(0, 3, node_over(digests))
    with pytest.raises(ProofInvalid):
        check_consistency(0, 3, [], EMPTY_ROOT, root_of(digests))
    with pytest.raises(ValueError, match="no such entry"):
        inclusion_proof(3, 3, node_over(digests))


def test_a_copied_frontier_goes_its_own_way() -> None:
    frontier = Frontier()
    for digest in leaf_hashes(5):
        frontier.append(digest)
    copy = frontier.copy()
    copy.append(leaf_hash(b"x"))
    assert frontier.root() == root_of(leaf_hashes(5)) != copy.root()


def test_a_tree_of_70000_has_the_tiles_that_the_specification_counts() -> None:
    assert [tile_count(level, 70_000) for level in range(3)] == [(273, 112), (1, 17), (0, 1)]
    assert [tile_count(level, 256) for level in range(2)] == [(1, 0), (0, 1)]


def test_paths_are_those_of_the_specification() -> None:
    assert tile_path(0, 1_234_067) == "tile/0/x001/x234/067"
    assert tile_path("entries", 5, 17) == "tile/entries/005.p/17"
    for wrong in ((64, 0, 256), (0, -1, 256), (0, 0, 0), (0, 0, 257)):
        with pytest.raises(ValueError, match="no such tile"):
            tile_path(*wrong)


@pytest.mark.parametrize("step", [1, 7, 255, 256, 1000])
def test_tiles_written_in_any_steps_give_every_root_on_the_way(step: int) -> None:
    """70,000 leaves are tried in the last case, so that a second and a third level come to be."""
    total = 70_000 if step == 1000 else 2_000
    leaves = [number.to_bytes(4, "big") for number in range(total)]
    digests = [leaf_hash(leaf) for leaf in leaves]
    store: dict[str, bytes] = {}
    edge, frontier = RightEdge(), Frontier()
    for start in range(0, total, step):
        files = edge.advance(leaves[start : start + step], digests[start : start + step])
        store.update(files.fresh)
        for digest in digests[start : start + step]:
            frontier.append(digest)
        assert edge.root() == frontier.root()
    for level in range(3):
        full, partial = tile_count(level, total)
        widths = [(index, TILE_WIDTH) for index in range(full)] + ([(full, partial)] if partial else [])
        for index, width in widths:
            assert len(store[tile_path(level, index, width)]) == width * 32

    def tile(level: int, index: int) -> list[bytes]:
        full, partial = tile_count(level, total)
        data = store[tile_path(level, index, TILE_WIDTH if index < full else partial)]
        return [data[place : place + 32] for place in range(0, len(data), 32)]

    proof = inclusion_proof(total // 3, total, node_from_tiles(tile))
    check_inclusion(digests[total // 3], total // 3, total, proof, frontier.root())


def test_a_full_tiles_hash_is_the_root_over_its_leaves() -> None:
    assert tile_root(leaf_hashes(256)) == root_of(leaf_hashes(256))
    with pytest.raises(ValueError, match="full tile"):
        tile_root(leaf_hashes(255))
