"""The product's detectors, at their thresholds times a scale, fed with a floor."""

import time
from collections.abc import Iterable, Iterator
from typing import Final

from audit.detectors import Detector
from audit.detectors.burst import Burst
from audit.detectors.own_cases import THRESHOLD as OWN_CASES
from audit.detectors.own_cases import OwnCases
from audit.detectors.refused_access import FLAG_NATS, RefusedAccess
from audit.detectors.registry import all_detectors
from audit.detectors.shift_volume import THRESHOLD as SHIFT_VOLUME
from audit.detectors.shift_volume import ShiftVolume
from audit.detectors.unlinked_drift import THRESHOLD as UNLINKED_DRIFT
from audit.detectors.unlinked_drift import UnlinkedDrift
from audit.detectors.volume_drift import THRESHOLD as VOLUME_DRIFT
from audit.detectors.volume_drift import VolumeDrift
from tests.bench.floors.events import Entries, Line
from tests.bench.floors.judging import Alarm

OVERRIDES: Final = (
    "overridden"  # tells each override as it happens: what it says is no suspicion, but an account
)


def scaled(scale: float) -> list[Detector]:
    """Every detector that runs in the server; those that have a threshold have it times `scale`."""
    own: list[Detector] = [
        Burst(),
        RefusedAccess(FLAG_NATS * scale),
        UnlinkedDrift(UNLINKED_DRIFT * scale),
        OwnCases(OWN_CASES * scale),
        ShiftVolume(SHIFT_VOLUME * scale),
        VolumeDrift(VOLUME_DRIFT * scale),
    ]
    names = {one.name for one in own} | {OVERRIDES}
    return own + [one for one in all_detectors() if one.name not in names]


def alarms(lines: Iterable[Line], scale: float) -> Iterator[Alarm]:
    entries, detectors = Entries(), scaled(scale)
    for line in lines:
        for entry in entries.of(line):
            for detector in detectors:
                for flag in detector.observe(entry):
                    if flag.target_kind == "agent":
                        yield Alarm(line.at_ms, flag.target, flag.detector, flag.score, flag.action.value)


def microseconds(lines: Iterable[Line]) -> float:
    """For each entry, all detectors together, the making of the entries not counted."""
    entries, detectors = Entries(), all_detectors()
    made = [entry for line in lines for entry in entries.of(line)]
    began = time.process_time()
    for entry in made:
        for detector in detectors:
            for _ in detector.observe(entry):
                continue
    return (time.process_time() - began) / max(1, len(made)) * 1e6
