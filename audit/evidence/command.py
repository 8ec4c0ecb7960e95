"""What the command line does with a bundle of evidence, without a command-line library: `server` wires it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from audit.evidence.checking import EvidenceRefused, Held, check_bundle
from audit.evidence.zip_form import LARGEST
from audit.printable import printable
from audit.receipts.keys import KeysRefused, trust_in
from audit.receipts.telling import as_members, as_sentences
from audit.report import ExitCode

Write = Callable[[str], object]

_LIMIT = "That the session had no further entries is not proved by this file: the log itself shows it."
_NO_SEALS = (
    "There are no seals in it: that nothing was changed before the checkpoint was signed rests on its keeper."
)
_NO_KEY = (
    "Not verified: evidence is worth what the key is worth that it is checked with. Give the log's verifier key that "
    "you were told with --key (the file that holds it, or NAME+HASH+KEY itself), or a policy with --policy. "
    "Do not take the key from the bundle.\n"
)


def verify_evidence_command(
    file: Path, key: str | None, policy: Path | None, write: Write, *, as_json: bool = False
) -> int:
    """Checks, writes what was found, and gives the exit code (see `report.ExitCode`)."""
    if key is None and policy is None:
        write(_NO_KEY)
        return ExitCode.USAGE
    try:
        trust = trust_in(key, policy)
        with file.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except KeysRefused as error:
        write(f"Not verified: {error}\n")
        return ExitCode.USAGE
    except OSError as error:
        write(f"Not verified: {file} cannot be read: {error.strerror}.\n")
        return ExitCode.USAGE
    try:
        held = check_bundle(data, trust)
    except EvidenceRefused as error:
        if as_json:
            write(json.dumps({"good": False, "exit_code": int(error.code), "sentence": str(error)}) + "\n")
        else:
            write(f"Does not hold: {error}. Do not rely on this file; ask for it again.\n")
        return error.code
    write(json.dumps(_members(held)) + "\n" if as_json else "".join(f"{line}\n" for line in _sentences(held)))
    return ExitCode.WITNESS_MISSING if held.trusted.quorum is False else ExitCode.GOOD


def _members(held: Held) -> dict[str, object]:
    checkpoint = held.trusted.checkpoint
    return {
        "good": held.trusted.quorum is not False,
        "session": held.session or None,
        "file": held.file or None,
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "quorum": held.trusted.quorum,
        "witnesses": list(held.trusted.witnesses),
        "entries": [record.index for record in held.records],
        "closed": sum(len(record.erased) + len(record.sealed) for record in held.records),
        "sealed_size": None if held.seals is None else held.seals.size,
        "sealed_at_ms": None if held.seals is None else held.seals.at_ms,
        "restarts": None if held.seals is None else held.seals.restarts,
        "receipts": [as_members(receipt) for receipt in held.receipts],
    }


def _sentences(held: Held) -> list[str]:
    checkpoint, records = held.trusted.checkpoint, held.records
    first, last = (_moment(records[place].at_ms) for place in (0, -1))
    told = [
        f"Holds: {len(records)} entries of {_what(held)}, {first} to {last}.",
        f"They are in the log {checkpoint.origin}, under a signed checkpoint of {checkpoint.size} entries.",
        *_witnesses(held),
        _seals(held),
    ]
    closed = sum(len(record.erased) + len(record.sealed) for record in records)
    if closed:
        told.append(
            f"{closed} sections were not opened: what they held was erased, or only an auditor's key opens it."
        )
    for receipt in held.receipts:
        told += ["", *as_sentences(receipt)]
    return [printable(line) for line in [*told, "", _LIMIT]]


def _what(held: Held) -> str:
    if held.session:
        return f"session {held.session}"
    return f"the case file {held.file} (which entries belong to it is its officers' word)"


def _witnesses(held: Held) -> list[str]:
    if held.trusted.quorum is None:
        return ["No witness was asked for: that the log shows everybody the same history is not proved."]
    names = ", ".join(held.trusted.witnesses) or "nobody"
    enough = "enough for the policy" if held.trusted.quorum else "too few for the policy"
    return [f"Witnesses that signed the checkpoint: {names}; {enough}."]


def _seals(held: Held) -> str:
    if held.seals is None:
        return _NO_SEALS
    anew = f" The seals began anew {held.seals.restarts} times; ask why." if held.seals.restarts else ""
    by = _moment(held.seals.at_ms)
    return f"Its first {held.seals.size} entries were sealed by {by}, with a key that is gone.{anew}"


def _moment(at_ms: int | None) -> str:
    try:
        return datetime.fromtimestamp((at_ms or 0) / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"{at_ms} ms"
