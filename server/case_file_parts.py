"""Everything that officers' case files need in a running server, put together."""

import asyncio
from dataclasses import dataclass

from server.bus.ports import Counters
from server.case_file_evidence import CaseFileEvidence
from server.case_files import CaseFiles
from server.flag_verdicts import FlagVerdicts
from server.foundation import Foundation
from server.log_desk import LogDesk
from session.ports import Clock


@dataclass(frozen=True, slots=True)
class CaseFileParts:
    """`verdicts`: on flags, in a file and without one."""

    desk: CaseFiles
    evidence: CaseFileEvidence
    verdicts: FlagVerdicts


def case_file_parts(
    foundation: Foundation, log_desk: LogDesk, changed: asyncio.Event, counters: Counters, clock: Clock
) -> CaseFileParts:
    """`changed` is set where officers' pages have something new to show."""
    stores, log = foundation.stores, foundation.log
    verdicts = FlagVerdicts(stores, log, changed, clock)
    desk = CaseFiles(stores, log, verdicts, counters, clock)
    evidence = CaseFileEvidence(desk, log_desk.evidence, log, log_desk.searching, clock)
    return CaseFileParts(desk, evidence, verdicts)
