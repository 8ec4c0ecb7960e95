"""A zip that has one form: stored, without times, members in one order. So every byte of it is somebody's. Pure."""

import binascii
import re
import struct
from collections.abc import Mapping
from typing import Final

LARGEST: Final = 268_435_456  # bytes of a file
MOST_MEMBERS: Final = 65_000
LONGEST_NAME: Final = 128
FIRST: Final = ("manifest.json", "README.txt")

_LOCAL: Final = struct.Struct("<4s5H3L2H")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_END: Final = struct.Struct("<4s4H2LH")
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_NAME: Final = re.compile(rb"[A-Za-z0-9._/-]+")  # it is shown to people: nothing that a terminal obeys
_VERSION: Final = 20
_UNIX: Final = 3 << 8
_DATE: Final = 0x21  # 1980-01-01, the first day that a zip knows
_FILE_MODE: Final = 0o100644 << 16


class ZipMalformed(Exception):
    """Not a zip in its one form. The sentence says where it leaves it."""


class ZipTooLarge(ValueError):
    """More than fits into such a file."""


def encode_zip(members: Mapping[str, bytes]) -> bytes:
    """`FIRST` first, the others by name. Raises ZipTooLarge."""
    local: list[bytes] = []
    central: list[bytes] = []
    offset = 0
    names = [name for name in FIRST if name in members] + sorted(members.keys() - set(FIRST))
    if len(names) > MOST_MEMBERS or sum(map(len, members.values())) > LARGEST:
        raise ZipTooLarge(f"a bundle has at most {MOST_MEMBERS} members and {LARGEST} bytes")
    for name in names:
        data, text = members[name], name.encode("ascii")
        shared = (_VERSION, 0, 0, 0, _DATE, binascii.crc32(data), len(data), len(data), len(text), 0)
        head = _LOCAL.pack(_LOCAL_MARK, *shared) + text
        local += (head, data)
        place = _CENTRAL.pack(_CENTRAL_MARK, _UNIX | _VERSION, *shared, 0, 0, 0, _FILE_MODE, offset)
        central.append(place + text)
        offset += len(head) + len(data)
    listing = b"".join(central)
    end = _END.pack(_END_MARK, 0, 0, len(names), len(names), len(listing), offset, 0)
    return b"".join(local) + listing + end


def parse_zip(data: bytes) -> dict[str, bytes]:
    """Raises ZipMalformed."""
    if len(data) > LARGEST:
        raise ZipMalformed(f"it has more than the {LARGEST} bytes of a bundle")
    members: dict[str, bytes] = {}
    offset = 0
    while data.startswith(_LOCAL_MARK, offset):
        name, body, stop = _local(data, offset)
        if name in members or len(members) == MOST_MEMBERS:
            raise ZipMalformed(f"byte {offset}: a member stands twice, or there are too many")
        members[name] = data[body:stop]
        offset = stop
    _same(encode_zip(members), data)
    return members


def _local(data: bytes, offset: int) -> tuple[str, int, int]:
    """Name, and from where to where the content lies."""
    start = offset + _LOCAL.size
    if start > len(data):
        raise ZipMalformed("it was cut off")
    fields = _LOCAL.unpack_from(data, offset)
    size, name_size = fields[8], fields[9]
    body = start + name_size
    if not 1 <= name_size <= LONGEST_NAME or body + size > len(data):
        raise ZipMalformed(f"byte {offset}: a member is cut off, or its name is too long")
    name = data[start:body]
    if not _NAME.fullmatch(name):
        raise ZipMalformed(f"byte {start}: a name is not letters, digits, dots and dashes")
    return name.decode("ascii"), body, body + size


def _same(wanted: bytes, data: bytes) -> None:
    if wanted == data:
        return
    first = next(
        (place for place, (one, other) in enumerate(zip(wanted, data, strict=False)) if one != other),
        min(len(wanted), len(data)),
    )
    raise ZipMalformed(f"byte {first}: it was changed, cut, or packed anew: use it as it was made")
