"""Reading an RTP packet where it lies (RFC 3550 clause 5.1, RFC 8285 one-byte extensions, RFC 7741 VP8 descriptor)."""

_ONE_BYTE_PROFILE = 0xBEDE


def locate(data: bytes | bytearray, length: int, wanted: int) -> tuple[int, int]:
    """Where the payload begins, and where the two bytes of extension `wanted` are (0 if nowhere).

    A packet whose header does not fit gives (0, 0). `wanted` 0 looks for nothing.
    """
    first = data[0]
    offset = 12 + 4 * (first & 0x0F)
    if not first & 0x10:
        return (offset, 0) if offset <= length else (0, 0)
    position = offset + 4
    if position > length:
        return 0, 0
    end = position + 4 * (data[offset + 2] << 8 | data[offset + 3])
    if end > length:
        return 0, 0
    if not wanted or data[offset] << 8 | data[offset + 1] != _ONE_BYTE_PROFILE:
        return end, 0
    while position < end:
        tag = data[position]
        if tag >> 4 == wanted and tag < 0xF0:
            return end, position + 1 if tag & 0x0F == 1 and position + 3 <= end else 0
        if tag >= 0xF0:  # id 15 ends the list
            break
        position += 2 + (tag & 0x0F) if tag else 1  # zero bytes are padding between elements
    return end, 0


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
