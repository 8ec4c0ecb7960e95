"""Officers' case files. An addition or the end is written only while the file is open and its officer is not barred."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, select, update

from server.storage.case_file_tables import case_file_items as items_table
from server.storage.case_file_tables import case_file_people as people_table
from server.storage.case_file_tables import case_files as table
from server.storage.database import Database
from server.storage.transaction import Transaction
from support.case_file import LISTED_AT_MOST, MOST_ITEMS, CaseFile, Closing, FiledItem, Finding, ItemKind
from support.identity import StaffId


class CaseFileStore:
    """Every method raises StoreUnavailable; what it writes is committed on return. `officer`: who asks; a file that
    concerns them is not there for them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, file: str, officer: StaffId) -> CaseFile | None:
        async with self._database.reading() as connection:
            row = (
                await connection.execute(select(table).where(table.c.id == file, _may_see(officer)))
            ).one_or_none()
        return None if row is None else _file(row)

    async def latest(self, officer: StaffId) -> list[CaseFile]:
        """Open ones first, then the latest; 200 at most."""
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(table)
                .where(_may_see(officer))
                .order_by(table.c.closed_at_ms.is_not(None), table.c.opened_at_ms.desc(), table.c.id)
                .limit(LISTED_AT_MOST)
            )
            return [_file(row) for row in rows]

    async def concerning(self, officer: StaffId) -> frozenset[str]:
        """The ids of those that are not there for them."""
        async with self._database.reading() as connection:
            found = await connection.scalars(
                select(people_table.c.file).where(people_table.c.staff == officer)
            )
            return frozenset(found)

    async def items(self, file: str) -> list[FiledItem]:
        """In the order in which they were added."""
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(items_table).where(items_table.c.file == file).order_by(items_table.c.log_index)
            )
            return [_item(row) for row in rows]

    async def open(self, file: CaseFile, first: FiledItem | None, people: Iterable[StaffId]) -> None:
        """With what it was opened from, and whom that concerns."""
        async with self._database.writing() as connection:
            await connection.execute(
                table.insert().values(
                    id=file.id,
                    title=file.title,
                    opened_by=file.opened_by,
                    opened_at_ms=file.opened_at_ms,
                    log_index=file.log_index,
                    item_count=0 if first is None else 1,
                )
            )
            if first is not None:
                await self._write(connection, file.id, first, people)

    async def add(self, file: str, item: FiledItem, people: Iterable[StaffId] = ()) -> bool:
        """False, and nothing written, where it is closed, full, concerns the item's officer or has this already."""
        async with self._database.writing() as connection:
            there = await connection.scalar(
                select(items_table.c.log_index).where(
                    items_table.c.file == file,
                    items_table.c.kind == item.kind.value,
                    items_table.c.named == item.named,
                )
            )
            if there is not None:
                return False
            counted = await connection.execute(
                update(table)
                .where(table.c.id == file, *_open_to(item.officer), table.c.item_count < MOST_ITEMS)
                .values(item_count=table.c.item_count + 1)
            )
            if counted.rowcount != 1:
                return False
            await self._write(connection, file, item, people)
        return True

    async def close(self, file: str, closing: Closing) -> bool:
        """True to exactly one caller."""
        async with self._database.writing() as connection:
            closed = await connection.execute(
                update(table)
                .where(table.c.id == file, *_open_to(closing.officer))
                .values(
                    finding=closing.finding.value,
                    reason=closing.reason,
                    closed_by=closing.officer,
                    closed_at_ms=closing.at_ms,
                )
            )
            return closed.rowcount == 1

    async def _write(
        self, connection: Transaction, file: str, item: FiledItem, people: Iterable[StaffId]
    ) -> None:
        await connection.execute(
            items_table.insert().values(
                log_index=item.log_index,
                file=file,
                kind=item.kind.value,
                named=item.named,
                officer=item.officer,
                added_at_ms=item.at_ms,
            )
        )
        for one in sorted(people):
            await connection.execute(
                self._database.insert(people_table).values(file=file, staff=one).on_conflict_do_nothing()
            )


def _may_see(officer: StaffId) -> ColumnElement[bool]:
    return ~exists().where(people_table.c.file == table.c.id, people_table.c.staff == officer)


def _open_to(officer: StaffId) -> tuple[ColumnElement[bool], ...]:
    return (table.c.closed_at_ms.is_(None), _may_see(officer))


def _file(row: Row[Any]) -> CaseFile:
    closing = None
    if row.closed_at_ms is not None:
        closing = Closing(Finding(row.finding), row.reason, StaffId(row.closed_by), row.closed_at_ms)
    return CaseFile(
        id=row.id,
        title=row.title,
        opened_by=StaffId(row.opened_by),
        opened_at_ms=row.opened_at_ms,
        log_index=row.log_index,
        items=row.item_count,
        closing=closing,
    )


def _item(row: Row[Any]) -> FiledItem:
    return FiledItem(ItemKind(row.kind), row.named, StaffId(row.officer), row.added_at_ms, row.log_index)
