"""Which checkpoints a reader believes. Keys come from outside, never from what is checked. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from audit.checkpoint import Checkpoint, CheckpointInvalid, open_checkpoint
from audit.note import Verifier
from audit.witnesses.checking import WitnessedInvalid, open_witnessed
from audit.witnesses.policy import Policy


@dataclass(frozen=True, slots=True)
class Trusted:
    """A checkpoint that a trusted key of the log signed. `quorum`: None where no witness was asked for, else whether
    enough of the policy's have signed; `witnesses` names those who did."""

    checkpoint: Checkpoint
    quorum: bool | None = None
    witnesses: tuple[str, ...] = ()


class Trust(Protocol):
    @property
    def verifiers(self) -> Sequence[Verifier]:
        """The keys of the logs that are believed."""
        ...

    def open(self, note: bytes) -> Trusted:
        """Raises CheckpointInvalid."""
        ...


@dataclass(frozen=True, slots=True)
class LogKeys:
    """The log's key alone, or the keys of several logs. One with a companion asks for both signatures."""

    verifiers: Sequence[Verifier]

    def open(self, note: bytes) -> Trusted:
        return Trusted(open_checkpoint(note, _of_origin(note, self.verifiers)))


@dataclass(frozen=True, slots=True)
class WitnessPolicy:
    """The key of a log, and witnesses whose signatures under the checkpoint are to be enough. How long ago they signed
    is not asked: a receipt is looked at years later."""

    policy: Policy
    verifiers: Sequence[Verifier]

    def open(self, note: bytes) -> Trusted:
        verifier = _of_origin(note, self.verifiers)
        try:
            found = open_witnessed(note, policy=self.policy, log_verifier=verifier)
        except WitnessedInvalid as error:
            raise CheckpointInvalid(str(error)) from error
        names = {witness.name: witness.shown for witness in self.policy.witnesses}
        signed = tuple(names[name] for name in found.times)
        return Trusted(found.checkpoint, self.policy.met_by(found.times), signed)


def _of_origin(note: bytes, verifiers: Sequence[Verifier]) -> Verifier:
    origin = note.split(b"\n", 1)[0]
    for verifier in verifiers:
        if verifier.name.encode() == origin:
            return verifier
    raise CheckpointInvalid("the checkpoint is of a log whose key was not given")
