"""Single bits of what is published, turned over one after the other: found, with the right code, blamed on its file."""

from collections.abc import Iterable

from audit.report import ExitCode
from tests.unit.log_in_memory import SmallSite

NAMES = [
    "checkpoint",
    "witnessed",
    "tile/0/000.p/1",
    "tile/0/000.p/4",
    "tile/entries/000.p/1",
    "seals",
    "tile/entries/000.p/4",
]
LOCKSTATE = "lockstate"
CODES = {
    "seals": {
        ExitCode.TAMPERED,
        ExitCode.INCOMPLETE,
    },  # its last newline gone: a record that was being written
    "witnessed": {
        ExitCode.TAMPERED,
        ExitCode.WITNESS_MISSING,
    },  # a name or hash changed: of nobody who is known
}


def every_bit(content: bytes) -> Iterable[int]:
    return range(len(content) * 8)


def one_in_each_byte(content: bytes) -> Iterable[int]:
    """Another place in each, so that all eight come round."""
    return (place * 8 + place % 8 for place in range(len(content)))


def flipped(content: bytes, bit: int) -> bytes:
    data = bytearray(content)
    data[bit // 8] ^= 1 << bit % 8
    return bytes(data)


def check_published(site: SmallSite, name: str, bits: Iterable[int]) -> int:
    """How many were tried. AssertionError names the bit that was not found, or blamed on another file."""
    tried = 0
    for bit in bits:
        tried += 1
        report = site.judged({**site.files, name: flipped(site.files[name], bit)})
        expected = CODES.get(name, {ExitCode.TAMPERED})
        assert report.exit_code in expected, f"bit {bit} of {name}: {report.sentence}"
        assert name in {finding.file for finding in report.findings}, (
            f"bit {bit} of {name}: {report.findings}"
        )
    return tried


def check_lockstate(site: SmallSite, bits: Iterable[int]) -> int:
    """As `check_published`, for the file that no reader has."""
    whole, tried = site.lockstate.read_bytes(), 0
    try:
        for bit in bits:
            tried += 1
            site.lockstate.write_bytes(flipped(whole, bit))
            report = site.judged(site.files, policy=False, kept=True)
            assert report.exit_code == ExitCode.TAMPERED, f"bit {bit} of {LOCKSTATE}: {report.sentence}"
    finally:
        site.lockstate.write_bytes(whole)
    return tried
