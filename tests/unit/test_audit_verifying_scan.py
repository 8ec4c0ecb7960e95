"""The verifier's quick way: it passes nothing that the exact way would not, and its memory does not grow."""

import random

import pytest

from audit.entry import LeafInvalid, inspect_leaf
from audit.report import Findings
from audit.tile import BundleInvalid, decode_bundle, encode_bundle
from audit.tree import leaf_hash
from audit.verifying.bundle_scan import BundleScan, Scanned
from audit.verifying.entry_laws import EntryLaws
from audit.verifying.id_ledger import IdLedger
from tests.bench.synthetic_log import leaves


def exactly(data: bytes) -> tuple[list[bytes], list[bytes], list[tuple[bytes, int]]] | None:
    """Hashes, ids and senders as the exact way reads them; None if it refuses anything."""
    try:
        found = [leaf for _, leaf in decode_bundle(data)]
        read = [inspect_leaf(leaf) for leaf in found]
    except (BundleInvalid, LeafInvalid):
        return None
    return [leaf_hash(leaf) for leaf in found], [one[0] for one in read], [(one[1], one[2]) for one in read]


def told(scanned: Scanned | None) -> tuple[list[bytes], list[bytes], list[tuple[bytes, int]]] | None:
    if scanned is None:
        return None
    sent = [(emitter, first + step) for emitter, first, count in scanned.runs for step in range(count)]
    return scanned.digests, scanned.ids, sent


def test_the_quick_way_reads_every_mutant_of_a_bundle_as_the_exact_way_does() -> None:
    chance = random.Random(11)  # noqa: S311 - which bytes to change
    good = encode_bundle([*leaves(5), *leaves(4, emitter=bytes([7]) * 16)])
    scan = BundleScan()
    assert told(scan.scan(good)) == exactly(good) != None  # noqa: E711 - a chain of three
    refused = 0
    for _ in range(10_000):
        data = bytearray(good)
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(len(data))] = chance.choice([0, 1, 2, 16, 255, chance.randrange(256)])
        if chance.random() < 0.3:
            del data[chance.randrange(len(data)) :]
        want = exactly(bytes(data))
        refused += want is None
        assert told(scan.scan(bytes(data))) == want
    assert 1_000 < refused < 9_999


def test_nothing_is_an_empty_bundle() -> None:
    assert told(BundleScan().scan(b"")) == ([], [], [])


@pytest.mark.parametrize("room", [1_000_000, 2_400, 24])
def test_an_id_that_occurs_again_is_found_in_memory_or_on_disk(room: int) -> None:
    chance = random.Random(3)  # noqa: S311 - ids
    ledger = IdLedger(room)
    ids = [chance.randbytes(16) for _ in range(1_024)]
    for number in range(4):
        ledger.add_bundle(number, ids[number * 256 : (number + 1) * 256])
    ledger.add(1_024, ids[700])
    ledger.add(1_025, ids[3])
    ledger.add(1_026, ids[3])
    assert sorted(ledger.doubles()) == [(1_024, 700), (1_025, 3), (1_026, 3)]
    ledger.close()


def test_an_emitter_that_leaves_out_a_number_is_not_passed_by_the_quick_way() -> None:
    every = list(leaves(9))
    laws = EntryLaws(Findings())
    first = BundleScan().scan(encode_bundle(every[:4]))
    gap = BundleScan().scan(encode_bundle(every[5:]))
    following = BundleScan().scan(encode_bundle(every[4:]))
    assert first is not None
    assert gap is not None
    assert following is not None
    assert laws.see_all(0, first)
    assert not laws.see_all(1, gap)
    assert laws.see_all(1, following)
    assert laws.emitters == {bytes(16): 9}
