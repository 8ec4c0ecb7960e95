"""Demands that staff prove again who they are. Which one is open stands in the person's own row too: every request
reads that anyway."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, select, update

from server.storage.database import Database
from server.storage.proof_tables import proof_demands as table
from server.storage.tables import staff
from verification.proof_demand import DemandEnd, ProofDemand

LATEST_AT_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class DemandClosing:
    """How one ended. `means` of a proof; `officer` and `reason` of who waived it."""

    ended: DemandEnd
    at_ms: int
    means: str = ""
    officer: str | None = None
    reason: str = ""


class ProofDemandStore:
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, demand: ProofDemand) -> bool:
        """False where one is open for this person already; it then takes over a doubt about a sign-in, and the earlier
        of two such doubts."""
        async with self._database.writing() as connection:
            taken = await connection.execute(
                update(staff)
                .where(staff.c.id == demand.staff, staff.c.must_prove.is_(None))
                .values(must_prove=demand.id)
            )
            if taken.rowcount == 1:
                await connection.execute(table.insert().values(**_columns(demand)))
                return True
            if demand.sign_in_doubted:
                mine = update(table).where(table.c.staff == demand.staff, table.c.ended.is_(None))
                await connection.execute(
                    mine.where(table.c.sign_in_doubted.is_(False)).values(
                        sign_in_doubted=True, since_ms=demand.since_ms
                    )
                )
                await connection.execute(
                    mine.where(table.c.since_ms > demand.since_ms).values(since_ms=demand.since_ms)
                )
        return False

    async def find_open(self, person: str) -> ProofDemand | None:
        async with self._database.reading() as connection:
            row = (
                await connection.execute(
                    select(table)
                    .join(staff, staff.c.must_prove == table.c.id)
                    .where(staff.c.id == person, table.c.ended.is_(None))
                )
            ).one_or_none()
        return None if row is None else _demand(row)

    async def close(self, demand: ProofDemand, closing: DemandClosing, log_index: int) -> bool:
        """True to exactly one caller. False too where it rests on another doubt by now than `demand` says."""
        async with self._database.writing() as connection:
            closed = await connection.execute(
                update(table)
                .where(
                    table.c.id == demand.id,
                    table.c.ended.is_(None),
                    table.c.since_ms == demand.since_ms,
                    table.c.sign_in_doubted == demand.sign_in_doubted,
                )
                .values(
                    ended=closing.ended.value,
                    ended_at_ms=closing.at_ms,
                    means=closing.means,
                    officer=closing.officer,
                    reason=closing.reason,
                    log_index=log_index,
                )
            )
            if closed.rowcount != 1:
                return False
            await connection.execute(
                update(staff).where(staff.c.must_prove == demand.id).values(must_prove=None)
            )
        return True

    async def open_by_person(self) -> dict[str, ProofDemand]:
        async with self._database.reading() as connection:
            rows = await connection.execute(select(table).where(table.c.ended.is_(None)))
            return {row.staff: _demand(row) for row in rows}

    async def latest_of(self, people: Collection[str]) -> list[ProofDemand]:
        """Of these people, the latest first; 500 at most."""
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(table)
                .where(table.c.staff.in_(sorted(people)))
                .order_by(table.c.demanded_at_ms.desc(), table.c.id)
                .limit(LATEST_AT_MOST)
            )
            return [_demand(row) for row in rows]


def _columns(demand: ProofDemand) -> dict[str, Any]:
    return {
        "id": demand.id,
        "staff": demand.staff,
        "detector": demand.detector,
        "demanded_at_ms": demand.demanded_at_ms,
        "since_ms": demand.since_ms,
        "sign_in_doubted": demand.sign_in_doubted,
        "means": "",
        "reason": "",
    }


def _demand(row: Row[Any]) -> ProofDemand:
    return ProofDemand(
        id=row.id,
        staff=row.staff,
        detector=row.detector,
        demanded_at_ms=row.demanded_at_ms,
        since_ms=row.since_ms,
        sign_in_doubted=bool(row.sign_in_doubted),
        ended=None if row.ended is None else DemandEnd(row.ended),
        ended_at_ms=row.ended_at_ms,
        means=row.means,
        officer=row.officer,
        reason=row.reason,
    )
