"""Evidence for a third party, of one session or one case file: recorded with its reason before it is made, and with its
hash after."""

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from audit.checkpoint import CheckpointInvalid, open_checkpoint
from audit.disk import Disk
from audit.event import Actor, Event, EventName, Outcome
from audit.evidence.making import Ground, make_bundle
from audit.evidence.manifest import About
from audit.log import AuditLog
from audit.note import Verifier
from audit.plain_file import read_plain
from audit.proving import Prover
from audit.public import PublicFolder
from audit.reader import Revealed
from audit.receipts.receipt import ReceiptTooLong
from audit.seals.record import MAX_SEALS, whole_records
from audit.search.log_search import LogSearch
from audit.search.query import Query
from server.consent_wordings import wording_of
from server.exports_made import all_matching
from session.ports import Clock

LONGEST_REASON: Final = 200


class NoEvidence(Exception):
    """There is none to be had; nothing left. The sentence says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Made:
    """`entry` is the index of the intent that records it; `entries` are in the file."""

    content: bytes
    sha256: str
    entry: int
    entries: int


class EvidenceDesk:
    def __init__(self, log: AuditLog, search: LogSearch, folder: Path, clock: Clock) -> None:
        self._log, self._search, self._clock = log, search, clock
        self._seals = folder / "public" / "seals"
        self._public = PublicFolder(folder / "public", folder / "private" / "tmp", Disk())

    async def make(self, session: str, reason: str, by: Actor, name: EventName) -> Made:
        """Raises NoEvidence, LogUnavailable, and as reading the log does."""
        why = reason.strip()
        if not 1 <= len(why) <= LONGEST_REASON or not why.isprintable():
            raise NoEvidence(f"Say in one line of 1 to {LONGEST_REASON} characters what it is for.")
        known = (await self._search.search(Query(session=session), None, 1)).entries if session else []
        if not known:
            await self._log.append(self._refused(by, name, why))
            raise NoEvidence("The log has no entry of this session. Copy its id from the log's page.")
        begun = Event(
            name=name,
            outcome=Outcome.INTENT,
            at_ms=self._clock.now_ms(),
            actor=by,
            session=session,
            customer=next((one.event.customer for one in known if one.event), None),
            facts={"reason": why},
        )
        index = (await self._log.append(begun)).index
        try:
            # Only now: what was on its way when it was asked for is in the log before the intent.
            found = await all_matching(self._search, Query(session=session), index)
            content = await self.bundle([entry.index for entry in found], About(session=session), index)
        except BaseException:
            self._log.append_reducing(replace(self._closed(begun, index), outcome=Outcome.FAILED))
            raise
        digest = hashlib.sha256(content).hexdigest()
        facts: dict[str, str | int | bool] = {"entries": len(found), "bytes": len(content), "sha256": digest}
        await self._log.append(replace(self._closed(begun, index), facts=facts))
        return Made(content, digest, index, len(found))

    async def bundle(self, indices: Sequence[int], about: About, intent: int) -> bytes:
        """Those of these entries that there are, all below `intent`, which records the taking out. Raises NoEvidence,
        LogUnavailable, and as reading the log does."""
        await self._log.await_signed(max(indices))
        entries = await self._log.reveal(indices)
        return await asyncio.to_thread(self._bundle, entries, about, intent)

    def _refused(self, by: Actor, name: EventName, why: str) -> Event:
        """Somebody who tries ids of sessions leaves a trace too; the id that they typed is not repeated."""
        now = self._clock.now_ms()
        return Event(name=name, outcome=Outcome.REFUSED, at_ms=now, actor=by, facts={"reason": why})

    def _closed(self, begun: Event, index: int) -> Event:
        now = self._clock.now_ms()
        return replace(begun, outcome=Outcome.DONE, at_ms=now, intent=index, facts={})

    def _bundle(self, entries: Sequence[Revealed], about: About, intent: int) -> bytes:
        now = self._clock.now_ms()
        for ground in self._grounds(entries[-1].opened.index):
            try:
                return make_bundle(entries, ground, wording_of, about=about, intent=intent, now_ms=now)
            except ReceiptTooLong:
                continue
        raise NoEvidence("The log has not signed these entries. Run `tachiai doctor`, then ask again.")

    def _grounds(self, last: int) -> Iterator[Ground]:
        """The witnessed checkpoint if it holds all entries, else the newest."""
        verifier = Verifier.parse(self._log.verifier_key)
        for note in (self._public.witnessed(), self._public.checkpoint()):
            if note is None:
                continue
            try:
                size = open_checkpoint(note, verifier).size
            except CheckpointInvalid:
                continue  # from before there was a second key, or the verifier says what is wrong with it
            if size > last:
                yield Ground(
                    note=note,
                    size=size,
                    prover=Prover(self._public),
                    seals=whole_records(read_plain(self._seals, MAX_SEALS) or b""),
                    verifier_key=self._log.verifier_key,
                )
