"""The witness at its desk: one request of a log after the other, and nothing is answered before it is remembered."""

import asyncio
import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from audit.disk import Disk
from audit.note import Signer
from audit.note_key import CannotSign
from audit.witnesses.cosignature import cosign
from audit.witnesses.exchange import (
    SIZE_TYPE,
    Request,
    RequestInvalid,
    Status,
    encode_size,
    parse_request,
)
from audit.witnesses.judging import KnownLogs, Seen, goes_on, known_and_signed
from audit.witnesses.memory import Memory
from session.ports import Clock

PLAIN: Final = "text/plain"
MOST_EVIDENCE: Final = 64
_STOPPED: Final = 503
_SENTENCES: Final = {
    Status.MALFORMED: "The old size is larger than the checkpoint's.",
    Status.UNKNOWN_LOG: "This witness does not know the log.",
    Status.NOT_SIGNED: "No known key of the log signed the checkpoint.",
    Status.CONFLICT: "Another root was cosigned at this size.",
    Status.NOT_PROVED: "The proof does not lead from the last cosigned checkpoint to this one.",
}
_log: Final = structlog.get_logger("witness")


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes
    content_type: str = PLAIN


class Desk:
    """`evidence` is a folder for checkpoints that a log signed and that contradict what it signed before."""

    def __init__(
        self, signers: Sequence[Signer], logs: KnownLogs, memory: Memory, evidence: Path, clock: Clock
    ) -> None:
        self._signers, self._logs, self._memory = tuple(signers), logs, memory
        self._evidence, self._clock = evidence, clock
        self._one_at_a_time = {origin: threading.Lock() for origin in logs}
        self._stopped = False

    async def add(self, body: bytes) -> Reply:
        """The answer to an add-checkpoint. Never raises: what fails on this side is a 5xx, and nothing was signed."""
        try:
            request = parse_request(body)
        except RequestInvalid as error:
            return Reply(Status.MALFORMED, f"The request is not understood: {error}.\n".encode())
        # A thread goes on to its end when whoever asked has gone, so a head is never judged and not remembered.
        return await asyncio.to_thread(self._decide, request)

    def _decide(self, request: Request) -> Reply:
        status = known_and_signed(request, self._logs)
        if status is not Status.COSIGNED:
            return _refusal(status)
        with self._one_at_a_time[request.head.origin]:
            return self._judged(request, self._memory.seen(request.head.origin))

    def _judged(self, request: Request, seen: Seen) -> Reply:
        head, status = request.head, goes_on(request, seen)
        known = {"origin": head.origin, "size": head.size, "seen": seen.size}
        if status is Status.CONFLICT:
            if head.size == seen.size and head.root != seen.root and request.old == seen.size:
                _log.error("a log signed two roots at one size", **known, root=head.root.hex())
                self._keep(request)
            return Reply(status, encode_size(seen.size), SIZE_TYPE)
        if status is not Status.COSIGNED:
            _log.warning("a checkpoint does not go on from the last one", **known, root=head.root.hex())
            return _refusal(status)
        if self._stopped:
            return Reply(_STOPPED, b"This witness has stopped: its disk failed.\n")
        try:
            lines = cosign(request.text, self._signers, self._clock.now_ms() // 1_000)
            self._memory.remember(head)  # and only then does a signature leave
        except CannotSign as error:
            return Reply(Status.MALFORMED, f"The checkpoint is not understood: {error}.\n".encode())
        except Exception as error:  # noqa: BLE001 - whatever it was, what is remembered can no longer be trusted
            self._stopped = True
            _log.critical("the witness stopped: it cannot remember", **known, exc_info=error)
            return Reply(_STOPPED, b"This witness has stopped: its disk failed.\n")
        _log.info("cosigned", **known)
        return Reply(status, lines.encode())

    def _keep(self, request: Request) -> None:
        """Proof, by the log's own signature, that it shows different people different things."""
        name = hashlib.sha256(request.text.encode()).hexdigest()[:32]
        path = self._evidence / f"{name}.note"
        try:
            Disk().make_folder(self._evidence)
            if not path.exists() and len(list(self._evidence.iterdir())) < MOST_EVIDENCE:
                Disk().create(path, request.note, temporary=self._evidence / f".{name}.new")
        except OSError as error:
            _log.error("the evidence could not be kept", exc_info=error)


def _refusal(status: Status) -> Reply:
    return Reply(status, f"{_SENTENCES[status]}\n".encode())
