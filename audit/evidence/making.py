"""A bundle of evidence out of its parts. Pure; whoever holds it checks it."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from msgspec import UNSET

from audit.evidence import manifest as names
from audit.evidence.manifest import About, Manifest, encode_manifest, hashes_of
from audit.evidence.readme import TEXT, TEXT_OF_FILE
from audit.evidence.sealed_entry import SealedEntry
from audit.evidence.zip_form import encode_zip
from audit.export.record import encode_record, record_of
from audit.proving import Prover
from audit.reader import Revealed
from audit.receipts.making import make_receipt
from audit.receipts.receipt import Kind
from audit.receipts.statement import kind_of
from audit.receipts.tlog_proof import TlogProof
from audit.seals.record import parse_record, split_records

Wording = Callable[[str], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the proofs lead to: `note` is the checkpoint over `size` entries. `seals` is `public/seals`; b"": none."""

    note: bytes
    size: int
    prover: Prover
    seals: bytes
    verifier_key: str


def make_bundle(
    entries: Sequence[Revealed], ground: Ground, wording: Wording, *, about: About, intent: int, now_ms: int
) -> bytes:
    """`entries` in order, all below `ground.size`; `wording` gives the text that a consent's document names, if it is
    still known. Raises PublicDamaged, ReceiptTooLong, ZipTooLarge, RecordInvalid."""
    members = {
        names.README: (TEXT_OF_FILE if about.file else TEXT).encode(),
        names.CHECKPOINT: ground.note,
        names.VERIFIER_KEY: f"{ground.verifier_key}\n".encode(),
        names.RECORDS: b"".join(encode_record(record_of(entry.opened)) + b"\n" for entry in entries),
        **({names.SUMMARY: about.summary.encode()} if about.file else {}),
        **_seals(ground),
    }
    for entry in entries:
        members |= _entry(entry, ground, wording)
    manifest = Manifest(
        format="tachiai-evidence/v2" if about.file else "tachiai-evidence/v1",
        origin=ground.verifier_key.split("+", 1)[0],
        session=UNSET if about.file else about.session,
        file=about.file or UNSET,
        entries=[entry.opened.index for entry in entries],
        intent=intent,
        made_at_ms=now_ms,
        files=hashes_of(members),
    )
    return encode_zip({names.MANIFEST: encode_manifest(manifest), **members})


def _entry(entry: Revealed, ground: Ground, wording: Wording) -> Mapping[str, bytes]:
    index = entry.opened.index
    hashes = ground.prover.inclusion(index, ground.size)
    members = {
        names.entry_name(index): SealedEntry(entry.leaf, entry.secrets).encode(),
        names.proof_name(index): TlogProof(index, tuple(hashes), ground.note).encode(),
    }
    sections = SealedEntry(entry.leaf, entry.secrets).open(ground.verifier_key.split("+", 1)[0])
    for label, (_, facts) in sections.personal.items():
        kind = kind_of(facts)
        if kind is None:
            continue
        members[names.receipt_name(index, label)] = make_receipt(
            kind,
            leaf=entry.leaf,
            label=label,
            secret=entry.secrets[label],
            index=index,
            hashes=hashes,
            checkpoint=ground.note,
            wording=wording(str(facts["document"])) if kind is Kind.CONSENT else None,
        )
    return members


def _seals(ground: Ground) -> Mapping[str, bytes]:
    """Those of trees that are not larger than the checkpoint's, and the proof that the last one is its beginning."""
    kept, last = [], 0
    for placed in split_records(ground.seals):
        size = parse_record(placed.data).size
        if size > ground.size:
            break
        kept.append(placed.data)
        last = size
    if not kept:
        return {}
    members = {names.SEALS: b"".join(kept)}
    if 0 < last < ground.size:
        proof = ground.prover.consistency(last, ground.size)
        members[names.SEALS_PROOF] = b"".join(base64.b64encode(part) + b"\n" for part in proof)
    return members
