"""A receipt out of its parts. Pure; what it makes is checked by nobody here: whoever holds it checks it."""

from collections.abc import Sequence

from audit.receipts.receipt import Kind, Receipt
from audit.receipts.tlog_proof import TlogProof


def make_receipt(
    kind: Kind,
    *,
    leaf: bytes,
    label: str,
    secret: bytes,
    index: int,
    hashes: Sequence[bytes],
    checkpoint: bytes,
    wording: str | None = None,
) -> bytes:
    """The file's bytes. `checkpoint` is the signed note in whose tree `hashes` prove the leaf at `index`; `secret`
    opens the section `label` and nothing else; `wording` is for a consent. Raises
    ReceiptTooLong."""
    proof = TlogProof(index, tuple(hashes), checkpoint).encode()
    return Receipt(kind, label, leaf, proof, secret, wording).encode()
