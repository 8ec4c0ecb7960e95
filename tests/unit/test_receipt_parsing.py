"""Proofs and receipts as bytes: there and back, every bit, ten thousand mutants, and the sizes."""

import json
import random
import secrets

import pytest

from audit.checkpoint import Checkpoint
from audit.receipts.checking import Checked, check_receipt
from audit.receipts.receipt import MAX_RECEIPT, Kind, Receipt, ReceiptRefused, parse_receipt
from audit.receipts.tlog_proof import ProofMalformed, TlogProof, parse_proof
from audit.receipts.trust import LogKeys
from tests.unit.receipt_examples import ORIGIN, SIGNER, WORDING, consent_receipt, end_facts, receipt

TRUST = LogKeys((SIGNER.verifier,))
MUTANTS = 10_000
MILLION = 1_000_000
LARGEST_PROOF = 1_536


def refused_or(data: bytes) -> Checked | None:
    try:
        return check_receipt(data, TRUST)
    except ReceiptRefused:
        return None


def test_a_receipt_is_read_back_as_it_was_written() -> None:
    data = consent_receipt()
    found = parse_receipt(data)
    assert found.encode() == data
    assert (found.kind, found.label, found.wording) == (Kind.CONSENT, "subject/0", WORDING)
    assert parse_proof(found.proof).encode() == found.proof


def test_it_splits_into_a_proof_and_a_side_file_and_comes_together_again() -> None:
    side = json.loads(consent_receipt())
    proof = side.pop("proof")
    assert parse_proof(proof.encode()).index == 6
    together = json.dumps({**side, "proof": proof}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert together.encode() == consent_receipt()


def test_every_bit_of_a_receipt_counts() -> None:
    data = receipt(Kind.END, end_facts())
    for at in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[at] ^= 1 << bit
            assert refused_or(bytes(changed)) is None, (at, bit)


def test_ten_thousand_mutants_are_refused_in_words() -> None:
    chance = random.Random(14)  # noqa: S311 - the same mutants on every run
    good = [consent_receipt(), receipt(Kind.END, end_facts())]
    for _ in range(MUTANTS):
        data = bytearray(chance.choice(good))
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(data))
            match chance.randrange(4):
                case 0:
                    data[at] = chance.randrange(256)
                case 1:
                    del data[at : at + chance.randint(1, 40)]
                case 2:
                    data[at:at] = data[chance.randrange(len(data)) :][: chance.randint(1, 40)]
                case _:
                    data[at:at] = chance.choice(
                        [b"\\u0000", b'"', b"{", b"\n", b"\xff", b"[" * 50, b"9" * 50]
                    )
        assert bytes(data) in good or refused_or(bytes(data)) is None


def test_a_file_that_is_too_long_is_not_even_parsed() -> None:
    with pytest.raises(ReceiptRefused, match="262144 bytes"):
        parse_receipt(b"[" * (MAX_RECEIPT + 1))


def test_deep_nesting_is_refused_in_words() -> None:
    assert refused_or(b"[" * MAX_RECEIPT) is None


def test_the_largest_entry_fits_and_nothing_longer_is_made() -> None:
    largest = Receipt(Kind.END, "subject/0", bytes(65_535), bytes(65_536 * 2), bytes(32), None)
    with pytest.raises(ValueError, match="at most 262144"):
        largest.encode()
    assert len(Receipt(Kind.END, "subject/0", bytes(65_535), b"x" * 65_536, bytes(32)).encode()) < MAX_RECEIPT


def test_a_proof_in_a_log_of_a_million_entries_is_short() -> None:
    hashes = tuple(secrets.token_bytes(32) for _ in range((MILLION - 1).bit_length()))
    note = Checkpoint(ORIGIN, MILLION, secrets.token_bytes(32)).sign(SIGNER)
    assert len(TlogProof(MILLION - 2, hashes, note).encode()) <= LARGEST_PROOF


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"c2sp.org/tlog-proof@v2\nindex 1\n\nx\n",
        b"c2sp.org/tlog-proof@v1\n\nx\n",
        b"c2sp.org/tlog-proof@v1\nindex -1\n\nx\n",
        b"c2sp.org/tlog-proof@v1\nindex 1\n",
        b"c2sp.org/tlog-proof@v1\nindex 1\n\n",
        b"c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\nx\n",
        b"c2sp.org/tlog-proof@v1\r\nindex 1\n\nx\n",
        b"c2sp.org/tlog-proof@v1\nindex 1\n" + b"A" * 43 + b"=\n" * 64 + b"\nx\n",
    ],
)
def test_what_is_no_proof_is_refused(text: bytes) -> None:
    with pytest.raises(ProofMalformed):
        parse_proof(text)
