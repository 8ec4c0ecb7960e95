"""Which event is of which class of the Open Cybersecurity Schema Framework, version 1.9.0. Pure.

A name's first part is the actor, who is told elsewhere; so the table is by object and action. What it does not name is
a Base Event: steps of a session are no class of OCSF's, and a near miss would mislead whoever counts by class.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from audit.event import EventName

VERSION: Final = "1.9.0"
OTHER: Final = 99
_IAM: Final = (3, "Identity & Access Management")
_APPLICATION: Final = (6, "Application Activity")


@dataclass(frozen=True, slots=True)
class OcsfClass:
    """`activities` are the captions of the class's own activities that are used here."""

    uid: int
    name: str
    category: tuple[int, str]
    activities: Mapping[int, str]


BASE: Final = OcsfClass(0, "Base Event", (0, "Uncategorized"), {})
FINDING: Final = OcsfClass(2004, "Detection Finding", (2, "Findings"), {1: "Create", 3: "Close"})
AUTHENTICATION: Final = OcsfClass(3002, "Authentication", _IAM, {1: "Logon", 2: "Logoff"})
ENTITY: Final = OcsfClass(
    3004, "Entity Management", _IAM, {1: "Create", 2: "Read", 3: "Update", 4: "Delete", 9: "Disable"}
)
USER: Final = OcsfClass(
    3007,
    "User Management",
    _IAM,
    {
        1: "Create",
        3: "Delete",
        4: "Enable",
        5: "Disable",
        6: "Lock",
        9: "Password Reset",
        12: "MFA Factor Enable",
    },
)
LIFECYCLE: Final = OcsfClass(
    6002, "Application Lifecycle", _APPLICATION, {1: "Install", 3: "Start", 4: "Stop", 8: "Update"}
)
API: Final = OcsfClass(6003, "API Activity", _APPLICATION, {1: "Create"})
ERROR: Final = OcsfClass(6008, "Application Error", _APPLICATION, {1: "General Error"})

_CREATE, _READ, _UPDATE, _DELETE = 1, 2, 3, 4

_OF: Final[tuple[tuple[OcsfClass, int, tuple[str, ...]], ...]] = (
    (FINDING, 1, ("flag:raised", "witness:refused")),
    (FINDING, 3, ("flag:confirmed", "flag:dismissed")),
    (AUTHENTICATION, 1, ("login:started", "login:refused")),
    (AUTHENTICATION, 2, ("login:ended", "logins:ended")),
    (AUTHENTICATION, OTHER, ("code:verified", "code:refused", "code:replayed", "verification:lapsed")),
    (AUTHENTICATION, OTHER, ("passkey:asserted", "passkey:refused")),
    (AUTHENTICATION, OTHER, ("login:confirmed", "confirmation:refused", "login:raised")),
    (USER, 1, ("staff:invited",)),
    (USER, 3, ("subject:erased",)),
    (USER, 4, ("staff:enabled",)),
    (USER, 5, ("staff:disabled",)),
    (USER, 6, ("staff:blocked", "block:enforced")),
    (USER, 9, ("reset:requested", "reset:approved", "reset:refused", "officer:recovered")),
    (USER, 12, ("enrolment:finished", "passkey:registered")),
    (USER, OTHER, ("lift:requested", "lift:approved", "lift:refused")),
    (USER, OTHER, ("staff:changed", "identity:linked", "identity:unlinked")),
    (USER, OTHER, ("enrolment:issued", "enrolment:withdrawn", "enrolment:claimed", "enrolment:refused")),
    (
        ENTITY,
        _CREATE,
        ("case:opened", "customers:imported", "key:created", "backup:made", "hold:placed", "signer:added"),
    ),
    (
        ENTITY,
        _CREATE,
        ("canary:added", "roster:imported", "shift:planned", "file:opened"),
    ),
    (
        ENTITY,
        _READ,
        (
            "case:viewed",
            "case:refused",
            "field:unmasked",
            "log:read",
            "log:exported",
            "evidence:exported",
            "entries:decrypted",
            "sessions:read",
            "flags:read",
            "checklist:read",
            "approvals:read",
            "report:read",
            "customers:listed",
            "cases:listed",
            "canaries:listed",
            "file:read",
            "files:listed",
            "file:exported",
            "customer:exported",
            "receipt:issued",
            "copy:issued",
        ),
    ),
    (
        ENTITY,
        _UPDATE,
        (
            "customer:changed",
            "case:assigned",
            "case:closed",
            "file:added",
            "file:noted",
            "file:closed",
            "keys:rewrapped",
            "backup:restored",
            "loss:declared",
            "index:rebuilt",
            "period:sealed",
            "erasure:requested",
            "erasure:approved",
            "erasure:refused",
            "erasure:withdrawn",
            "erasure:hindered",
        ),
    ),
    (USER, OTHER, ("passkey:removed",)),
    (ENTITY, _DELETE, ("period:expired", "hold:lifted")),
    (ENTITY, 9, ("key:revoked", "signer:removed", "canary:removed")),
    (LIFECYCLE, 1, ("demo:prepared",)),
    (LIFECYCLE, 3, ("server:started", "gate:started")),
    (LIFECYCLE, 4, ("server:stopped",)),
    (LIFECYCLE, 8, ("database:migrated",)),
    (ERROR, 1, ("log:failed", "gate:lost", "witness:lost", "forwarding:late")),
)
_BY_WHAT: Final = {what: (kind, activity) for kind, activity, names in _OF for what in names}
_BY_KEY: Final = {"customer:added": _CREATE, "case:opened": _CREATE, "enrolment:issued": _CREATE}


def class_of(name: EventName | None) -> tuple[OcsfClass, int]:
    """The class and the activity's number in it. Other systems' acts come over the interface: they are API Activity."""
    if name is None:
        return BASE, OTHER
    actor, what = name.value.split(":", 1)
    if actor == "key":
        return API, _BY_KEY.get(what, OTHER)
    return _BY_WHAT.get(what, (BASE, OTHER))


def named() -> frozenset[str]:
    """Every object and action that the table names."""
    return frozenset(_BY_WHAT)
