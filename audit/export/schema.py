"""The schema of a record, for whoever reads exports: JSON Schema 2020-12 with the closed list of events. Pure."""

from typing import Any, Final

import msgspec

from audit.event import SCHEMA_VERSION
from audit.export.ending import Ending
from audit.export.record import LogRecord

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
NAME: Final = f"urn:tachiai:log-record:v{SCHEMA_VERSION}"
_PLACE: Final = "#/$defs/{name}"


def record_schema() -> dict[str, Any]:
    """A line of a JSONL export is a record, or the ending, which is the last one."""
    _, parts = msgspec.json.schema_components((LogRecord, Ending), ref_template=_PLACE)
    for part in parts.values():
        if part.get("type") == "object":
            part["additionalProperties"] = False
        if "description" in part:
            part["description"] = " ".join(part["description"].split())
    parts["LogRecord"]["properties"]["entry_id"]["pattern"] = "^[0-9a-f]{32}$"
    parts["LogRecord"]["properties"]["v"] = {"const": SCHEMA_VERSION}
    return {
        "$schema": DIALECT,
        "$id": NAME,
        "title": "A line of an export of the audit log",
        "description": f"Vocabulary version {SCHEMA_VERSION}; members and the closed list of event "
        "names only grow.",
        "oneOf": [{"$ref": "#/$defs/LogRecord"}, {"$ref": "#/$defs/Ending"}],
        "$defs": parts,
    }
