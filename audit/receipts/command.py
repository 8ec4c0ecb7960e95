"""What the command line does with a receipt, without a command-line library: `server` wires it."""

import json
from collections.abc import Callable
from pathlib import Path

from audit.receipts.checking import check_receipt
from audit.receipts.keys import KeysRefused, trust_in
from audit.receipts.receipt import MAX_RECEIPT, ReceiptRefused
from audit.receipts.telling import as_members, as_sentences
from audit.receipts.trust import Trust
from audit.report import ExitCode

Write = Callable[[str], object]

_NO_KEY = (
    "Not verified: a receipt is worth what the key is worth that it is checked with. Give the log's verifier key that "
    "you were told with --key (the file that holds it, or NAME+HASH+KEY itself), or a policy with --policy.\n"
)


def verify_receipt_command(
    file: Path, key: str | None, policy: Path | None, write: Write, *, as_json: bool = False
) -> int:
    """Checks, writes what was found, and gives the exit code (see `report.ExitCode`)."""
    if key is None and policy is None:
        write(_NO_KEY)
        return ExitCode.USAGE
    try:
        trust = trust_in(key, policy)
        data = _read(file)
    except KeysRefused as error:
        write(f"Not verified: {error}\n")
        return ExitCode.USAGE
    except OSError as error:
        write(f"Not verified: {file} cannot be read: {error.strerror}.\n")
        return ExitCode.USAGE
    return _judge(data, trust, as_json, write)


def _judge(data: bytes, trust: Trust, as_json: bool, write: Write) -> int:
    try:
        found = check_receipt(data, trust)
    except ReceiptRefused as error:
        if as_json:
            write(json.dumps({"good": False, "reason": error.reason.value, "sentence": str(error)}) + "\n")
        else:
            write(f"Does not hold: {error}. Do not rely on this file; ask for the receipt again.\n")
        return ExitCode.TAMPERED
    if as_json:
        write(json.dumps(as_members(found)) + "\n")
    else:
        write("".join(f"{line}\n" for line in as_sentences(found)))
    return ExitCode.WITNESS_MISSING if found.trusted.quorum is False else ExitCode.GOOD


def _read(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(MAX_RECEIPT + 1)
