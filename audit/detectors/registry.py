"""All detectors that run, as one."""

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from audit.detectors import (
    hasty_consent,
    own_cases,
    quick_approval,
    refused_access,
    searching,
    shift_volume,
    unlinked_drift,
    volume_drift,
)
from audit.detectors.burst import Burst
from audit.detectors.canary import Canary
from audit.detectors.copied_passkey import CopiedPasskey
from audit.detectors.factor_then_act import FactorThenAct
from audit.detectors.flag import Detector, Flag, StateInvalid
from audit.detectors.hasty_consent import HastyConsent
from audit.detectors.impossible_travel import ImpossibleTravel
from audit.detectors.impostor_reports import ImpostorReports
from audit.detectors.introduction_failed import IntroductionFailed
from audit.detectors.login_beside import LoginBeside
from audit.detectors.off_roster import OffRoster
from audit.detectors.officer_recovered import OfficerRecovered
from audit.detectors.overridden import Overridden
from audit.detectors.own_cases import OwnCases
from audit.detectors.quick_approval import QuickApproval
from audit.detectors.refused_access import RefusedAccess
from audit.detectors.replayed_code import ReplayedCode
from audit.detectors.searching import Searching
from audit.detectors.shift_volume import ShiftVolume
from audit.detectors.shifts import Shifts
from audit.detectors.spraying import Spraying
from audit.detectors.unlinked_drift import UnlinkedDrift
from audit.detectors.volume_drift import VolumeDrift
from audit.ports import OpenedEntry

__all__ = ["CERTAIN", "TUNABLE", "Detectors", "all_detectors", "detector_of", "quick_detectors"]

# What they say is a fact, not a likelihood: nothing is to be tried out before it counts.
CERTAIN: Final = frozenset(
    {
        ReplayedCode.name,
        OfficerRecovered.name,
        CopiedPasskey.name,
        Spraying.name,
        IntroductionFailed.name,
        ImpostorReports.name,
        Burst.name,
        Canary.name,
        Overridden.name,
        RefusedAccess.name,
    }
)
# Each with its threshold as shipped, in the unit of its score.
TUNABLE: Final[Mapping[str, tuple[Callable[[float], Detector], float]]] = {
    RefusedAccess.name: (RefusedAccess, refused_access.FLAG_NATS),
    HastyConsent.name: (HastyConsent, hasty_consent.FLAG_NATS),
    QuickApproval.name: (QuickApproval, quick_approval.FLAG_NATS),
    Searching.name: (Searching, searching.FLAG_NATS),
    UnlinkedDrift.name: (UnlinkedDrift, unlinked_drift.THRESHOLD),
    OwnCases.name: (OwnCases, own_cases.THRESHOLD),
    ShiftVolume.name: (ShiftVolume, shift_volume.THRESHOLD),
    VolumeDrift.name: (VolumeDrift, volume_drift.THRESHOLD),
}


def quick_detectors(canaries: Mapping[str, int] | None = None) -> list[Detector]:
    """Those that a day of the log teaches enough. `canaries`: customers marked earlier, and since when (UTC ms)."""
    return [
        ReplayedCode(),
        OfficerRecovered(),
        CopiedPasskey(),
        Spraying(),
        IntroductionFailed(),
        ImpostorReports(),
        Burst(),
        Canary(canaries),
        RefusedAccess(),
        Overridden(),
        HastyConsent(),
        QuickApproval(),
        FactorThenAct(),
        Searching(),
        LoginBeside(),
        ImpossibleTravel(),
    ]


def all_detectors(canaries: Mapping[str, int] | None = None) -> list[Detector]:
    """The slow ones with them: those know nothing until they have seen weeks."""
    shifts = Shifts()
    return [
        *quick_detectors(canaries),
        UnlinkedDrift(),
        OwnCases(),
        ShiftVolume(shifts=shifts),
        VolumeDrift(shifts=shifts),
        OffRoster(),
    ]


def detector_of(name: str, threshold: float | None = None) -> Detector:
    """A fresh one, for reading a log again. `threshold`: another than it ships with, for those that are TUNABLE. Raises
    KeyError."""
    if threshold is not None:
        return TUNABLE[name][0](threshold)
    return {one.name: one for one in all_detectors()}[name]


class Detectors:
    """Feeds each entry to each detector."""

    def __init__(self, detectors: Sequence[Detector] | None = None) -> None:
        self._detectors = {one.name: one for one in (all_detectors() if detectors is None else detectors)}

    def observe(self, entry: OpenedEntry) -> Iterator[Flag]:
        for detector in self._detectors.values():
            yield from detector.observe(entry)

    def state(self) -> bytes:
        states = {name: base64.b64encode(one.state()).decode() for name, one in self._detectors.items()}
        return msgspec.json.encode(states, order="sorted")

    def restore(self, state: bytes) -> None:
        """Detectors that the state does not know stay as they are. Raises StateInvalid."""
        try:
            found = msgspec.json.decode(state, type=dict[str, str])
            states = {name: base64.b64decode(text, validate=True) for name, text in found.items()}
        except (msgspec.DecodeError, ValueError) as error:
            raise StateInvalid("not a state of the detectors") from error
        for name, one in self._detectors.items():
            if name in states:
                one.restore(states[name])
