"""Makes reports: announced, read, rendered, recorded, and only then given out."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import structlog

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.keystore import KeystoreFailed
from audit.log import AuditLog
from audit.public import PublicDamaged
from audit.reader import EntryUnreadable
from audit.self_audit.period import DAY_MS, Period
from audit.self_audit.report import Report, encode, make_report
from audit.self_audit.surroundings import Surroundings, Weakness
from audit.self_audit.tally import Tally
from server.checklist.finding import Finding
from server.clock import TrueClock
from server.reporting.around import PolicyInForce, accounts, key_ages, verified, weaknesses
from server.storage.stores import Stores
from server.version import VERSION
from support.ports import StoreUnavailable

READ_AT_ONCE: Final = (
    500  # a few tens of milliseconds in a thread: whoever else reads or serves comes in between
)
_log: Final = structlog.get_logger("reporting")

Look = Callable[[], Awaitable[Sequence[Finding]]]
Form = Callable[[Report], bytes]  # how a report is given out


@dataclass(frozen=True, slots=True)
class Made:
    """`content` is what is given out, `data` the document that it was made of. `entry` announced it."""

    report: Report
    content: bytes
    data: bytes
    entry: int

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """`look` is the checklist. `organisation` is what the report is headed with. `memory` is the verifier's, used where
    its folder is: an older copy of the whole log is told by it. `policy` is that of the witnesses, if any is set."""

    log: AuditLog
    log_folder: Path
    stores: Stores
    clock: TrueClock
    look: Look
    organisation: str
    memory: Path
    policy: PolicyInForce


class Reporter:
    """Raises LogUnavailable where a report cannot be recorded: then it is not given out."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._one_at_a_time = asyncio.Lock()

    async def make(self, by: Actor, days: int, forms: Mapping[str, Form]) -> dict[str, Made]:
        """The report of the last `days`, in each form."""
        async with self._one_at_a_time:
            log, now = self._sources.log, self._sources.clock.now_ms()
            period = Period(max(0, now - days * DAY_MS), now)
            facts: dict[str, Fact] = {
                "from_ms": period.from_ms,
                "to_ms": period.to_ms,
                "forms": " ".join(sorted(forms)),
            }
            intent = Event(_name(by), Outcome.INTENT, now, by, facts=facts)
            entry = (await log.append(intent)).index
            try:
                made = await self._made(period, entry, forms)
            except Exception:
                log.append_reducing(replace(intent, outcome=Outcome.FAILED, intent=entry, facts={}))
                raise
            await log.append(self._done(intent, entry, made))
            return made

    async def _made(self, period: Period, entry: int, forms: Mapping[str, Form]) -> dict[str, Made]:
        tally = Tally(period)
        unread, unread_from = await self._read(tally, entry)
        around = replace(await self._around(), unread=unread, unread_from=unread_from)
        report = make_report(
            tally, around, organisation=self._sources.organisation, version=VERSION, entry=entry
        )
        data = encode(report)
        return {
            name: Made(report, await asyncio.to_thread(form, report), data, entry)
            for name, form in forms.items()
        }

    async def _read(self, tally: Tally, stop: int) -> tuple[str, int]:
        """Why reading ended before `stop`, and at which entry; an empty reason if it did not."""
        for start in range(0, stop, READ_AT_ONCE):
            try:
                entries = await self._sources.log.read(start, min(start + READ_AT_ONCE, stop))
            except (EntryUnreadable, PublicDamaged, KeystoreFailed, OSError) as error:
                return str(error), start
            for entry in entries:
                tally.take(entry)
        return "", 0

    async def _around(self) -> Surroundings:
        sources = self._sources
        log, now = sources.log, sources.clock.now_ms()
        memory = sources.memory if sources.memory.parent.is_dir() else None
        found = await asyncio.to_thread(
            verified,
            sources.log_folder,
            log.verifier_key,
            log.lockstate_file,
            memory,
            now,
            sources.policy,
        )
        return Surroundings(
            verified=found,
            accounts=await accounts(sources.stores, now),
            api_keys=await key_ages(sources.stores, now),
            weaknesses=await self._weaknesses(),
        )

    async def _weaknesses(self) -> tuple[Weakness, ...] | None:
        try:
            return weaknesses(await self._sources.look())
        except (OSError, StoreUnavailable) as error:
            _log.warning("the checklist could not be looked at", exc_info=error)
            return None

    def _done(self, intent: Event, entry: int, made: Mapping[str, Made]) -> Event:
        """With the hashes of all that is given out now."""
        one = next(iter(made.values()))
        facts: dict[str, Fact] = {
            "exit_code": one.report.exit_code,
            "to_mend": one.report.to_mend,
            "document_sha256": hashlib.sha256(one.data).hexdigest(),
        }
        facts.update({f"{name}_sha256": each.sha256 for name, each in made.items()})
        now = self._sources.clock.now_ms()
        return replace(intent, outcome=Outcome.DONE, at_ms=now, intent=entry, facts=facts)


def as_document(report: Report) -> bytes:
    """The form for programs."""
    return encode(report)


def _name(by: Actor) -> EventName:
    of_operator = by.kind is ActorKind.OPERATOR
    return EventName.OPERATOR_REPORT_MADE if of_operator else EventName.SYSTEM_REPORT_MADE
