"""A log's seals made by hand in memory, with every key at hand: for what an honest keeper never does."""

from collections.abc import Container
from dataclasses import dataclass, field

from audit.note import Signer
from audit.report import Findings
from audit.seals.checking import SealsSeen, check_seals
from audit.seals.record import NO_RECORD, Reason, Record, Restart, digest_of
from audit.tree import leaf_hash, root_of

ORIGIN = "test.example/log"
START_MS = 1_763_935_200_000
EPOCH_MS = 900_000
LOG = Signer.from_seed(ORIGIN, bytes(range(32)))


@dataclass(slots=True)
class HandMade:
    """`leaves` is the tree; `records` are the file's. The attacker's view is the same object, changed."""

    leaves: list[bytes] = field(default_factory=list)
    records: list[bytes] = field(default_factory=list)
    now_ms: int = START_MS
    epoch: int = 0
    drawn: int = 0
    key: Signer = LOG

    @property
    def content(self) -> bytes:
        return b"".join(self.records)

    def write(self, count: int) -> None:
        self.leaves += [b"leaf %d" % (len(self.leaves) + n) for n in range(count)]

    def root(self, size: int) -> bytes | None:
        return root_of([leaf_hash(leaf) for leaf in self.leaves[:size]]) if size <= len(self.leaves) else None

    def begin(self, reason: Reason, *, signer: Signer = LOG) -> None:
        self._add(signer, reason)

    def seal(self, *, signer: Signer | None = None) -> None:
        self.now_ms += EPOCH_MS
        self._add(signer or self.key, None)
        self.epoch += 1

    def back_to(self, count: int) -> None:
        """Without all records but the first `count`. The key stays the one that runs today."""
        self.records = self.records[:count]
        self.epoch = sum(record.startswith(b"tachiai/seal/") for record in self.records)

    def seen(self) -> SealsSeen:
        epoch = self.records[-1].split(b"\n")[2]
        return SealsSeen(int(epoch), digest_of(self.records[-1]))

    def judged(
        self,
        *,
        seen: SealsSeen | None = None,
        accepted: Container[Restart] = (),
        later_ms: int = 0,
        content: bytes | None = None,
        size: int | None = None,
    ) -> tuple[int, Findings, SealsSeen | None]:
        """The exit code, what was found, and what to remember."""
        findings = Findings()
        remembered = check_seals(
            self.content if content is None else content,
            log_verifier=LOG.verifier,
            root_at=self.root,
            size=len(self.leaves) if size is None else size,
            now_ms=self.now_ms + later_ms,
            seen=seen,
            accepted=accepted,
            findings=findings,
        )
        return findings.report(0, bytes(32), 0, "").exit_code, findings, remembered

    def _add(self, signer: Signer, reason: Reason | None) -> None:
        self.drawn += 1
        following = Signer.from_seed(ORIGIN, self.drawn.to_bytes(32, "big"))
        root = self.root(len(self.leaves))
        assert root is not None
        before = digest_of(self.records[-1]) if self.records else NO_RECORD
        public = following.verifier.public_key.public_bytes_raw()
        record = Record(ORIGIN, self.epoch, len(self.leaves), root, self.now_ms, public, before, reason)
        self.records.append(record.sign(signer))
        self.key = following


def honest(epochs: int = 4, entries: int = 5) -> HandMade:
    """A new log that ran for so many epochs, with so many entries in each; everything sealed."""
    made = HandMade()
    made.begin(Reason.NEW)
    for _ in range(epochs):
        made.write(entries)
        made.seal()
    return made
