"""Whether a bundle of evidence holds: the steps of FORMAT.md, section 19, in their order. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from msgspec import UNSET

from audit.checkpoint import CheckpointInvalid
from audit.entry import ORG
from audit.evidence import manifest as names
from audit.evidence.manifest import Manifest, ManifestInvalid, hashes_of, parse_manifest
from audit.evidence.sealed_entry import OpenedSections, SealedEntryInvalid, parse_sealed_entry
from audit.evidence.seals import SealsHeld, SealsRefused, check_bundled_seals
from audit.evidence.zip_form import ZipMalformed, parse_zip
from audit.export.record import LogRecord, encode_record, record_of
from audit.note import Verifier
from audit.ports import OpenedEntry
from audit.receipts.checking import Checked, check_receipt
from audit.receipts.receipt import ReceiptRefused, parse_receipt
from audit.receipts.statement import kind_of
from audit.receipts.tlog_proof import ProofMalformed, parse_proof
from audit.receipts.trust import Trust, Trusted
from audit.report import ExitCode
from audit.tree import ProofInvalid, check_inclusion, leaf_hash


class EvidenceRefused(Exception):
    """The bundle does not hold. `code` is as of a verification; the sentence says what is wrong, and in which part."""

    def __init__(self, code: ExitCode, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Held:
    """What a bundle proves, of one session or one case file; the other is "". `receipts` are what persons agreed to and
    ended; `seals` is None where it has none."""

    session: str
    file: str
    trusted: Trusted
    records: list[LogRecord]
    receipts: list[Checked]
    seals: SealsHeld | None


def check_bundle(data: bytes, trust: Trust) -> Held:
    """Raises EvidenceRefused. That the quorum of a policy is missing is no refusal: see `Trusted.quorum`."""
    members, manifest = _parts(data)
    if not manifest.entries:
        raise EvidenceRefused(ExitCode.INCOMPLETE, "the bundle holds no entry")
    try:
        trusted = trust.open(members[names.CHECKPOINT])
    except CheckpointInvalid as error:
        raise _tampered(names.CHECKPOINT, str(error)) from error
    if trusted.checkpoint.origin != manifest.origin:
        raise _tampered(names.MANIFEST, "it names another log than the checkpoint")
    _same_key(members[names.VERIFIER_KEY], _verifier(trust, manifest.origin))
    sections = {index: _entry(index, members, trusted) for index in manifest.entries}
    records = _records(members[names.RECORDS], manifest, sections)
    receipts = _receipts(members, sections, trust)
    expected = {names.README, names.CHECKPOINT, names.VERIFIER_KEY, names.RECORDS}
    expected |= {name(index) for index in manifest.entries for name in (names.entry_name, names.proof_name)}
    expected |= receipts.keys() | {names.MANIFEST}
    expected |= {names.SUMMARY} if manifest.file is not UNSET else set()
    seals = _seals(members, _verifier(trust, manifest.origin), trusted)
    expected |= set() if seals is None else seals.members
    for name in members.keys() ^ expected:
        raise _tampered(name, "it does not belong there")
    session = manifest.session if isinstance(manifest.session, str) else ""
    file = manifest.file if isinstance(manifest.file, str) else ""
    return Held(session, file, trusted, records, list(receipts.values()), seals)


def _parts(data: bytes) -> tuple[dict[str, bytes], Manifest]:
    try:
        members = parse_zip(data)
        manifest = parse_manifest(members[names.MANIFEST])
    except ZipMalformed as error:
        raise EvidenceRefused(
            ExitCode.TAMPERED, f"the file is not a bundle as it was made: {error}"
        ) from error
    except KeyError as error:
        raise EvidenceRefused(ExitCode.TAMPERED, "the file has no manifest: it is no bundle") from error
    except ManifestInvalid as error:
        raise _tampered(names.MANIFEST, str(error)) from error
    told, found = manifest.files, hashes_of(members)
    for name in sorted(told.keys() | found.keys()):
        if told.get(name) != found.get(name):
            raise _tampered(name, "it was changed, is missing, or is too much")
    needed = {names.README, names.CHECKPOINT, names.VERIFIER_KEY, names.RECORDS}
    needed |= {name(index) for index in manifest.entries for name in (names.entry_name, names.proof_name)}
    for name in sorted(needed - members.keys()):
        raise _tampered(name, "it is missing")
    if manifest.entries != sorted(set(manifest.entries)) or manifest.intent <= max(
        manifest.entries, default=-1
    ):
        raise _tampered(names.MANIFEST, "its entries are not in order")
    return members, manifest


def _entry(index: int, members: Mapping[str, bytes], trusted: Trusted) -> OpenedSections:
    """Opened, and proved to lie under the checkpoint."""
    try:
        entry = parse_sealed_entry(members[names.entry_name(index)])
        opened = entry.open(trusted.checkpoint.origin)
    except SealedEntryInvalid as error:
        raise _tampered(names.entry_name(index), str(error)) from error
    try:
        proof = parse_proof(members[names.proof_name(index)])
        if (proof.index, proof.note) != (index, members[names.CHECKPOINT]):
            raise _tampered(names.proof_name(index), "it is of another entry, or leads to another checkpoint")
        checkpoint = trusted.checkpoint
        check_inclusion(leaf_hash(entry.leaf), index, checkpoint.size, proof.hashes, checkpoint.root)
    except (ProofMalformed, ProofInvalid) as error:
        raise _tampered(names.proof_name(index), str(error)) from error
    return opened


def _records(content: bytes, manifest: Manifest, sections: Mapping[int, OpenedSections]) -> list[LogRecord]:
    """The plain lines are what the sealed entries say, and nothing else."""
    lines = content.splitlines(keepends=True)
    if len(lines) != len(manifest.entries):
        raise _tampered(names.RECORDS, "it has not one line for each entry")
    records = []
    for line, index in zip(lines, manifest.entries, strict=True):
        opened = sections[index]
        if opened.event is None or manifest.session not in {UNSET, opened.event.session}:
            raise _tampered(names.entry_name(index), "it is not of this session")
        try:
            record = msgspec.json.decode(line, type=LogRecord)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _tampered(names.RECORDS, f"the line of entry {index} cannot be read") from error
        if sorted([*record.erased, *record.sealed]) != sorted(opened.closed) or ORG in opened.closed:
            raise _tampered(names.RECORDS, f"entry {index} has other closed sections than its line says")
        if encode_record(_record(index, opened, record)) + b"\n" != line:
            raise _tampered(names.RECORDS, f"the line of entry {index} is not what the entry says")
        records.append(record)
    return records


def _record(index: int, opened: OpenedSections, told: LogRecord) -> LogRecord:
    """`told` says of closed sections alone why they are: that no proof shows."""
    personal = {subject: dict(facts) for subject, facts in opened.personal.values()}
    plain = record_of(
        OpenedEntry(index, opened.entry_id, opened.event, tuple(told.erased), tuple(told.sealed))
    )
    return msgspec.structs.replace(plain, personal=personal)


def _receipts(
    members: Mapping[str, bytes], sections: Mapping[int, OpenedSections], trust: Trust
) -> dict[str, Checked]:
    """By the member's name: one for each section that a receipt is given for."""
    found: dict[str, Checked] = {}
    for index, opened in sections.items():
        for label, (subject, facts) in opened.personal.items():
            if kind_of(facts) is None:
                continue
            name = names.receipt_name(index, label)
            if name not in members:
                raise _tampered(name, "it is missing")
            try:
                checked = check_receipt(members[name], trust)
            except ReceiptRefused as error:
                raise _tampered(name, str(error)) from error
            if (checked.index, checked.entry_id, checked.subject) != (index, opened.entry_id, subject):
                raise _tampered(name, "it is of another entry or person")
            _must_be_of_the_same_tree(name, index, members)
            found[name] = checked
    return found


