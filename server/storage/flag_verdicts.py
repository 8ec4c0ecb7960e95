"""What officers found of flags: the newest verdict of each. The earlier ones are in the log."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, case, func, select

from audit.detectors.precision import Precision, Verdict
from server.storage.database import Database
from server.storage.flag_tables import flag_verdicts as table
from server.storage.tables import flags
from support.identity import StaffId


@dataclass(frozen=True, slots=True)
class GivenVerdict:
    """`flag` is the log index of the entry that raised it."""

    flag: int
    verdict: Verdict
    officer: StaffId
    reason: str
    given_at_ms: int


class FlagVerdictStore:
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def give(self, given: GivenVerdict, log_index: int) -> None:
        """In place of an earlier one."""
        values = {
            "verdict": given.verdict.value,
            "officer": given.officer,
            "reason": given.reason,
            "log_index": log_index,
            "given_at_ms": given.given_at_ms,
        }
        async with self._database.writing() as connection:
            await connection.execute(
                self._database.insert(table)
                .values(flag=given.flag, **values)
                .on_conflict_do_update(index_elements=[table.c.flag], set_=values)
            )

    async def of(self, named: Collection[int]) -> Mapping[int, GivenVerdict]:
        async with self._database.reading() as connection:
            rows = await connection.execute(select(table).where(table.c.flag.in_(sorted(named))))
            return {row.flag: _verdict(row) for row in rows}

    async def judged(self, detector: str, since_ms: int) -> list[tuple[str, int, Verdict]]:
        """Of each judged flag of this detector since then: about whom, when raised (UTC ms), and what was found."""
        found = select(flags.c.target, flags.c.raised_at_ms, table.c.verdict).join(
            table, table.c.flag == flags.c.log_index
        )
        async with self._database.reading() as connection:
            rows = await connection.execute(
                found.where(flags.c.detector == detector, flags.c.raised_at_ms >= since_ms)
            )
            return [(row.target, row.raised_at_ms, Verdict(row.verdict)) for row in rows]

    async def precision(self, since_ms: int) -> list[Precision]:
        """Of each detector that raised a flag since then, by name."""
        found = select(
            flags.c.detector,
            func.count().label("raised"),
            *(func.sum(case((table.c.verdict == one.value, 1), else_=0)).label(one.value) for one in Verdict),
        ).outerjoin(table, table.c.flag == flags.c.log_index)
        async with self._database.reading() as connection:
            rows = await connection.execute(
                found.where(flags.c.raised_at_ms >= since_ms)
                .group_by(flags.c.detector)
                .order_by(flags.c.detector)
            )
            return [
                Precision(row.detector, row.raised, int(row.confirmed), int(row.dismissed)) for row in rows
            ]


def _verdict(row: Row[Any]) -> GivenVerdict:
    return GivenVerdict(row.flag, Verdict(row.verdict), StaffId(row.officer), row.reason, row.given_at_ms)
