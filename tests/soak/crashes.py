"""Thirty moments of each crash of the operator's commands; `./run test` tries a few of them."""

from typing import Final

import pytest

CYCLES: Final = 30
TESTS: Final = ("tests/faults/test_init_killed.py", "tests/faults/test_backup_crash.py")


def main(cycles: int) -> int:
    """pytest's exit code. `cycles`: 0 for the usual number, at least 2."""
    return int(pytest.main([*TESTS, "--cycles", str(cycles or CYCLES), "--durations=8"]))
