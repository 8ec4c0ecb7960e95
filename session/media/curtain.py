"""The curtain: the only picture that the gate itself can send. Black, 16x16, one VP8 key frame.

The frame is a literal, so that whoever reads this file, and the agent's page under end-to-end encryption, can compare
it
byte for byte: the gate may darken, never paint. Made once with libvpx (luma 16, chroma 128).
"""

import struct

FRAME = bytes.fromhex("1002009d012a100010000587088585888584881d82000c0ef400fef14480")
COPIES = 3
_DESCRIPTOR = b"\x10"  # VP8 payload descriptor: start of partition 0, no extensions (RFC 7741 clause 4.2)
_MARKER = 0x80


def curtain(payload_type: int, sequence: int, timestamp: int, ssrc: int) -> bytes:
    """An RTP packet that holds the whole frame. Numbers are taken modulo their field."""
    header = struct.pack(
        "!BBHII", 0x80, _MARKER | payload_type, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc
    )
    return header + _DESCRIPTOR + FRAME
