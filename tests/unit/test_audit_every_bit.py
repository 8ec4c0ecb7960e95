"""A bit of each byte of all that is published, turned over: found, and never with a traceback.

All eight of each byte are tried by `./run soak audit-bits`.
"""

import asyncio

import pytest

from audit.report import ExitCode
from tests.unit.flipped_bits import NAMES, check_lockstate, check_published, one_in_each_byte
from tests.unit.log_in_memory import SmallSite, small_site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> SmallSite:
    with asyncio.Runner() as runner:
        return runner.run(small_site(tmp_path_factory.mktemp("site")))


def test_the_log_has_all_kinds_of_files_and_is_good(site: SmallSite) -> None:
    assert set(site.files) == set(NAMES)
    for policy in (False, True):
        for kept in (False, True):
            assert site.judged(site.files, policy=policy, kept=kept).exit_code == ExitCode.GOOD


@pytest.mark.parametrize("name", NAMES)
def test_a_flipped_bit_in_any_byte_of_any_public_file_shows(site: SmallSite, name: str) -> None:
    content = site.files[name]
    assert check_published(site, name, one_in_each_byte(content)) == len(content)


def test_a_flipped_bit_in_any_byte_of_the_lockstate_shows(site: SmallSite) -> None:
    content = site.lockstate.read_bytes()
    assert check_lockstate(site, one_in_each_byte(content)) == len(content)
