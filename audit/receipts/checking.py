"""Whether a receipt holds: the steps of FORMAT.md, section 14, in their order. Pure."""

import re
from dataclasses import dataclass
from typing import Final

from audit.checkpoint import CheckpointInvalid
from audit.entry import Leaf, LeafInvalid, Section, SectionClosed, open_section, parse_leaf
from audit.payload import MAX_INTEGER, PayloadInvalid, decode_subject
from audit.receipts.receipt import Kind, Reason, Receipt, ReceiptRefused, parse_receipt
from audit.receipts.statement import Statement, read_statement
from audit.receipts.tlog_proof import ProofMalformed, parse_proof
from audit.receipts.trust import Trust, Trusted
from audit.tree import ProofInvalid, check_inclusion, leaf_hash

_FACT_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a receipt proves. `index` counts from 0; `wording` was compared with the hash that was signed."""

    kind: Kind
    index: int
    trusted: Trusted
    entry_id: bytes
    subject: str
    statement: Statement
    wording: str | None

    @property
    def origin(self) -> str:
        return self.trusted.checkpoint.origin


def check_receipt(data: bytes, trust: Trust) -> Checked:
    """Raises ReceiptRefused. That the quorum of a policy is missing is no refusal: see `Trusted.quorum`."""
    receipt = parse_receipt(data)
    index, trusted = _place(receipt, trust)
    leaf, section = _section(receipt)
    payload = _opened(leaf, section, trusted.checkpoint.origin, receipt.secret)
    try:
        subject, facts = decode_subject(payload)
    except PayloadInvalid as error:
        raise ReceiptRefused(Reason.PAYLOAD, str(error)) from error
    if not all(_FACT_NAME.fullmatch(name) for name in facts):
        raise ReceiptRefused(Reason.PAYLOAD, "a fact has a name that is none")
    if any(isinstance(fact, int) and not -MAX_INTEGER <= fact <= MAX_INTEGER for fact in facts.values()):
        raise ReceiptRefused(Reason.PAYLOAD, "a fact is a number that no page could hold")
    statement = read_statement(facts, receipt.kind, receipt.wording)
    return Checked(receipt.kind, index, trusted, leaf.entry_id, subject, statement, receipt.wording)


def _place(receipt: Receipt, trust: Trust) -> tuple[int, Trusted]:
    """The entry's index, proved to lie under a signed root."""
    try:
        proof = parse_proof(receipt.proof)
        trusted = trust.open(proof.note)
        checkpoint = trusted.checkpoint
        digest = leaf_hash(receipt.leaf)
        check_inclusion(digest, proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    except ProofMalformed as error:
        raise ReceiptRefused(Reason.PROOF, str(error)) from error
    except CheckpointInvalid as error:
        raise ReceiptRefused(Reason.SIGNATURE, str(error)) from error
    except ProofInvalid as error:
        raise ReceiptRefused(Reason.INCLUSION, str(error)) from error
    return proof.index, trusted


def _section(receipt: Receipt) -> tuple[Leaf, Section]:
    try:
        leaf = parse_leaf(receipt.leaf)
    except LeafInvalid as error:
        raise ReceiptRefused(Reason.LEAF, str(error)) from error
    for section in leaf.sections[1:]:
        if section.label == receipt.label:
            return leaf, section
    raise ReceiptRefused(Reason.LEAF, "the entry has no section of a person with this label")


def _opened(leaf: Leaf, section: Section, origin: str, secret: bytes) -> bytes:
    try:
        return open_section(leaf, section, origin=origin, secret=secret)
    except SectionClosed as error:
        raise ReceiptRefused(Reason.SECTION, str(error)) from error
