"""A signed tree head, C2SP tlog-checkpoint without extension lines (FORMAT.md, sections 7 and 13). Pure."""

from dataclasses import dataclass

from audit.note import NoteInvalid, Signer, Verifier, open_by_any
from audit.tree_head import CheckpointInvalid, TreeHead, parse_number, parse_root

__all__ = ["Checkpoint", "CheckpointInvalid", "open_checkpoint", "parse_number", "parse_root"]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`root` is the RFC 6962 root over the first `size` entries."""

    origin: str
    size: int
    root: bytes

    def sign(self, signer: Signer, *others: Signer) -> bytes:
        """The log's own line first, then those of `others`."""
        return signer.sign(str(TreeHead(self.origin, self.size, self.root)), *others)


def open_checkpoint(note: bytes, verifier: Verifier) -> Checkpoint:
    """Raises CheckpointInvalid unless the key of `verifier`, whose name is the origin, signed it, and the key of its
    companion, if it has one."""
    companion = verifier.companion
    try:
        opened = open_by_any(note, [verifier] if companion is None else [verifier, companion])
    except NoteInvalid as error:
        raise CheckpointInvalid(f"the checkpoint does not hold: {error}") from error
    if not opened.held_by(verifier):
        raise CheckpointInvalid("the checkpoint does not hold: the log's Ed25519 signature is missing")
    if companion is not None and not opened.held_by(companion):
        raise CheckpointInvalid("the checkpoint does not hold: the log's post-quantum signature is missing")
    return checkpoint_of(opened.text, verifier)


def checkpoint_of(text: str, verifier: Verifier) -> Checkpoint:
    """What an opened note states. Raises CheckpointInvalid unless it is a checkpoint of the log of `verifier`."""
    head = TreeHead.parse(text)
    if head.extended or head.origin != verifier.name:
        raise CheckpointInvalid("the checkpoint is not one of this log")
    return Checkpoint(head.origin, head.size, head.root)
