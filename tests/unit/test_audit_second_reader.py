"""The format's description is enough: a reader written from it alone agrees with ours on what holds."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag

from audit.verifying.prove import prove
from audit.verifying.source import FolderSource
from tests.unit.audit_log_on_disk import LogOnDisk
from tests.unit.receipt_examples import VECTORS
from tests.unit.second_reader import (
    Key,
    check_proof,
    check_seals,
    checkpoint,
    leaves,
    open_receipt,
    root_of,
    sha,
)

ENTRIES = 300
REFUSALS = (ValueError, IndexError, KeyError, TypeError, InvalidSignature, InvalidTag)
# What the second reader looks at of a receipt; the rest is of the consent, which session/CONSENT.md describes.
ITS_REASONS = {"proof", "signature", "inclusion", "leaf", "section"}


async def a_log(root: Path) -> LogOnDisk:
    """Two starts, so that its seals are several."""
    log = LogOnDisk(root)
    await log.fill(ENTRIES // 2)
    await log.fill(ENTRIES - ENTRIES // 2, first=ENTRIES // 2)
    return log


async def test_it_reads_a_log_its_seals_and_its_proofs(tmp_path: Path) -> None:
    log = await a_log(tmp_path)
    key, public = Key.parse((log.folder / "verifier.key").read_text()), log.folder / "public"
    size, root = checkpoint((public / "checkpoint").read_bytes(), key)
    found = leaves(public, size)
    hashes = [sha(b"\x00", leaf) for leaf in found]
    assert size == ENTRIES
    assert root_of(hashes) == root
    assert check_seals(public, key, hashes) >= 3, "at the second start, and at each close"
    for index in (0, 1, 255, 256, size - 1):
        proof = prove(FolderSource(public), (log.folder / "verifier.key").read_text(), index).proof.encode()
        assert check_proof(proof, found[index], key) == index
        with pytest.raises(ValueError, match="in the tree"):
            check_proof(proof, found[index - 1], key)


@pytest.mark.parametrize(
    "spoil", [lambda seals: seals.replace(b"\n0\n", b"\n1\n", 1), lambda seals: seals[:-9]]
)
async def test_it_refuses_changed_seals(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    log = await a_log(tmp_path)
    key, public = Key.parse((log.folder / "verifier.key").read_text()), log.folder / "public"
    hashes = [sha(b"\x00", leaf) for leaf in leaves(public, ENTRIES)]
    (public / "seals").write_bytes(spoil((public / "seals").read_bytes()))
    with pytest.raises(REFUSALS):
        check_seals(public, key, hashes)


def receipts(kind: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(VECTORS.read_text("utf-8"))[kind]
    return told


KEY = Key.parse(json.loads(VECTORS.read_text("utf-8"))["key"])


@pytest.mark.parametrize("one", receipts("good"), ids=lambda one: one["name"])
def test_it_opens_the_receipts_that_hold(one: dict[str, Any]) -> None:
    facts = open_receipt(one["receipt"].encode(), KEY)
    kind = json.loads(one["receipt"])["kind"]
    assert facts[{"consent": "document", "access": "case"}.get(kind, "session")]


@pytest.mark.parametrize(
    "one", [one for one in receipts("refused") if one["reason"] in ITS_REASONS], ids=lambda one: one["name"]
)
def test_it_refuses_the_receipts_that_do_not_hold(one: dict[str, Any]) -> None:
    with pytest.raises(REFUSALS):
        open_receipt(one["receipt"].encode(), KEY)
