"""What waits to be sent: put there once for each act, whatever is tried again, and every try claimed by one server."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, delete, select, update

from server.checklist.facts import Outgoing
from server.outbox.message import Channel, Message, Standing
from server.storage.database import Database
from server.storage.outbox_count import count_outgoing
from server.storage.outbox_tables import outbox as table
from server.storage.outbox_tables import webhooks
from server.storage.sealed import Box, Place, Sealing
from server.storage.transaction import Transaction
from support.identity import CustomerId

LISTED_AT_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Due:
    """A message that may be tried now. `tries` were begun before."""

    message: Message
    tries: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A message as it stands, for whoever looks. `body` is None once it was sent, unless it is kept."""

    message: Message
    standing: Standing
    tries: int
    failure: str | None
    due_at_ms: int
    done_at_ms: int | None


class OutboxStore:
    """Every method raises StoreUnavailable; what it writes is committed on return, unless it is told a transaction."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database, self._sealing = database, sealing

    async def queue(self, messages: Sequence[Message], within: Transaction | None = None) -> bool:
        """All parts of one act, which share their `once`. False, and nothing of them, if that act was queued before.

        `within`: the transaction of the act itself; then they are queued if and only if it commits.
        """
        if len({message.once for message in messages}) != 1:
            raise ValueError("the messages of one act are queued together")
        box = await self._sealing.writing(*{one.subject for one in messages if one.subject is not None})
        rows = [_values(message, box) for message in messages]
        if within is not None:
            return await self._added(within, rows)
        async with self._database.writing() as connection:
            return await self._added(connection, rows)

    async def due(self, now_ms: int, at_most: int) -> list[Due]:
        """Those that waited longest first."""
        async with self._database.reading() as connection:
            rows = (
                await connection.execute(
                    select(table)
                    .where(_waiting(), table.c.due_at_ms <= now_ms, table.c.last_at_ms > now_ms)
                    .order_by(table.c.due_at_ms, table.c.id)
                    .limit(at_most)
                )
            ).all()
        box = await self._box(rows)
        opened = [(row, _opened(row, box)) for row in rows]
        return [Due(message, row.tries) for row, message in opened if message is not None]

    async def begin(self, due: Due, until_ms: int) -> bool:
        """Count the try, before anything leaves: nobody else begins one until then. False if somebody else has it, or
        it waits no more."""
        return await self._changed(
            and_(table.c.id == due.message.id, _waiting(), table.c.tries == due.tries),
            {"tries": due.tries + 1, "due_at_ms": until_ms},
        )

    async def sent(self, message: str, now_ms: int, *, keep: bool = False) -> bool:
        """What it said is taken out, unless it is to be kept (the demo's)."""
        values: dict[str, Any] = {"state": Standing.SENT.value, "done_at_ms": now_ms, "failure": None}
        return await self._changed(
            and_(table.c.id == message, _waiting()), values if keep else {**values, "content": None}
        )

    async def failed(self, message: str, failure: str, again_at_ms: int) -> None:
        await self._changed(
            and_(table.c.id == message, _waiting()), {"failure": failure, "due_at_ms": again_at_ms}
        )

    async def bury(self, message: str, failure: str, now_ms: int) -> bool:
        """It is never tried again."""
        return await self._changed(
            and_(table.c.id == message, _waiting()),
            {"state": Standing.DEAD.value, "failure": failure, "done_at_ms": now_ms, "content": None},
        )

    async def overdue(self, now_ms: int) -> list[Kept]:
        """Those whose last day is over; 200 at most."""
        return await self._kept(and_(_waiting(), table.c.last_at_ms <= now_ms), readable=False)

    async def void_of_removed(self, now_ms: int) -> int:
        """Whatever waits for an endpoint that was removed goes nowhere."""
        removed = select(webhooks.c.id).where(webhooks.c.removed_at_ms.is_not(None))
        async with self._database.writing() as connection:
            changed = await connection.execute(
                update(table)
                .where(_waiting(), table.c.endpoint.in_(removed))
                .values(state=Standing.VOID.value, done_at_ms=now_ms, content=None)
            )
            return changed.rowcount

    async def forget(self, before_ms: int) -> int:
        """Rows that were done with before then; how many."""
        async with self._database.writing() as connection:
            gone = await connection.execute(delete(table).where(table.c.done_at_ms < before_ms))
            return gone.rowcount

    async def counted(self, now_ms: int) -> Outgoing:
        return await count_outgoing(self._database, now_ms)

    async def one(self, message: str) -> Kept:
        """Without what it says. Raises LookupError for an unknown one."""
        return (await self._kept(table.c.id == message, readable=False))[0]

    async def latest(self, *, readable: bool) -> list[Kept]:
        """The newest first, 200 at most; without what they say unless it is to be read (the demo's page)."""
        return await self._kept(None, readable=readable)

    async def _kept(self, which: ColumnElement[bool] | None, *, readable: bool) -> list[Kept]:
        query = select(table).order_by(table.c.created_at_ms.desc(), table.c.id).limit(LISTED_AT_MOST)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query if which is None else query.where(which))).all()
        box = await self._box(rows) if readable else Box({})
        return [
            Kept(
                _message(row, _content(row, box) or b"" if readable else b""),
                Standing(row.state),
                row.tries,
                row.failure,
                row.due_at_ms,
                row.done_at_ms,
            )
            for row in rows
        ]

    async def _box(self, rows: Sequence[Row[Any]]) -> Box:
        return await self._sealing.reading(
            {row.subject for row in rows if row.subject is not None and row.content is not None}
        )

    async def _added(self, connection: Transaction, rows: list[dict[str, Any]]) -> bool:
        first = self._database.insert(table).values(rows[0]).on_conflict_do_nothing()
        if (await connection.execute(first)).rowcount != 1:
            return False
        for row in rows[1:]:
            await connection.execute(table.insert().values(row))
        return True

    async def _changed(self, which: ColumnElement[bool], values: dict[str, Any]) -> bool:
        async with self._database.writing() as connection:
            return (await connection.execute(update(table).where(which).values(**values))).rowcount == 1


def _waiting() -> ColumnElement[bool]:
    return table.c.state == Standing.WAITING.value


def _opened(row: Row[Any], box: Box) -> Message | None:
    """None if it was erased meanwhile."""
    content = _content(row, box)
    return None if content is None else _message(row, content)


def _content(row: Row[Any], box: Box) -> bytes | None:
    content: bytes | None = row.content
    return content if row.subject is None else box.open(row.subject, _place(row.id), content)


def _message(row: Row[Any], body: bytes) -> Message:
    return Message(
        id=row.id,
        once=row.once,
        part=row.part,
        channel=Channel(row.channel),
        about=row.about,
        body=body,
        created_at_ms=row.created_at_ms,
        last_at_ms=row.last_at_ms,
        subject=CustomerId(row.subject) if row.subject is not None else None,
        endpoint=row.endpoint,
    )


def _values(message: Message, box: Box) -> dict[str, Any]:
    subject = message.subject
    return {
        "id": message.id,
        "once": message.once,
        "part": message.part,
        "channel": message.channel.value,
        "about": message.about,
        "subject": subject,
        "endpoint": message.endpoint,
        "content": message.body if subject is None else box.seal(subject, _place(message.id), message.body),
        "state": Standing.WAITING.value,
        "created_at_ms": message.created_at_ms,
        "due_at_ms": message.created_at_ms,
        "last_at_ms": message.last_at_ms,
        "tries": 0,
    }


def _place(message: str) -> Place:
    return Place(table.name, table.c.content.name, message)
