"""An opened entry in the one shape that leaves the log: the officers' page, exports and syslog all give this. Pure."""

import re
from typing import Final

import msgspec

from audit.event import SCHEMA_VERSION, ActorKind, EventName, Outcome
from audit.ports import OpenedEntry

_ENCODER: Final = msgspec.json.Encoder(order="sorted")
_BREAKING: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class RecordActor(msgspec.Struct, frozen=True, kw_only=True):
    """Who did it: an opaque id, "" for the system itself."""

    kind: ActorKind
    id: str


class LogRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the log. `entry_id` is 32 hexadecimal digits, `at_ms` UTC milliseconds, `intent` the index of the
    entry that this one closes. All that the organisation's section tells is null or empty where no key opens that
    section. `personal` is what is known of each person, by pseudonym. `erased` names the sections whose keys are gone
    for good, `sealed` those that only an auditor's key opens. `v` is the version of the vocabulary."""

    index: int
    entry_id: str
    at_ms: int | None
    name: EventName | None
    outcome: Outcome | None
    actor: RecordActor | None
    case: str | None
    session: str | None
    customer: str | None
    intent: int | None
    facts: dict[str, str | int | bool]
    personal: dict[str, dict[str, str | int | bool]]
    erased: list[str]
    sealed: list[str]
    v: int


def record_of(entry: OpenedEntry) -> LogRecord:
    event = entry.event
    return LogRecord(
        index=entry.index,
        entry_id=entry.entry_id.hex(),
        at_ms=None if event is None else event.at_ms,
        name=None if event is None else event.name,
        outcome=None if event is None else event.outcome,
        actor=None if event is None else RecordActor(kind=event.actor.kind, id=event.actor.id),
        case=None if event is None else event.case,
        session=None if event is None else event.session,
        customer=None if event is None else event.customer,
        intent=None if event is None else event.intent,
        facts={} if event is None else dict(event.facts),
        personal={} if event is None else {person: dict(known) for person, known in event.personal.items()},
        erased=list(entry.erased),
        sealed=list(entry.sealed),
        v=SCHEMA_VERSION,
    )


def without_persons(record: LogRecord) -> LogRecord:
    """The organisation's part alone."""
    return msgspec.structs.replace(record, personal={})


def encode_record(record: LogRecord) -> bytes:
    """JSON in one line, members sorted: the same bytes for the same record."""
    return _ENCODER.encode(record)


def in_one_line(json: bytes) -> str:
    """The same JSON, for carriers that take other characters than LF for the end of a line: such characters, which
    stand in strings alone, are escaped."""
    return _BREAKING.sub(lambda found: f"\\u{ord(found[0]):04x}", json.decode())
