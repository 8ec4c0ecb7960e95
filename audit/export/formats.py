"""The formats of an export: each writes a record, and the ending, as one line. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from audit.export.cef import cef_ending, cef_line
from audit.export.ending import Ending, encode_ending
from audit.export.ocsf import ocsf_ending, ocsf_event
from audit.export.record import LogRecord, encode_record


class Format(StrEnum):
    JSONL = "jsonl"
    OCSF = "ocsf"
    CEF = "cef"


@dataclass(frozen=True, slots=True)
class LineWriter:
    """`version` is the product's, as OCSF and CEF tell it."""

    format: Format
    version: str

    def line(self, record: LogRecord) -> bytes:
        match self.format:
            case Format.JSONL:
                return encode_record(record) + b"\n"
            case Format.OCSF:
                return ocsf_event(record, self.version) + b"\n"
            case Format.CEF:
                return cef_line(record, self.version).encode() + b"\n"

    def last_line(self, ending: Ending) -> bytes:
        match self.format:
            case Format.JSONL:
                return encode_ending(ending) + b"\n"
            case Format.OCSF:
                return ocsf_ending(ending, self.version) + b"\n"
            case Format.CEF:
                return cef_ending(ending, self.version).encode() + b"\n"
