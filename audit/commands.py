"""What the command line does with a log, without a command-line library: `server` wires it."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from audit.report import ExitCode, Report
from audit.verify import verify_folder

_LOOKS: Final = 12
_BETWEEN_S: Final = 0.1  # a running log signs at most a second after an entry is durable
_SHOWN: Final = 20
_LONGEST_KEY: Final = 1_024  # a name of 255 characters, hash and key are about 310
_GIVE_ONE: Final = "Give the one you were told with --key: the file that holds it, or NAME+HASH+KEY itself."

Write = Callable[[str], object]


def verify_command(
    folder: Path,
    key: str | None,
    state: Path | None,
    write: Write = sys.stdout.write,
    lockstate: Path | None = None,
) -> int:
    """Verifies, writes the result in sentences, and gives the exit code (see `report.ExitCode`). `key` is a verifier
    key or a file that holds one; without it the folder's own is used, and the result says what that is worth."""
    try:
        text = _key(folder, key)
    except _NoKey as error:
        write(f"Not verified: {error}\n")
        return ExitCode.USAGE
    try:
        report = _patiently(folder, text, state, lockstate)
    except OSError as error:
        write(f"Not verified: {error.filename or folder} cannot be used: {error.strerror}.\n")
        return ExitCode.USAGE
    write(f"{report.sentence}\n")
    for finding in report.findings[:_SHOWN]:
        write(f"  {finding.code.value}: {finding}\n")
    if key is None:
        write(f"The key came from the folder itself. Compare it with the one you were told: {text}\n")
    return report.exit_code


def _patiently(folder: Path, key: str, state: Path | None, lockstate: Path | None) -> Report:
    """A running log is always a moment ahead of its checkpoint: what was durable at the first look must be signed at
    the second. That is asked of the very same entries, not of those that came meanwhile."""
    first = verify_folder(folder, verifier_key=key, state=state, lockstate=lockstate)
    if first.exit_code != ExitCode.INCOMPLETE or not first.size or not first.ahead:
        return first
    _wait_for_signature(folder, first.durable)
    second = verify_folder(folder, verifier_key=key, state=state, lockstate=lockstate)
    only_ahead = all(finding.entry == second.size for finding in second.findings)
    if second.exit_code == ExitCode.INCOMPLETE and only_ahead and second.size >= first.durable > first.size:
        sentence = (
            f"Good: {second.size} entries, root {second.root.hex()}; the log is running, "
            f"{second.durable - second.size} newer ones await their signature."
        )
        return Report(ExitCode.GOOD, sentence, (), second.size, second.root, second.durable)
    return second


def _wait_for_signature(folder: Path, size: int) -> None:
    """Only a hint to look again: nothing is believed here."""
    for _ in range(_LOOKS):
        time.sleep(_BETWEEN_S)
        checkpoint = folder / "public" / "checkpoint"
        lines = checkpoint.read_bytes().split(b"\n", 2) if checkpoint.exists() else []
        if len(lines) > 1 and lines[1].isdigit() and int(lines[1]) >= size:
            return


class _NoKey(Exception):
    """The sentence says what was looked for, and how to give a key."""


def _key(folder: Path, key: str | None) -> str:
    """The text of a verifier key. What has no "+" is meant as a file: in a key three parts are joined by it."""
    own = folder / "verifier.key"
    if key is None and not own.is_file():
        raise _NoKey(f"the folder holds no verifier key. {_GIVE_ONE}")
    if key is not None and "+" in key and not Path(key).is_file():
        return key.strip()
    path = own if key is None else Path(key)
    try:
        with path.open("rb") as file:
            text = file.read(_LONGEST_KEY + 1)
    except OSError as error:
        raise _NoKey(f"the key file {path} cannot be read: {error.strerror}. {_GIVE_ONE}") from error
    if not text.isascii() or len(text) > _LONGEST_KEY:
        raise _NoKey(f"the file {path} holds no verifier key. {_GIVE_ONE}")
    return text.decode("ascii").strip()
