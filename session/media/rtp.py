"""Reading an RTP packet where it lies (RFC 3550 clause 5.1, RFC 8285 one-byte extensions, RFC 7741 VP8 descriptor)."""

_ONE_BYTE_PROFILE = 0xBEDE


def locate(data: bytes | bytearray, length: int, wanted: int) -> tuple[int, int]:
    """Where the payload begins, and where the two bytes of extension `wanted` are (0 if nowhere).

    A packet whose header does not fit gives (0, 0). `wanted` 0 looks for nothing.
    """
    first = data[0]
    offset = 12 + 4 * (first & 0x0F)
    found = 0
    if first & 0x10:
        if offset + 4 > length:
            return 0, 0
        profile = data[offset] << 8 | data[offset + 1]
        position = offset + 4
        offset = position + 4 * (data[offset + 2] << 8 | data[offset + 3])
        if offset > length:
            return 0, 0
        if wanted and profile == _ONE_BYTE_PROFILE:
            found = _extension(data, position, offset, wanted)
    return (offset, found) if offset <= length else (0, 0)


def _extension(data: bytes | bytearray, position: int, end: int, wanted: int) -> int:
    while position < end:
        tag = data[position]
        if tag == 0:  # padding between elements
            position += 1
            continue
        if tag >= 0xF0:  # id 15 ends the list
            return 0
        size = (tag & 0x0F) + 1
        if tag >> 4 == wanted:
            return position + 1 if size == 2 and position + 3 <= end else 0
        position += 1 + size
    return 0


def payload_end(data: bytes | bytearray, length: int, payload: int) -> int:
    """Where the payload ends before the padding; -1 if the padding does not fit."""
    if not data[0] & 0x20:
        return length
    padding = data[length - 1]
    return length - padding if 0 < padding <= length - payload else -1


def starts_key_frame(data: bytes | bytearray, payload: int, length: int) -> bool:
    """Whether this is the first packet of a VP8 key frame. In the clear under frame encryption too."""
    if payload >= length:
        return False
    first = data[payload]
    if first & 0x17 != 0x10:  # S set, partition 0
        return False
    position = payload + 1
    if first & 0x80:
        if position >= length:
            return False
        flags = data[position]
        position += 1
        if flags & 0x80:  # picture id of one or two bytes
            if position >= length:
                return False
            position += 2 if data[position] & 0x80 else 1
        position += bool(flags & 0x40) + bool(flags & 0x30)
    return position < length and not data[position] & 0x01