def _must_be_of_the_same_tree(name: str, index: int, members: Mapping[str, bytes]) -> None:
    """A log that shows different people different things has two entries for one place, each with its own checkpoint,
    and only one of them may have been witnessed."""
    receipt, entry = parse_receipt(members[name]), parse_sealed_entry(members[names.entry_name(index)])
    if receipt.leaf != entry.leaf or parse_proof(receipt.proof).note != members[names.CHECKPOINT]:
        raise _tampered(name, "it is of another entry, or leads to another checkpoint")


def _seals(members: Mapping[str, bytes], verifier: Verifier, trusted: Trusted) -> SealsHeld | None:
    content = members.get(names.SEALS)
    if content is None:
        return None
    try:
        return check_bundled_seals(content, members.get(names.SEALS_PROOF), verifier, trusted.checkpoint)
    except SealsRefused as error:
        raise EvidenceRefused(error.code, f"{names.SEALS}: {error}") from error


def _verifier(trust: Trust, origin: str) -> Verifier:
    return next(verifier for verifier in trust.verifiers if verifier.name == origin)


def _same_key(content: bytes, verifier: Verifier) -> None:
    """Who compares it with what they were told is not led astray."""
    if str(verifier.alone).encode() not in content.split(b"\n"):
        raise _tampered(names.VERIFIER_KEY, "it is not the key that you gave")


def _tampered(name: str, sentence: str) -> EvidenceRefused:
    return EvidenceRefused(ExitCode.TAMPERED, f"{name}: {sentence}")
