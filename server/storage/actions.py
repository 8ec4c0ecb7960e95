"""Actions, and the writes of which each happens once. What they say is sealed under the customer's key."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, select, update

from server.storage.action_tables import actions as table
from server.storage.database import Database
from server.storage.sealed import Place, Sealing
from server.storage.transaction import Transaction
from support.action import Action, ActionKind, ActionState
from support.identity import CaseId, CustomerId, StaffId

LISTED_AT_MOST: Final = 200
Also = Callable[[Transaction], Awaitable[object]]


class ActionStore:
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database, self._sealing = database, sealing

    async def add(self, action: Action, log_index: int) -> None:
        """What was proposed before in the same session and is not approved is cancelled: one question at a time."""
        box = await self._sealing.writing(action.customer)
        async with self._database.writing() as connection:
            await connection.execute(
                update(table)
                .where(table.c.session == action.session, table.c.state == ActionState.PROPOSED.value)
                .values(state=ActionState.CANCELLED.value, ended_at_ms=action.proposed_at_ms)
            )
            await connection.execute(
                table.insert().values(
                    id=action.id,
                    kind=action.kind.value,
                    summary=box.seal(action.customer, _place(action.id), action.summary.encode()),
                    session=action.session,
                    case_id=action.case,
                    customer=action.customer,
                    state=action.state.value,
                    proposed_by=action.proposed_by,
                    proposed_at_ms=action.proposed_at_ms,
                    expires_at_ms=action.expires_at_ms,
                    log_index=log_index,
                )
            )

    async def find(self, action: str) -> Action | None:
        return next(iter(await self._those(table.c.id == action)), None)

    async def to_cancel(self, cancel_hash: str) -> Action | None:
        return next(iter(await self._those(table.c.cancel_hash == cancel_hash)), None)

    async def of_session(self, session: str) -> list[Action]:
        """The newest first."""
        return await self._those(table.c.session == session)

    async def unfinished(self) -> list[Action]:
        """Proposed or approved; the newest first, 200 at most."""
        return await self._those(table.c.state.in_([ActionState.PROPOSED.value, ActionState.APPROVED.value]))

    async def unfinished_of(self, customer: CustomerId) -> list[Action]:
        """As `unfinished`, of one customer."""
        open_ones = table.c.state.in_([ActionState.PROPOSED.value, ActionState.APPROVED.value])
        return await self._those(and_(table.c.customer == customer, open_ones))

    async def over(self, now_ms: int) -> list[Action]:
        """Whose time has come: to expire, or to be released."""
        expired = and_(table.c.state == ActionState.PROPOSED.value, table.c.expires_at_ms <= now_ms)
        due = and_(table.c.state == ActionState.APPROVED.value, table.c.due_at_ms <= now_ms)
        return await self._those(expired | due)

    async def released_after(self, log_index: int, at_most: int) -> list[tuple[int, Action]]:
        """Released ones with the index of their release's entry, which tells where the next page begins."""
        async with self._database.reading() as connection:
            rows = (
                await connection.execute(
                    select(table)
                    .where(table.c.state == ActionState.RELEASED.value, table.c.log_index > log_index)
                    .order_by(table.c.log_index)
                    .limit(at_most)
                )
            ).all()
        return list(zip([row.log_index for row in rows], await self._opened(rows), strict=True))

    async def approve(
        self,
        action: Action,
        by: StaffId,
        due_at_ms: int,
        cancel_hash: str,
        log_index: int,
        now_ms: int,
        also: Also,
    ) -> bool:
        """True to exactly one caller; `also` is done in the same transaction."""
        values = {
            "state": ActionState.APPROVED.value,
            "approved_by": by,
            "approved_at_ms": now_ms,
            "due_at_ms": due_at_ms,
            "cancel_hash": cancel_hash,
            "log_index": log_index,
        }
        return await self._moved(action, values, also)

    async def end(
        self,
        action: Action,
        state: ActionState,
        now_ms: int,
        also: Also | None = None,
        log_index: int | None = None,
    ) -> bool:
        """Released, cancelled or expired: True to exactly one caller."""
        values: dict[str, Any] = {"state": state.value, "ended_at_ms": now_ms}
        if log_index is not None:
            values["log_index"] = log_index
        return await self._moved(action, values, also)

    async def _moved(self, action: Action, values: dict[str, Any], also: Also | None) -> bool:
        async with self._database.writing() as connection:
            changed = await connection.execute(
                update(table)
                .where(table.c.id == action.id, table.c.state == action.state.value)
                .values(**values)
            )
            if changed.rowcount == 1 and also is not None:
                await also(connection)
            return changed.rowcount == 1

    async def _those(self, which: ColumnElement[bool]) -> list[Action]:
        async with self._database.reading() as connection:
            rows = (
                await connection.execute(
                    select(table)
                    .where(which)
                    .order_by(table.c.proposed_at_ms.desc(), table.c.id)
                    .limit(LISTED_AT_MOST)
                )
            ).all()
        return await self._opened(rows)

    async def _opened(self, rows: Sequence[Row[Any]]) -> list[Action]:
        box = await self._sealing.reading({row.customer for row in rows if row.summary is not None})
        return [
            _action(row, (box.open(row.customer, _place(row.id), row.summary) or b"").decode())
            for row in rows
        ]


def _action(row: Row[Any], summary: str) -> Action:
    return Action(
        id=row.id,
        kind=ActionKind(row.kind),
        summary=summary,
        session=row.session,
        case=CaseId(row.case_id),
        customer=CustomerId(row.customer),
        proposed_by=StaffId(row.proposed_by),
        proposed_at_ms=row.proposed_at_ms,
        expires_at_ms=row.expires_at_ms,
        state=ActionState(row.state),
        approved_by=StaffId(row.approved_by) if row.approved_by is not None else None,
        approved_at_ms=row.approved_at_ms,
        due_at_ms=row.due_at_ms,
        ended_at_ms=row.ended_at_ms,
    )


def _place(action: str) -> Place:
    return Place(table.name, table.c.summary.name, action)
