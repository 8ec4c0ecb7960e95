"""The product's detectors, at their thresholds times a scale, fed with a floor."""

import time
from collections.abc import Iterable, Sequence
from typing import Final

from audit.detectors import Detector
from audit.detectors.registry import TUNABLE, all_detectors
from audit.ports import OpenedEntry
from tests.bench.floors.events import Entries, Line
from tests.bench.floors.judging import Alarm

OVERRIDES: Final = (
    "overridden"  # tells each override as it happens: what it says is no suspicion, but an account
)


def certain() -> list[Detector]:
    """Those that run in the server and have no threshold that could be scaled."""
    return [one for one in all_detectors() if one.name not in TUNABLE and one.name != OVERRIDES]


def scaled(scale: float) -> list[Detector]:
    """Those that have a threshold, with it times `scale`."""
    return [make(shipped * scale) for make, shipped in TUNABLE.values()]


def alarms(lines: Iterable[Line], scales: Sequence[float]) -> dict[float, list[Alarm]]:
    """For each scale, in the order of time."""
    entries, always = Entries(), certain()
    found: dict[float, list[Alarm]] = {scale: [] for scale in scales}
    tuned = [(found[scale], scaled(scale)) for scale in scales]
    for line in lines:
        for entry in entries.of(line):
            certainly = _said(always, entry)
            for kept, detectors in tuned:
                kept += [*certainly, *_said(detectors, entry)]
    return found


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


def _said(detectors: Sequence[Detector], entry: OpenedEntry) -> list[Alarm]:
    at_ms = entry.event.at_ms if entry.event else 0
    return [
        Alarm(at_ms, flag.target, flag.detector, flag.score, flag.action.value)
        for detector in detectors
        for flag in detector.observe(entry)
    ]
