"""Shows the log's checkpoints to its witnesses, and publishes what enough of them have signed.

Nothing waits for it: appends, checkpoints and proofs go on whatever the witnesses do. That one is missing, or says that
it has seen another history, is an entry of the log, told once.
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final

import aiohttp
import structlog

from audit.checkpoint import CheckpointInvalid, open_checkpoint
from audit.disk import Disk
from audit.event import EventName, Fact
from audit.log import AuditLog
from audit.note import Verifier
from audit.payload import MAX_INTEGER
from audit.ports import LogUnavailable
from audit.proving import Prover
from audit.public import PublicDamaged, PublicFolder
from audit.tree_head import TreeHead
from audit.witnesses.cosignature import Cosignature
from audit.witnesses.policy import Policy
from server.clock import TrueClock
from server.foundation import system_event
from server.log_keeping.witness_call import Cause, Refusal, Shown, Unanswered, WitnessCall, calling
from server.log_keeping.witness_notes import WitnessNotes, read_notes, write_notes
from server.places import Places

_log: Final = structlog.get_logger("witnesses")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds. `between`: at least, while entries come. `anew`: at most, while none do. `retry`: after a round in which
    somebody did not sign. `lost_after`: without a signature of a witness."""

    look: float = 1.0
    between: float = 3.0
    retry: float = 30.0
    anew: float = 300.0
    lost_after: float = 600.0


@dataclass(slots=True)
class _Round:
    shown: Shown
    found: dict[str, Cosignature] = field(default_factory=dict)
    refused: dict[str, Refusal] = field(default_factory=dict)
    written: asyncio.Lock = field(default_factory=asyncio.Lock)


class Witnessing:
    """A keeper (`keeper.Keeper`)."""

    name = "witnesses"

    def __init__(
        self,
        log: AuditLog,
        places: Places,
        policy: Policy,
        clock: TrueClock,
        *,
        pace: Pace | None = None,
    ) -> None:
        self._log, self._policy, self._clock, self._pace = log, policy, clock, pace or Pace()
        self._verifier = Verifier.parse(log.verifier_key)
        self._public = PublicFolder(places.log / "public", places.log / "private" / "tmp", Disk())
        self._notes_file = places.witness_notes
        self._calls = [WitnessCall(witness) for witness in policy.witnesses if witness.url is not None]
        self._signed_at = dict.fromkeys((call.witness.name for call in self._calls), time.monotonic())
        self._silent: set[str] = set()  # of whom it was said already that they do not sign
        notes = read_notes(self._notes_file) or WitnessNotes()
        self._lost = self._signed_at.keys() & set(notes.lost)
        self._refused = {name: why for name, why in notes.refused.items() if name in self._signed_at}

    async def run(self) -> None:
        asked, at, whole = -1, time.monotonic() - self._pace.anew, True
        async with calling() as session:
            while True:
                past = time.monotonic() - at
                grown = self._log.size - self._log.unsigned > asked and past >= self._pace.between
                if grown or past >= (self._pace.anew if whole else self._pace.retry):
                    at = time.monotonic()
                    asked, whole = await self._round(session)
                await self._tell()
                await asyncio.sleep(self._pace.look)

    async def _round(self, session: aiohttp.ClientSession) -> tuple[int, bool]:
        """Up to which size was asked, and whether all have signed."""
        try:
            shown = await asyncio.to_thread(self._newest)
        except (CheckpointInvalid, OSError) as error:
            _log.error("the log's own checkpoint cannot be shown to witnesses", sentence=str(error))
            return -1, False
        this = _Round(shown)
        async with asyncio.TaskGroup() as all_at_once:
            for call in self._calls:
                all_at_once.create_task(self._one(call, session, this))
        for name in this.found:
            self._signed_at[name] = time.monotonic()
        await self._note_refused(this)
        return shown.head.size, len(this.found) == len(self._calls)

    async def _one(self, call: WitnessCall, session: aiohttp.ClientSession, this: _Round) -> None:
        name = call.witness.name
        try:
            answer = await call.ask(session, this.shown)
            if isinstance(answer, Refusal):
                this.refused[name] = answer
                return
            this.found[name] = answer[0]
            self._silent.discard(name)
            await self._settle(this)
        except (Unanswered, PublicDamaged, OSError) as error:
            if name not in self._silent:
                _log.warning("a witness did not sign", witness=name, sentence=str(error))
            self._silent.add(name)

    async def _settle(self, this: _Round) -> None:
        """Published as soon as enough have signed, and again with each that comes later."""
        async with this.written:
            if self._policy.met_by(this.found):
                lines = [
                    this.found[one.name].line for one in self._policy.witnesses if one.name in this.found
                ]
                note = this.shown.note + "".join(lines).encode()
                await asyncio.to_thread(self._public.write_witnessed, note)

    def _newest(self) -> Shown:
        """Raises CheckpointInvalid, OSError."""
        note = self._public.checkpoint() or b""
        checkpoint = open_checkpoint(note, self._verifier)
        head = TreeHead(checkpoint.origin, checkpoint.size, checkpoint.root)
        return Shown(note, str(head), head, Prover(self._public).consistency)

    async def _note_refused(self, this: _Round) -> None:
        """A witness that is ahead of the checkpoint it was shown may have been shown a newer one by somebody else."""
        for name, refusal in this.refused.items():
            entries = self._log.size
            if self._refused.get(name) == refusal.cause or (
                refusal.cause is Cause.LARGER and refusal.seen <= entries
            ):
                continue
            seen = min(refusal.seen, MAX_INTEGER)  # a witness may name any number, an entry may not
            facts: dict[str, Fact] = {"cause": refusal.cause.value, "seen": seen, "entries": entries}
            if await self._record(EventName.SYSTEM_WITNESS_REFUSED, name, facts):
                _log.error("a witness says that it has seen another history", witness=name, **facts)
                self._refused[name] = refusal.cause.value
                await self._keep_notes()
        for name in this.found.keys() & (self._refused.keys() | self._lost):
            if await self._record(EventName.SYSTEM_WITNESS_RESTORED, name, {}):
                self._refused.pop(name, None)
                self._lost.discard(name)
                await self._keep_notes()

    async def _tell(self) -> None:
        for name, at in self._signed_at.items():
            missing = time.monotonic() - at
            if missing < self._pace.lost_after or name in self._lost or name in self._refused:
                continue
            if await self._record(EventName.SYSTEM_WITNESS_LOST, name, {"seconds": int(missing)}):
                _log.warning("a witness has not signed for a while", witness=name)
                self._lost.add(name)
                await self._keep_notes()

    async def _record(self, event: EventName, name: str, facts: dict[str, Fact]) -> bool:
        """False where the log takes nothing now: it is tried again with the next round."""
        told: dict[str, Fact] = {"witness": name, **facts}
        try:
            await self._log.append(system_event(event, self._clock.now_ms(), told))
        except LogUnavailable:
            return False
        return True

    async def _keep_notes(self) -> None:
        notes = WitnessNotes(lost=sorted(self._lost), refused=dict(self._refused))
        try:
            await asyncio.to_thread(write_notes, self._notes_file, notes)
        except OSError as error:
            _log.error("what is known of the witnesses could not be noted", exc_info=error)
