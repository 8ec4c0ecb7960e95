"""Makes durable entries visible to outsiders, under a signature: lockstate, then tiles, then checkpoint."""

from audit.checkpoint import Checkpoint
from audit.lockstate import Lockstate, LockstateFile
from audit.note import Signer
from audit.public import PublicFolder
from audit.recover import Batch
from audit.tiling import Files, RightEdge


class TreesDiffer(Exception):
    """The published tree does not continue as the durable one: memory or code is broken, nothing may be signed."""


class Publisher:
    """Runs on one thread. Any exception means that it must never be called again."""

    def __init__(
        self, signer: Signer, public: PublicFolder, lockstate: LockstateFile, *, fence: int, edge: RightEdge
    ) -> None:
        self._signer = signer
        self._public = public
        self._lockstate = lockstate
        self._fence = fence
        self._edge = edge
        self._note: bytes | None = None

    @property
    def size(self) -> int:
        return self._edge.size

    def take_over(self, found: bytes | None, size: int, root: bytes) -> None:
        """Announces this writer in the lockstate, at the size it found there. Raises LockstateLost, OSError."""
        note = Lockstate(self._signer.name, self._fence, size, root).sign(self._signer)
        self._lockstate.swap(found, note)
        self._note = note

    def publish(self, batch: Batch) -> None:
        """Durable and visible on return. Raises TreesDiffer, LockstateLost, OSError."""
        if batch.first != self._edge.size:
            raise TreesDiffer(f"entry {self._edge.size} was to be published next, not {batch.first}")
        files = self._edge.advance(batch.leaves, batch.digests)
        root = self._edge.root()
        if root != batch.root:
            raise TreesDiffer("the tiles do not give the root that was made durable")
        self._sign(root, files)

    def publish_empty(self) -> None:
        """The checkpoint of a new log."""
        self._sign(self._edge.root(), Files())

    def _sign(self, root: bytes, files: Files) -> None:
        origin = self._signer.name
        checkpoint = Checkpoint(origin, self._edge.size, root).sign(self._signer)
        lockstate = Lockstate(origin, self._fence, self._edge.size, root).sign(self._signer)
        self._lockstate.swap(self._note, lockstate)
        self._note = lockstate
        self._public.write(files)
        self._public.write_checkpoint(checkpoint)
        self._public.retire(files)
