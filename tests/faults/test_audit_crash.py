"""kill -9 in the middle of everything, twenty times; `./run soak audit-crash` does it two hundred times."""

from pathlib import Path

import pytest

from audit.report import ExitCode
from tests.faults.audit_crash import WRITERS, CrashedLog

CYCLES = 20


@pytest.mark.timeout(300)
async def test_nothing_acknowledged_is_lost_in_twenty_crashes(tmp_path: Path) -> None:
    log = CrashedLog(tmp_path)
    for number in range(CYCLES):
        await log.cycle(0.01 + number * 0.003)
    assert len(log.told) > CYCLES * WRITERS
    report = log.disk.verify()
    assert report.exit_code == ExitCode.GOOD, report.sentence
