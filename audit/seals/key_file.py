"""The running epoch's key as it lies in `private/seals.key` and `private/seals.next` (FORMAT.md, section 12). Pure."""

import base64
import binascii
import struct
from dataclasses import dataclass
from typing import Final

from audit.checkpoint import CheckpointInvalid, parse_number
from audit.seals.record import RecordInvalid, parse_record

MAX_KEY_FILE: Final = 65_536

_TITLE: Final = "tachiai/seal-key/v1"


class KeyFileInvalid(ValueError):
    """Not a key file in its one form."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The key that will seal `epoch`, `wrapped`, with the record that announced it and that record's place in
    `public/seals`."""

    epoch: int
    offset: int
    wrapped: bytes
    record: bytes

    @property
    def end(self) -> int:
        """Where the next record goes."""
        return self.offset + len(self.record)

    def encode(self) -> bytes:
        lines = [_TITLE, str(self.epoch), str(self.offset), _base64(self.wrapped), _base64(self.record)]
        return "".join(f"{line}\n" for line in lines).encode("ascii")

    @classmethod
    def parse(cls, content: bytes) -> "KeyFile":
        """Raises KeyFileInvalid, also where the record in it announces another epoch."""
        try:
            lines = content.decode("ascii").split("\n") if len(content) <= MAX_KEY_FILE else []
            if len(lines) != 6 or lines[0] != _TITLE:
                raise KeyFileInvalid("this is no key file of the seals")
            record = base64.b64decode(lines[4], validate=True)
            wrapped = base64.b64decode(lines[3], validate=True)
            found = cls(parse_number(lines[1]), parse_number(lines[2]), wrapped, record)
            announced = parse_record(record).following
        except (UnicodeDecodeError, binascii.Error, CheckpointInvalid, RecordInvalid) as error:
            raise KeyFileInvalid("this is no key file of the seals") from error
        if found.encode() != content or announced != found.epoch:
            raise KeyFileInvalid("the key file is not in its one form")
        return found


def wrapping_context(epoch: int, origin: str) -> bytes:
    """Binds a wrapped key to its epoch and log."""
    return b"audit/v1/seal-key" + struct.pack(">Q", epoch) + origin.encode()


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
