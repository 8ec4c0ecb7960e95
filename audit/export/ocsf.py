"""A record as an OCSF event of its class, with the whole record as `unmapped`. Pure."""

from typing import Any, Final

import msgspec

from audit.event import ActorKind, Outcome
from audit.export.ending import Ending
from audit.export.ocsf_table import (
    API,
    AUTHENTICATION,
    BASE,
    ENTITY,
    ERROR,
    FINDING,
    LIFECYCLE,
    OTHER,
    USER,
    VERSION,
    OcsfClass,
    class_of,
)
from audit.export.record import LogRecord, RecordActor
from audit.export.severity import Severity, severity_of

PRODUCT: Final = "Tachiai"
_UNKNOWN: Final = "unknown"
_ENCODER: Final = msgspec.json.Encoder(order="sorted")
_CLOSE: Final = 3
_HOST: Final = "host"  # the profile that gives every class an actor
_USER_TYPES: Final = {
    ActorKind.CUSTOMER: (1, "User"),
    ActorKind.AGENT: (1, "User"),
    ActorKind.OFFICER: (2, "Admin"),
    ActorKind.OPERATOR: (2, "Admin"),
    ActorKind.KEY: (4, "Service"),
    ActorKind.SYSTEM: (3, "System"),
}
_STATUS: Final = {
    Outcome.INTENT: (OTHER, "Intent"),
    Outcome.DONE: (1, "Success"),
    Outcome.FAILED: (2, "Failure"),
    Outcome.REFUSED: (2, "Failure"),
    Outcome.UNKNOWN: (0, "Unknown"),
}


def ocsf_event(record: LogRecord, version: str) -> bytes:
    """JSON in one line. `version` is the product's. An entry that no key opens has the time 0: nobody knows it."""
    kind, activity = class_of(record.name)
    name = _UNKNOWN if record.name is None else record.name.value
    event = _classified(kind, activity, name, severity_of(record))
    event |= {
        "time": record.at_ms or 0,
        "message": name if record.outcome is None else f"{name} ({record.outcome.value})",
        "metadata": _metadata(record, name, version),
        "unmapped": msgspec.to_builtins(record),
    }
    if kind is FINDING:
        closed = activity == _CLOSE
        event |= {"status_id": 4, "status": "Resolved"} if closed else {"status_id": 1, "status": "New"}
    elif record.outcome is not None:
        event["status_id"], event["status"] = _STATUS[record.outcome]
    if record.outcome is not None:
        event["status_detail"] = record.outcome.value
    if record.actor is not None:
        event["actor"] = {"user": _user(record.actor)}
    return _ENCODER.encode(event | _required(kind, record, name, version))


def ocsf_ending(ending: Ending, version: str) -> bytes:
    """The file's last line is an event too, so that a reader of events need not know of it."""
    event = _classified(BASE, OTHER, "log:export:ended", Severity.INFORMATIONAL)
    product = {"name": PRODUCT, "vendor_name": PRODUCT, "version": version}
    event |= {
        "time": ending.made_at_ms,
        "message": f"{ending.count} events stand before this one",
        "metadata": {"version": VERSION, "product": product, "log_provider": ending.origin},
        "unmapped": msgspec.to_builtins(ending),
    }
    return _ENCODER.encode(event)


def _classified(kind: OcsfClass, activity: int, name: str, severity: Severity) -> dict[str, Any]:
    caption = kind.activities.get(activity, name)
    return {
        "activity_id": activity,
        "activity_name": caption,
        "category_name": kind.category[1],
        "category_uid": kind.category[0],
        "class_name": kind.name,
        "class_uid": kind.uid,
        "severity": severity.name.title(),
        "severity_id": severity.value,
        "type_name": f"{kind.name}: {caption}",
        "type_uid": kind.uid * 100 + activity,
    }


def _metadata(record: LogRecord, name: str, version: str) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "event_code": name,
        "log_name": "audit",
        "product": {"name": PRODUCT, "vendor_name": PRODUCT, "version": version},
        "profiles": [_HOST],
        "sequence": record.index,
        "uid": record.entry_id,
        "version": VERSION,
    }
    if record.session is not None:
        metadata["correlation_uid"] = record.session
    return metadata


def _required(kind: OcsfClass, record: LogRecord, name: str, version: str) -> dict[str, Any]:
    """What the class asks for beyond every event's."""
    product = {"name": PRODUCT, "vendor_name": PRODUCT, "version": version}
    # No entry has an address; another system is known by its key.
    other = {"uid": (record.actor.id if record.actor is not None else "") or _UNKNOWN}
    asked: dict[int, dict[str, Any]] = {
        AUTHENTICATION.uid: {"user": _subject(record), "service": {"name": PRODUCT, "version": version}},
        USER.uid: {"user": _subject(record)},
        ENTITY.uid: {"entity": _entity(record, name)},
        LIFECYCLE.uid: {"application": {"name": _object_of(name)}, "app": product},
        API.uid: {"api": {"operation": name}, "src_endpoint": other},
        FINDING.uid: {"finding_info": _finding(record, name)},
        ERROR.uid: {"raw_data": name},
    }
    return asked.get(kind.uid, {})


def _finding(record: LogRecord, name: str) -> dict[str, Any]:
    """A flag and what officers found of it are one finding, known by the index of the flag's entry."""
    found = {
        "uid": str(record.facts.get("flag", record.index)),
        "title": str(record.facts.get("detector", name)),
        "product": {"name": PRODUCT, "vendor_name": PRODUCT},
        "types": [str(record.facts[kind]) for kind in ("action", "target_kind") if kind in record.facts],
    }
    reason = record.facts.get("reason")
    return found if reason is None else {**found, "desc": str(reason)}


def _user(actor: RecordActor) -> dict[str, Any]:
    number, caption = _USER_TYPES[actor.kind]
    return {"uid": actor.id or actor.kind.value, "type_id": number, "type": caption}


def _subject(record: LogRecord) -> dict[str, Any]:
    """Whom it was about: staff named in the facts, the customer, or whoever acted."""
    staff = record.facts.get("staff")
    if isinstance(staff, str) and staff:
        return {"uid": staff, "type_id": 1, "type": "User"}
    if record.customer is not None:
        return {"uid": record.customer, "type_id": 1, "type": "User"}
    return (
        _user(record.actor)
        if record.actor is not None
        else {"uid": _UNKNOWN, "type_id": 0, "type": "Unknown"}
    )


def _entity(record: LogRecord, name: str) -> dict[str, Any]:
    what = _object_of(name)
    for kind, uid in (("case", record.case), ("customer", record.customer), ("session", record.session)):
        if uid is not None:
            return {"type": kind if kind == what else f"{what} of a {kind}", "uid": uid, "name": what}
    return {"type": what, "name": what}


def _object_of(name: str) -> str:
    """The middle part of an event's name."""
    return name.split(":")[1] if ":" in name else name
