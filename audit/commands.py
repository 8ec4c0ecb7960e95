"""What the command line does with a log, without a command-line library: `server` wires it."""

import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from audit.note import Kind
from audit.progress_line import ProgressLine
from audit.receipts.keys import logs_of
from audit.report import ExitCode, Findings, Report
from audit.tree import EMPTY_ROOT
from audit.verify import Asked, place_of, verify_place
from audit.verifying.memory import write_memory
from audit.verifying.remote import AddressRefused, UrlSource, is_address
from audit.verifying.view import Place
from audit.witnesses.policy import Policy

_LOOKS: Final = 12
_BETWEEN_S: Final = 0.1  # a running log signs at most a second after an entry is durable
_SHOWN: Final = 20
_LONGEST_KEY: Final = 4_096  # two keys of a name of 255 characters, the second an ML-DSA-44 one, are 2,334
_LONGEST_NAME: Final = 255  # of a file: asking for a longer one is an error of its own
_GIVE_ONE: Final = "Give the one you were told with --key: the file that holds it, or NAME+HASH+KEY itself."

Write = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Manner:
    """How a result is told: `as_json` as one document, `quiet` only if it is not good."""

    as_json: bool = False
    quiet: bool = False


class CannotVerify(Exception):
    """The sentence says what was looked for, and what to give instead."""


def verify_command(
    log: Path | str,
    key: str | None,
    state: Path | None,
    write: Write = sys.stdout.write,
    lockstate: Path | None = None,
    *,
    asked: Asked | None = None,
    manner: Manner | None = None,
) -> int:
    """Verifies, writes the result in sentences, and gives the exit code (see `report.ExitCode`). `log` is a folder or
    an address; `key` is a verifier key or a file that holds one: without it the folder's own is used, and the result
    says what that is worth."""
    asked, manner, text = asked or Asked(), manner or Manner(), ""
    now_ms = time.time_ns() // 1_000_000 if asked.now_ms is None else asked.now_ms
    asked = replace(asked, state=state, now_ms=now_ms)
    try:
        text = key_text(log, key, asked.policy)
        with opened(log, lockstate) as place:
            report = _patiently(place, text, asked)
    except (CannotVerify, AddressRefused) as error:
        report = not_verified(str(error))
    except OSError as error:
        report = not_verified(f"{error.filename or log} cannot be used: {error.strerror}")
    _tell(report, manner, write)
    own = key is None and (asked.policy is None or not asked.policy.logs)
    if own and report.exit_code != ExitCode.USAGE and not manner.as_json and not manner.quiet:
        write(f"The key came from the folder itself. Compare it with the one you were told: {text}\n")
    return report.exit_code


def not_verified(sentence: str) -> Report:
    findings = Findings()
    findings.add(ExitCode.USAGE, sentence.removesuffix("."))
    return findings.report(0, EMPTY_ROOT, 0, "")


@contextlib.contextmanager
def opened(log: Path | str, lockstate: Path | None = None) -> Iterator[Place]:
    """Where a log is read from, for as long as it is read. Raises CannotVerify, AddressRefused."""
    if is_address(str(log)):
        with contextlib.closing(UrlSource(str(log))) as source:
            yield Place(source, None, lockstate)
        return
    place = place_of(Path(log), lockstate)
    if place is None:
        raise CannotVerify(f"there is no folder {log}")
    yield place


def key_text(log: Path | str, key: str | None, policy: Policy | None = None) -> str:
    """The text of a verifier key. What has no "+" is meant as a file: in a key three parts are joined by it. Without a
    key that of the one log that the policy names, else the folder's own. Raises CannotVerify."""
    named = () if policy is None else logs_of(policy)
    if key is None and len(named) == 1 and named[0].kind is Kind.ED25519:
        return str(named[0])
    own = None if is_address(str(log)) else Path(log) / "verifier.key"
    if key is None and (own is None or not own.is_file()):
        what = "an address does not tell its own key" if own is None else "the folder holds no verifier key"
        raise CannotVerify(f"{what}. {_GIVE_ONE}")
    if key is not None and "+" in key and (len(key) > _LONGEST_NAME or not Path(key).is_file()):
        return key.strip()
    path = Path(key) if key is not None else own or Path()
    try:
        with path.open("rb") as file:
            text = file.read(_LONGEST_KEY + 1)
    except OSError as error:
        raise CannotVerify(f"the key file {path} cannot be read: {error.strerror}. {_GIVE_ONE}") from error
    if not text.isascii() or len(text) > _LONGEST_KEY:
        raise CannotVerify(f"the file {path} holds no verifier key. {_GIVE_ONE}")
    return text.decode("ascii").strip()


@contextlib.contextmanager
def on_terminal(asked: Asked, manner: Manner) -> Iterator[Asked]:
    """Shows how far it is, where a person may be waiting."""
    if manner.quiet or manner.as_json or not sys.stderr.isatty():
        yield asked
        return
    line = ProgressLine(sys.stderr)
    try:
        yield replace(asked, progress=line)
    finally:
        line.wipe()


def _tell(report: Report, manner: Manner, write: Write) -> None:
    if manner.as_json:
        write(json.dumps(report.document()) + "\n")
    elif report.exit_code != ExitCode.GOOD or not manner.quiet:
        write(f"{report.sentence}\n")
        for finding in report.findings[:_SHOWN] if report.exit_code != ExitCode.USAGE else ():
            write(f"  {finding.code.value}: {finding}\n")


def _patiently(place: Place, key: str, asked: Asked) -> Report:
    """A running log is always a moment ahead of its checkpoint: what was durable at the first look must be signed at
    the second. That is asked of the very same entries, not of those that came meanwhile."""
    first = verify_place(place, key, asked)
    if first.exit_code != ExitCode.INCOMPLETE or not first.size or not first.ahead:
        return first
    _wait_for_signature(place, first.durable)
    second = verify_place(place, key, asked)
    only_ahead = not second.more and all(finding.entry == second.size for finding in second.findings)
    if second.exit_code == ExitCode.INCOMPLETE and only_ahead and second.size >= first.durable > first.size:
        sentence = (
            f"Good: {second.size} entries, root {second.root.hex()}; the log is running, "
            f"{second.durable - second.size} newer ones await their signature."
        )
        if asked.state is not None:
            write_memory(asked.state, second.memory)
        return replace(second, exit_code=ExitCode.GOOD, sentence=sentence, findings=())
    return second


def _wait_for_signature(place: Place, size: int) -> None:
    """Only a hint to look again: nothing is believed here."""
    for _ in range(_LOOKS):
        time.sleep(_BETWEEN_S)
        lines = (place.source.read("checkpoint", 65_536) or b"").split(b"\n", 2)
        if len(lines) > 1 and lines[1].isdigit() and int(lines[1]) >= size:
            return
