"""Makes durable entries visible to outsiders, under a signature: lockstate, then tiles, then checkpoint; and the seal
before the checkpoint, where an epoch ends."""

from audit.checkpoint import Checkpoint
from audit.lockstate import Lockstate, LockstateFile
from audit.note import Signer
from audit.public import PublicFolder
from audit.recover import Batch
from audit.seals.sealing import Sealing
from audit.tiling import Files, RightEdge


class TreesDiffer(Exception):
    """The published tree does not continue as the durable one: memory or code is broken, nothing may be signed."""


class Publisher:
    """Runs on one thread. Any exception means that it must never be called again."""

    def __init__(
        self,
        signer: Signer,
        public: PublicFolder,
        lockstate: LockstateFile,
        *,
        fence: int,
        edge: RightEdge,
        second: Signer | None = None,
    ) -> None:
        """`second`: the log's post-quantum key, which signs checkpoints too."""
        self._signer = signer
        self._others = () if second is None else (second,)
        self._public = public
        self._lockstate = lockstate
        self._fence = fence
        self._edge = edge
        self._note: bytes | None = None
        self._sealing: Sealing | None = None

    @property
    def size(self) -> int:
        return self._edge.size

    def head(self) -> tuple[int, bytes]:
        """Size and root of what was published last."""
        return self._edge.size, self._edge.root()

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

    def sign_again(self) -> None:
        """What was published, with the keys that there are now. Raises LockstateLost, OSError."""
        self._sign(self._edge.root(), Files())

    def seal_with(self, sealing: Sealing) -> None:
        """From now on epochs end by themselves."""
        self._sealing = sealing

    def end_epoch_early(self) -> None:
        """The next time that is asked whether the epoch is due, it is. From any thread."""
        if self._sealing is not None:
            self._sealing.end_early()

    def seal(self) -> None:
        """Ends the epoch over what was published. Raises KeyUnavailable, SealsFull, OSError."""
        if self._sealing is not None:
            self._sealing.seal(*self.head())

    def seal_if_due(self) -> None:
        """Also without an entry: an empty epoch is sealed like any other. Raises as `seal`."""
        if self._sealing is not None:
            self._sealing.seal_if_due(*self.head())

    def until_due_s(self) -> float | None:
        """When to ask again, in seconds; None where nothing is sealed."""
        return None if self._sealing is None else self._sealing.wait_s()

    def _sign(self, root: bytes, files: Files) -> None:
        origin = self._signer.name
        checkpoint = Checkpoint(origin, self._edge.size, root).sign(self._signer, *self._others)
        lockstate = Lockstate(origin, self._fence, self._edge.size, root).sign(self._signer)
        self._lockstate.swap(self._note, lockstate)
        self._note = lockstate
        self._public.write(files)
        self.seal_if_due()  # before the checkpoint: none is ever far ahead of the seals
        self._public.write_checkpoint(checkpoint)
        self._public.retire(files)
