"""A record as one line of ArcSight's Common Event Format, CEF:0. Pure.

Header fields escape backslash and pipe; values of the extension escape backslash, equals sign and line breaks.
"""

import re
from typing import Final

from audit.event import Outcome
from audit.export.ending import Ending, encode_ending
from audit.export.record import LogRecord, encode_record, in_one_line
from audit.export.severity import Severity, severity_of

VENDOR: Final = "Tachiai"
PRODUCT: Final = "Tachiai"
CLOSED: Final = "log:entry:closed"  # no key opens the organisation's section
ENDING: Final = "log:export:ended"

_CEF_SEVERITY: Final = {
    Severity.INFORMATIONAL: 2,
    Severity.LOW: 4,
    Severity.MEDIUM: 6,
    Severity.HIGH: 8,
    Severity.CRITICAL: 10,
}
_OUTCOMES: Final = {
    Outcome.INTENT: "attempt",
    Outcome.DONE: "success",
    Outcome.FAILED: "failure",
    Outcome.REFUSED: "failure",
    Outcome.UNKNOWN: "unknown",
}
_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_BREAKING: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def cef_line(record: LogRecord, version: str) -> str:
    """Without a line break at its end. The whole record is the last value, `TachiaiRecord`, as JSON: what the standard
    keys have no place for is in it."""
    name = CLOSED if record.name is None else record.name.value
    title = name if record.outcome is None else f"{name} {record.outcome.value}"
    return cef(version, name, title, _CEF_SEVERITY[severity_of(record)], _extension(record))


def cef_ending(ending: Ending, version: str) -> str:
    pairs = [("cnt", str(ending.count)), ("TachiaiEnding", in_one_line(encode_ending(ending)))]
    return cef(version, ENDING, ENDING, _CEF_SEVERITY[Severity.INFORMATIONAL], pairs)


def cef(version: str, signature: str, title: str, severity: int, extension: list[tuple[str, str]]) -> str:
    fields = [VENDOR, PRODUCT, version, signature, title, str(severity)]
    header = "|".join(["CEF:0", *(escape_header(field) for field in fields)])
    pairs = []
    for key, value in extension:
        if not _KEY.fullmatch(key):
            raise ValueError(f"{key!r} is no key of an extension")
        pairs.append(f"{key}={escape_value(value)}")
    return f"{header}|{' '.join(pairs)}"


def escape_header(text: str) -> str:
    """A header has no line breaks: what could be taken for one becomes a space."""
    return _BREAKING.sub(" ", text).replace("\\", "\\\\").replace("|", "\\|")


def escape_value(text: str) -> str:
    """CEF can say carriage return and line feed; other control characters become spaces."""
    escaped = text.replace("\\", "\\\\").replace("=", "\\=").replace("\r", "\\r").replace("\n", "\\n")
    return _BREAKING.sub(" ", escaped)


def _extension(record: LogRecord) -> list[tuple[str, str]]:
    pairs = [("externalId", record.entry_id), ("TachiaiIndex", str(record.index))]
    if record.at_ms is not None:
        pairs.append(("rt", str(record.at_ms)))
    if record.outcome is not None:
        pairs.append(("outcome", _OUTCOMES[record.outcome]))
    if record.actor is not None:
        pairs += [("suid", record.actor.id), ("spriv", record.actor.kind.value)]
    labelled = (("case", record.case), ("session", record.session), ("customer", record.customer))
    for number, (label, value) in enumerate(labelled, 1):
        if value is not None:
            pairs += [(f"cs{number}Label", label), (f"cs{number}", value)]
    pairs.append(("TachiaiRecord", in_one_line(encode_record(record))))
    return [(key, value) for key, value in pairs if value]
