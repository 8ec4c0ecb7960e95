"""The part of OCSF 1.9.0 that is used here, typed from the published schema: what is required, and of what type."""

from typing import Annotated, Any, Literal

import msgspec

Text = Annotated[str, msgspec.Meta(min_length=1)]
Timestamp = Annotated[int, msgspec.Meta(ge=0)]


class Product(msgspec.Struct, forbid_unknown_fields=True):
    name: Text
    vendor_name: Text
    version: Text


class Metadata(msgspec.Struct, forbid_unknown_fields=True):
    product: Product
    version: Literal["1.9.0"]
    event_code: str | None = None
    correlation_uid: str | None = None
    log_name: str | None = None
    log_provider: str | None = None
    profiles: list[Literal["host"]] = []
    sequence: int | None = None
    uid: str | None = None


class User(msgspec.Struct, forbid_unknown_fields=True):
    uid: Text
    type_id: Literal[0, 1, 2, 3, 4, 99]
    type: Text


class Actor(msgspec.Struct, forbid_unknown_fields=True):
    user: User


class Service(msgspec.Struct, forbid_unknown_fields=True):
    name: Text
    version: Text


class ManagedEntity(msgspec.Struct, forbid_unknown_fields=True):
    name: Text
    type: Text
    uid: str | None = None


class Application(msgspec.Struct, forbid_unknown_fields=True):
    name: Text


class Api(msgspec.Struct, forbid_unknown_fields=True):
    operation: Text


class Endpoint(msgspec.Struct, forbid_unknown_fields=True):
    uid: Text


class FindingProduct(msgspec.Struct, forbid_unknown_fields=True):
    name: Text
    vendor_name: Text


class FindingInfo(msgspec.Struct, forbid_unknown_fields=True):
    uid: Text
    title: Text
    types: list[str]
    product: FindingProduct
    desc: str | None = None


class BaseEvent(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    activity_id: int
    category_uid: int
    class_uid: int
    metadata: Metadata
    severity_id: Literal[0, 1, 2, 3, 4, 5, 6, 99]
    time: Timestamp
    type_uid: int
    activity_name: Text
    category_name: Text
    class_name: Text
    message: Text
    severity: Text
    type_name: Text
    unmapped: dict[str, Any]
    status_id: Literal[0, 1, 2, 3, 4, 5, 6, 99] | None = None  # beyond 2: of findings alone
    status: str | None = None
    status_detail: str | None = None
    actor: Actor | None = None


class Authentication(BaseEvent, kw_only=True, forbid_unknown_fields=True):
    user: User
    service: Service


class UserManagement(BaseEvent, kw_only=True, forbid_unknown_fields=True):
    user: User


class EntityManagement(BaseEvent, kw_only=True, forbid_unknown_fields=True):
    entity: ManagedEntity


class ApplicationLifecycle(BaseEvent, kw_only=True, forbid_unknown_fields=True):
    application: Application
    app: Product  # what 1.8.0 and before asked for


class ApiActivity(BaseEvent, kw_only=True, forbid_unknown_fields=True):
    actor: Actor
    api: Api
    src_endpoint: Endpoint


class ApplicationError(BaseEvent, kw_only=True, forbid_unknown_fields=True):
    raw_data: str


class DetectionFinding(BaseEvent, kw_only=True, forbid_unknown_fields=True):
    finding_info: FindingInfo


# class_uid: (its shape, its category, the captions of its activities)
CLASSES: dict[int, tuple[type[BaseEvent], int, dict[int, str]]] = {
    0: (BaseEvent, 0, {0: "Unknown"}),
    2004: (DetectionFinding, 2, {1: "Create", 2: "Update", 3: "Close"}),
    3002: (
        Authentication,
        3,
        {
            1: "Logon",
            2: "Logoff",
            3: "Authentication Ticket",
            4: "Service Ticket Request",
            5: "Service Ticket Renew",
            6: "Preauth",
            7: "Account Switch",
        },
    ),
    3004: (
        EntityManagement,
        3,
        dict(
            enumerate(
                (
                    "Unknown",
                    "Create",
                    "Read",
                    "Update",
                    "Delete",
                    "Move",
                    "Enroll",
                    "Unenroll",
                    "Enable",
                    "Disable",
                    "Activate",
                    "Deactivate",
                    "Suspend",
                    "Resume",
                )
            )
        ),
    ),
    3007: (
        UserManagement,
        3,
        dict(
            enumerate(
                (
                    "Unknown",
                    "Create",
                    "Update",
                    "Delete",
                    "Enable",
                    "Disable",
                    "Lock",
                    "Unlock",
                    "Password Change",
                    "Password Reset",
                    "Attach Policies",
                    "Detach Policies",
                    "MFA Factor Enable",
                    "MFA Factor Disable",
                    "Assign Privileges",
                    "Remove Privileges",
                    "Assign Roles",
                    "Remove Roles",
                )
            )
        ),
    ),
    6002: (
        ApplicationLifecycle,
        6,
        dict(
            enumerate(
                ("Unknown", "Install", "Remove", "Start", "Stop", "Restart", "Enable", "Disable", "Update")
            )
        ),
    ),
    6003: (ApiActivity, 6, {1: "Create", 2: "Read", 3: "Update", 4: "Delete"}),
    6008: (ApplicationError, 6, {1: "General Error", 2: "Translation Error"}),
}
CATEGORIES = {0: "Uncategorized", 2: "Findings", 3: "Identity & Access Management", 6: "Application Activity"}
SEVERITIES = {1: "Informational", 2: "Low", 3: "Medium", 4: "High", 5: "Critical"}
