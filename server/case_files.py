"""Officers' case files: each act is an entry first, and whom a file concerns neither sees nor touches it
(`support.case_file`).

A note stands in its entry of the log and nowhere else, so nobody edits one. A finding that confirms or dismisses is
given to those flags of the file that nobody has judged yet, by `FlagVerdicts`, before the file counts as closed: where
that stops in the middle the file is open, and closing it again goes on.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from audit.detectors.precision import Verdict
from audit.event import Actor, ActorKind, EventName, Fact
from audit.log import AuditLog
from audit.ports import OpenedEntry
from server.administration.register import Register
from server.bus.ports import Counters
from server.flag_verdicts import FlagVerdicts
from server.identity import new_id
from server.problems import Problem, not_found, secret_written, too_many
from server.storage.flags import StoredFlag
from server.storage.stores import Stores
from session.identity import SessionId
from session.ports import Clock
from support.case_file import MOST_ITEMS, CaseFile, Closing, FiledItem, Finding, ItemKind, concerned
from support.identity import StaffId, is_id
from support.staff import Staff
from verification.throttle import Rate
from verification.typed_secrets import secret_in

ACTING: Final = Rate(count=60, period_ms=60_000)  # of one officer: each act is an entry
_VERDICTS: Final = {Finding.CONFIRMED: Verdict.CONFIRMED, Finding.DISMISSED: Verdict.DISMISSED}
_LONGEST_INDEX: Final = 15  # digits


@dataclass(frozen=True, slots=True)
class Opened:
    """A file with all that belongs to it, in the order of its additions. `entries` are those of the log that it names
    and those of its notes, by index; `flags` by theirs."""

    file: CaseFile
    items: Sequence[FiledItem]
    flags: Mapping[str, StoredFlag]
    entries: Mapping[int, OpenedEntry]
    people: Mapping[StaffId, Staff]


class CaseFiles:
    """Raises Problem, LogUnavailable, StoreUnavailable, and what reading the log raises: then nothing was changed."""

    def __init__(
        self, stores: Stores, log: AuditLog, verdicts: FlagVerdicts, counters: Counters, clock: Clock
    ) -> None:
        self._stores, self._files, self._log = stores, stores.case_files, log
        self._verdicts, self._counters, self._clock = verdicts, counters, clock
        self._register = Register(log, clock)
        self._one_closing = asyncio.Lock()

    async def listed(self, officer: Staff) -> list[tuple[CaseFile, Mapping[StaffId, Staff]]]:
        """Those that do not concern the officer, open ones first; recorded before it is shown."""
        await self._register.look(EventName.OFFICER_FILES_LISTED, _officer(officer), {})
        files = await self._files.latest(officer.id)
        people = await self._stores.staff.find_all(frozenset(one for file in files for one in _named(file)))
        return [(file, people) for file in files]

    async def read(self, named: str, officer: Staff) -> Opened:
        """Recorded before it is shown."""
        file = await self.found(named, officer)
        await self._register.look(EventName.OFFICER_FILE_READ, _officer(officer), {"file": file.id})
        return await self.opened(file)

    async def kept_from(self, officer: Staff) -> frozenset[str]:
        """The ids of the files that concern the officer, whose entries the log does not open to them."""
        return await self._files.concerning(officer.id)

    async def open(self, title: str, flag: str | None, officer: Staff) -> str:
        """The new file's id. `title` is one line; `flag`: the index of the one that it begins with."""
        await self._pace(officer)
        kind, people = (
            (None, frozenset[StaffId]()) if flag is None else await self._judged(ItemKind.FLAG, flag, officer)
        )
        file, now = new_id("fil"), self._clock.now_ms()
        facts: dict[str, Fact] = {"file": file, "title": title}
        if flag is not None:
            facts["flag"] = int(flag)

        async def write(index: int) -> None:
            first = None if kind is None or flag is None else FiledItem(kind, flag, officer.id, now, index)
            await self._files.open(CaseFile(file, title, officer.id, now, index), first, people)

        intent = self._register.intent(EventName.OFFICER_FILE_OPENED, _officer(officer), facts)
        await self._register.carry_out([intent], write)
        return file

    async def add(self, named: str, kind: ItemKind, what: str, officer: Staff) -> None:
        """`what`: the index of a flag or of another entry, or a session's id. An entry that raised a flag is added as
        that flag."""
        await self._pace(officer)
        file = await self.found(named, officer)
        kind, people = await self._judged(kind, what, officer)
        facts: dict[str, Fact] = {
            "file": file.id,
            kind.value: what if kind is ItemKind.SESSION else int(what),
        }
        intent = self._register.intent(EventName.OFFICER_FILE_ADDED, _officer(officer), facts)

        async def write(index: int) -> None:
            await self._added(file.id, FiledItem(kind, what, officer.id, self._clock.now_ms(), index), people)

        await self._register.carry_out([intent], write)

    async def note(self, named: str, text: str, officer: Staff) -> int:
        """The index of the note's entry."""
        await self._pace(officer)
        file = await self.found(named, officer)
        if (secret := secret_in(text)) is not None:
            refused: dict[str, Fact] = {"file": file.id, "kind": secret.value}
            await self._register.refused(EventName.OFFICER_FILE_NOTED, _officer(officer), refused)
            raise secret_written()
        facts: dict[str, Fact] = {"file": file.id, "note": text}
        intent = self._register.intent(EventName.OFFICER_FILE_NOTED, _officer(officer), facts)

        async def write(index: int) -> int:
            item = FiledItem(ItemKind.NOTE, str(index), officer.id, self._clock.now_ms(), index)
            await self._added(file.id, item, frozenset())
            return index

        return await self._register.carry_out([intent], write)

    async def close(self, named: str, finding: Finding, reason: str, officer: Staff) -> None:
        """`reason` is one line. Of two at once one succeeds."""
        await self._pace(officer)
        async with self._one_closing:
            file = await self.found(named, officer)
            if file.closing is not None:
                raise _closed()
            facts: dict[str, Fact] = {"file": file.id, "finding": finding.value, "reason": reason}
            intent = self._register.intent(EventName.OFFICER_FILE_CLOSED, _officer(officer), facts)
            await self._register.carry_out([intent], partial(self._close, file, finding, reason, officer))

    async def found(self, named: str, officer: Staff) -> CaseFile:
        """Raises Problem (404), also where it concerns the officer: tried, it is an entry, too."""
        file = await self._files.find(named, officer.id) if is_id(named, "fil") else None
        if file is None:
            facts: dict[str, Fact] = {"file": named} if is_id(named, "fil") else {}
            await self._register.refused(EventName.OFFICER_FILE_READ, _officer(officer), facts)
            raise not_found()
        return file

    async def opened(self, file: CaseFile) -> Opened:
        items = await self._files.items(file.id)
        flags = [await self._stores.flags.find(int(one.named)) for one in items if one.kind is ItemKind.FLAG]
        entries = await self._log.read_at(
            [int(one.named) for one in items if one.kind in {ItemKind.ENTRY, ItemKind.NOTE}]
        )
        return Opened(
            file,
            items,
            {str(flag.log_index): flag for flag in flags if flag is not None},
            {entry.index: entry for entry in entries},
            await self._stores.staff.find_all(_named(file) | {one.officer for one in items}),
        )

    async def _pace(self, officer: Staff) -> None:
        if await self._counters.take(f"files/{officer.id}", ACTING):
            raise too_many("Many acts in one minute. This one was not done. Wait a moment, then try again.")

    async def _judged(self, kind: ItemKind, what: str, officer: Staff) -> tuple[ItemKind, frozenset[StaffId]]:
        """As what it is added, and whom it concerns. Raises Problem where there is no such thing or it is about the
        officer."""
        if kind is ItemKind.SESSION:
            session = await self._stores.sessions.load(SessionId(what)) if is_id(what, "ses") else None
            people = None if session is None else concerned("", session.agent, [])
        else:
            kind, people = await self._judged_entry(kind, what)
        if people is None:
            raise Problem(
                404, "file_nothing", "There is no such flag, entry or session. Nothing was changed. Check it."
            )
        if officer.id in people:
            await self._register.refused(EventName.OFFICER_FILE_ADDED, _officer(officer), {kind.value: what})
            raise Problem(
                409, "file_own", "This concerns you. Nothing was changed. Another officer looks into it."
            )
        return kind, people

    async def _judged_entry(self, kind: ItemKind, what: str) -> tuple[ItemKind, frozenset[StaffId] | None]:
        plain = what.isascii() and what.isdecimal() and len(what) <= _LONGEST_INDEX and str(int(what)) == what
        if not plain or int(what) >= self._log.size:
            return kind, None
        flag = await self._stores.flags.find(int(what))
        if flag is None:
            return kind, frozenset() if kind is ItemKind.ENTRY else None
        session = None if flag.session is None else await self._stores.sessions.load(SessionId(flag.session))
        agent = None if session is None else session.agent
        return ItemKind.FLAG, concerned(flag.target, agent, flag.reason_facts.values())

    async def _added(self, file: str, item: FiledItem, people: frozenset[StaffId]) -> None:
        if await self._files.add(file, item, people):
            return
        now = await self._files.find(file, item.officer)
        if now is None:
            raise not_found()
        if now.closing is not None:
            raise _closed()
        if now.items >= MOST_ITEMS:
            raise Problem(
                409,
                "file_full",
                f"The file has its {MOST_ITEMS} items. Nothing was changed. Open another one.",
            )
        raise Problem(409, "file_has_it", "The file has this already. Nothing was changed.")

    async def _close(
        self, file: CaseFile, finding: Finding, reason: str, officer: Staff, _index: int
    ) -> None:
        verdict = _VERDICTS.get(finding)
        if verdict is not None:
            flags = list((await self.opened(file)).flags.values())
            given = await self._verdicts.given(flags)
            for flag in flags:
                if flag.log_index not in given:
                    await self._verdicts.judge(str(flag.log_index), verdict, reason, officer)
        if not await self._files.close(file.id, Closing(finding, reason, officer.id, self._clock.now_ms())):
            raise _closed()


def _closed() -> Problem:
    return Problem(
        409, "file_closed", "This file is closed. Nothing was changed. Open another one if need be."
    )


def _named(file: CaseFile) -> frozenset[StaffId]:
    closing = file.closing
    return frozenset({file.opened_by} | (set() if closing is None else {closing.officer}))


def _officer(officer: Staff) -> Actor:
    return Actor(ActorKind.OFFICER, officer.id)
