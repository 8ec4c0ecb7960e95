"""What a detector says, and what a detector is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from audit.event import Fact
from audit.ports import OpenedEntry


class Action(StrEnum):
    """FLAG shows it to officers and tells the customer concerned. HOLD ends the target's session and opens no other
    in that case for 30 minutes, in which an officer can look. STEP_UP: whoever it is about proves again who
    they are before they see anything more. BLOCK stops the
    target for a stated time. WITHHELD and SHADOW are no detector's: a block that was not carried out, as
    too many were asked for; and a flag of a detector on trial, which nothing follows."""

    FLAG = "flag"
    STEP_UP = "step_up"
    HOLD = "hold"
    BLOCK = "block"
    WITHHELD = "withheld"
    SHADOW = "shadow"


class TargetKind(StrEnum):
    SESSION = "session"
    AGENT = "agent"
    LOGIN = "login"
    SOURCE = "source"
    CUSTOMER_REQUEST = "customer_request"


@dataclass(frozen=True, slots=True)
class Flag:
    """`target` is an id of the kind `target_kind`. `score` grows with suspicion, in the detector's own unit, and is
    finite. `reason_key` names a sentence of the catalogues, `reason_facts` are its blanks; `entries` are the indices
    of the entries it rests on."""

    detector: str
    target: str
    score: float
    reason_key: str
    action: Action
    reason_facts: Mapping[str, Fact] = field(default_factory=dict)
    entries: tuple[int, ...] = ()
    target_kind: TargetKind = TargetKind.SESSION

    def facts(self) -> dict[str, Fact]:
        """For the entry that records the flag. The score is rounded to thousandths, as facts are whole numbers."""
        return {
            "detector": self.detector,
            "target_kind": self.target_kind.value,
            "target": self.target,
            "score_milli": round(self.score * 1000),
            "reason": self.reason_key,
            "action": self.action.value,
            "entries": " ".join(str(index) for index in self.entries),
            **{f"reason.{name}": value for name, value in self.reason_facts.items()},
        }


class StateInvalid(Exception):
    """Bytes that are not a state of this detector and version; the owner starts anew and reads the log again."""


class Detector(Protocol):
    @property
    def name(self) -> str: ...

    def observe(self, entry: OpenedEntry) -> Iterable[Flag]:
        """Takes the next entry; the flags that it gives rise to, perhaps about targets of earlier ones. An entry seen
        before gives none. Under 50 microseconds."""
        ...

    def state(self) -> bytes:
        """Everything that `restore` needs."""
        ...

    def restore(self, state: bytes) -> None:
        """Raises StateInvalid and is unchanged then."""
        ...
