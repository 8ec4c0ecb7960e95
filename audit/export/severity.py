"""How loud a record is for a collector. Pure."""

from enum import IntEnum
from typing import Final

from audit.event import EventName, Outcome
from audit.export.record import LogRecord


class Severity(IntEnum):
    """The numbers are OCSF's."""

    INFORMATIONAL = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4
    CRITICAL = 5


_RAISED: Final = {
    EventName.SYSTEM_LOG_FAILED: Severity.CRITICAL,
    EventName.SYSTEM_WITNESS_REFUSED: Severity.CRITICAL,
    EventName.OPERATOR_LOSS_DECLARED: Severity.CRITICAL,
    EventName.SYSTEM_FLAG_RAISED: Severity.HIGH,
    EventName.OPERATOR_OFFICER_RECOVERED: Severity.HIGH,
    EventName.SYSTEM_SPRAYING_NOTICED: Severity.HIGH,
    EventName.OPERATOR_BACKUP_RESTORED: Severity.HIGH,
    EventName.SYSTEM_FORWARDING_LATE: Severity.MEDIUM,
    EventName.SYSTEM_WITNESS_LOST: Severity.MEDIUM,
    EventName.SYSTEM_GATE_LOST: Severity.MEDIUM,
    EventName.OFFICER_STAFF_BLOCKED: Severity.MEDIUM,
    EventName.OPERATOR_STAFF_DISABLED: Severity.MEDIUM,
    EventName.OPERATOR_RESET_REQUESTED: Severity.MEDIUM,
    EventName.CUSTOMER_CODE_REPLAYED: Severity.MEDIUM,
    EventName.AGENT_CODE_REFUSED: Severity.MEDIUM,
    EventName.OPERATOR_LOG_EXPORTED: Severity.MEDIUM,
    EventName.OFFICER_LOG_EXPORTED: Severity.MEDIUM,
    EventName.OPERATOR_EVIDENCE_EXPORTED: Severity.MEDIUM,
    EventName.OFFICER_EVIDENCE_EXPORTED: Severity.MEDIUM,
    EventName.OFFICER_FILE_EXPORTED: Severity.MEDIUM,
    EventName.OPERATOR_ENTRIES_DECRYPTED: Severity.MEDIUM,
    EventName.SYSTEM_SUBJECT_ERASED: Severity.MEDIUM,
}


def severity_of(record: LogRecord) -> Severity:
    """By its name; else what was refused, failed or is not known is LOW."""
    if record.name is not None and record.name in _RAISED:
        return _RAISED[record.name]
    unlucky = record.outcome in {Outcome.REFUSED, Outcome.FAILED, Outcome.UNKNOWN}
    return Severity.LOW if unlucky else Severity.INFORMATIONAL
