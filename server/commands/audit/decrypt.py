"""`tachiai audit decrypt`: what an auditor's key opens in a copy of the log."""

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.commands.context import as_json_option, print_json, refuse, settings_of
from server.commands.performing import done, say

if TYPE_CHECKING:
    from audit.keys.auditing import Copy
    from audit.note import Verifier


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--auditor-key", required=True, type=click.Path(path_type=Path), help="Your private key.")
@click.option("--reason", required=True, help="Why, in one line: it is recorded.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="A new file, mode 0600.")
@click.option(
    "--key", default=None, help="The log's verifier key that you were told, or a file that holds it."
)
@click.option("--from", "first", type=click.IntRange(0), default=0, help="The first entry's index.")
@click.option("--to", "last", type=click.IntRange(0), default=None, help="The last entry's index.")
@click.option("--offline", is_flag=True, help="This machine does not keep the log, and cannot record this.")
@as_json_option
@click.pass_context
def decrypt(
    context: click.Context,
    folder: Path,
    auditor_key: Path,
    reason: str,
    output: Path,
    key: str | None,
    first: int,
    last: int | None,
    offline: bool,
    as_json: bool,
) -> None:
    """Open entries of the copy in FOLDER (public/ and keys.db) with an auditor's key, one JSON object a line.

    On the log's own host this is an entry of the log, durable before anything is opened. Elsewhere it cannot be
    recorded in the log: then it asks for --offline. Either way a line is appended to decryptions.jsonl beside the
    output. Erased people stay closed, for auditors too.
    """
    from audit.commands import CannotVerify, key_text  # noqa: PLC0415
    from audit.kek import KeyUnavailable  # noqa: PLC0415
    from audit.keys.auditing import CopyUnusable, opened_copy  # noqa: PLC0415
    from audit.keys.recipients import RecipientKey, RecipientRefused  # noqa: PLC0415
    from audit.keystore import KeystoreFailed  # noqa: PLC0415
    from audit.note import KeyInvalid, Verifier  # noqa: PLC0415
    from audit.public import PublicDamaged  # noqa: PLC0415
    from audit.reader import EntryUnreadable  # noqa: PLC0415

    if not reason.strip() or not reason.isprintable():
        refuse("Give a reason in one line. Nothing was opened.")
    try:
        verifier = Verifier.parse(key_text(folder, key)).alone
        auditor = RecipientKey.read(auditor_key)
        with opened_copy(folder, verifier, auditor) as copy:
            chosen = _range(copy, first, last)
            told = {"recipient": auditor.recipient.fingerprint.hex(), "reason": reason.strip()}
            _recorded(context, verifier, chosen, told, output, offline=offline)
            count, closed = _write(copy, chosen, output)
    except (
        CannotVerify,
        CopyUnusable,
        EntryUnreadable,
        KeyInvalid,
        KeystoreFailed,
        KeyUnavailable,
        PublicDamaged,
        RecipientRefused,
    ) as error:
        refuse(f"{str(error).rstrip('.')}.")
    except OSError as error:
        refuse(f"{error.filename or output}: {error.strerror}. What was opened so far is deleted again.")
    _tell(output, count, closed, as_json=as_json)


def _tell(output: Path, count: int, closed: int, *, as_json: bool) -> None:
    if as_json:
        print_json({"file": str(output), "entries": count, "closed": closed})
    else:
        held = "1 entry" if count == 1 else f"{count} entries"
        say(f"{output} holds {held}; closed to this key, or erased: {closed}.")


def _range(copy: "Copy", first: int, last: int | None) -> tuple[int, int]:
    end = copy.size - 1 if last is None else last
    if not 0 <= first <= end < copy.size:
        refuse(
            f"The copy has the entries 0 to {copy.size - 1}. Choose --from and --to there. Nothing was opened."
        )
    return first, end


def _recorded(
    context: click.Context,
    verifier: "Verifier",
    chosen: tuple[int, int],
    told: dict[str, str],
    output: Path,
    *,
    offline: bool,
) -> None:
    """Durable on return, in the log or at least in the journal."""
    from audit.keys.auditing import note_in_journal  # noqa: PLC0415
    from server.administration.wrapping_acts import NoteDecryption  # noqa: PLC0415

    if output.exists():
        refuse(f"{output} is there already. Choose another name; nothing was opened.")
    first, last = chosen
    entry: int | None = None
    here = _is_of_this_machine(context, verifier)
    if offline and here:
        refuse(
            "This machine keeps that log, so it is recorded there: leave --offline out. Nothing was opened."
        )
    if not offline and not here:
        refuse(
            "This machine does not keep that log, so the log cannot record that you open it. Do it on the log's own "
            "host, or give --offline and tell its operator yourself. Nothing was opened."
        )
    if here:
        act = NoteDecryption(verifier_key=str(verifier), first=first, last=last, **told)
        entry = done(context, act).entry
    journal = {"at_ms": time.time_ns() // 1_000_000, "log": str(verifier), "first": first, "last": last}
    note_in_journal(output.parent, journal | told | {"output": output.name, "entry": entry})


def _is_of_this_machine(context: click.Context, verifier: "Verifier") -> bool:
    from audit.note import KeyInvalid, Verifier  # noqa: PLC0415
    from server.settings import data_folder  # noqa: PLC0415

    kept = data_folder(settings_of(context)) / "log" / "verifier.key"
    with suppress(OSError, KeyInvalid, UnicodeDecodeError):
        return Verifier.parse(kept.read_text("ascii").strip()).alone == verifier
    return False


def _write(copy: "Copy", chosen: tuple[int, int], output: Path) -> tuple[int, int]:
    """How many entries, and how many of them do not open. What was begun is deleted when it cannot be finished."""
    from audit.export.record import encode_record, record_of  # noqa: PLC0415

    count, closed = 0, 0
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for entry in copy.entries(*chosen):
                file.write(encode_record(record_of(entry)) + b"\n")
                count, closed = count + 1, closed + (entry.event is None)
    except BaseException:
        output.unlink(missing_ok=True)
        raise
    return count, closed
