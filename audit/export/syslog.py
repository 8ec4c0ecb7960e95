"""A record as a syslog message: RFC 5424 in frames that tell their length (RFC 6587, 3.4.1; RFC 5425, 4.3). Pure.

Only registered structured data is used (RFC 5424, 7): `meta` with a sequence number, `origin` with the program. The
entry's index and id, by which a message that comes twice shows, are in the record itself.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from audit.export.cef import CLOSED, cef_line
from audit.export.record import LogRecord, encode_record, in_one_line, without_persons
from audit.export.severity import Severity, severity_of

APPLICATION: Final = "tachiai"
LONGEST_ID: Final = 32  # of a MSGID (RFC 5424, 6)
_NIL: Final = "-"
_LAST_SEQUENCE: Final = 2_147_483_647
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MS: Final = 253_402_300_799_999  # the end of the year 9999
_LEVELS: Final = {
    Severity.CRITICAL: 2,
    Severity.HIGH: 3,
    Severity.MEDIUM: 4,
    Severity.LOW: 5,
    Severity.INFORMATIONAL: 6,
}


class MessageFormat(StrEnum):
    CEF = "cef"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class SyslogWriter:
    """`origin` is the log's name; it stands as the host. `facility` 0 to 23. `personal`: sections of persons too."""

    origin: str
    version: str
    format: MessageFormat
    facility: int
    personal: bool

    def frame(self, record: LogRecord) -> bytes:
        """The message with its length before it. Nothing is shortened."""
        message = self._message(record if self.personal else without_persons(record)).encode()
        return b"%d %s" % (len(message), message)

    def _message(self, record: LogRecord) -> str:
        level = _LEVELS[severity_of(record)]
        name = CLOSED if record.name is None else record.name.value
        sequence = record.index % _LAST_SEQUENCE + 1
        header = [
            f"<{self.facility * 8 + level}>1",
            _moment(record.at_ms),
            self.origin,
            APPLICATION,
            _NIL,
            name[:LONGEST_ID],
            f'[meta sequenceId="{sequence}"][origin software="{APPLICATION}" swVersion="{self.version}"]',
        ]
        if self.format is MessageFormat.CEF:
            body = cef_line(record, self.version)
        else:
            body = in_one_line(encode_record(record))
        return " ".join([*header, body])


def _moment(at_ms: int | None) -> str:
    if at_ms is None or at_ms > _LATEST_MS:
        return _NIL
    at = _EPOCH + timedelta(milliseconds=at_ms)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1000:03d}Z"
