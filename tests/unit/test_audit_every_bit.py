"""Each single bit of all that is published, turned over: found, with the right code, and never with a traceback."""

import asyncio

import pytest

from audit.report import ExitCode
from tests.unit.log_in_memory import SmallSite, small_site

PARTS = 4  # of the larger files, so that several processes share the work
NAMES = ["checkpoint", "witnessed", "tile/0/000.p/1", "tile/0/000.p/4", "tile/entries/000.p/1"]
LARGE = ["seals", "tile/entries/000.p/4"]
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


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> SmallSite:
    with asyncio.Runner() as runner:
        return runner.run(small_site(tmp_path_factory.mktemp("site")))


def test_the_log_has_all_kinds_of_files_and_is_good(site: SmallSite) -> None:
    assert set(site.files) == {*NAMES, *LARGE}
    for policy in (False, True):
        for kept in (False, True):
            assert site.judged(site.files, policy=policy, kept=kept).exit_code == ExitCode.GOOD


@pytest.mark.parametrize(
    ("name", "part", "parts"),
    [(name, 0, 1) for name in NAMES] + [(name, part, PARTS) for name in LARGE for part in range(PARTS)],
)
def test_every_flipped_bit_of_every_public_file_shows(
    site: SmallSite, name: str, part: int, parts: int
) -> None:
    expected = CODES.get(name, {ExitCode.TAMPERED})
    data = bytearray(site.files[name])
    for bit in range(part, len(data) * 8, parts):
        data[bit // 8] ^= 1 << bit % 8
        report = site.judged({**site.files, name: bytes(data)})
        assert report.exit_code in expected, f"bit {bit} of {name}: {report.sentence}"
        assert name in {finding.file for finding in report.findings}, (
            f"bit {bit} of {name} is blamed on another"
        )
        data[bit // 8] ^= 1 << bit % 8


def test_every_flipped_bit_of_the_lockstate_shows(site: SmallSite) -> None:
    whole = site.lockstate.read_bytes()
    for bit in range(len(whole) * 8):
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        site.lockstate.write_bytes(data)
        report = site.judged(site.files, policy=False, kept=True)
        assert report.exit_code == ExitCode.TAMPERED, f"bit {bit}: {report.sentence}"
    site.lockstate.write_bytes(whole)
