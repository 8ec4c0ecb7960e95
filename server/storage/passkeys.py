"""Passkeys of customers and staff, and the one atomic write by which one is used."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Delete, Insert, Row, bindparam, delete, func, select, update

from server.storage.database import AlreadyThere, Database
from server.storage.passkey_tables import passkey_handles as handles
from server.storage.passkey_tables import passkeys as table
from server.storage.sealed import Box, Place, Sealing
from server.storage.transaction import Transaction, Within
from verification.enrolment import Subject, SubjectKind
from verification.passkey import MOST_PASSKEYS, Passkey

_NO_LABEL: Final = ""
_OF_CREDENTIAL: Final = (
    select(table, handles.c.handle)
    .select_from(table.join(handles, table.c.owner == handles.c.owner))
    .where(table.c.credential == bindparam("of"))
)
_USED: Final = (
    update(table)
    .where(table.c.id == bindparam("of"), table.c.disabled_at_ms.is_(None))
    .values(sign_count=bindparam("count"), last_used_ms=bindparam("now"))
)
_COUNT_ON: Final = _USED.where(table.c.sign_count < bindparam("count"))
_STAY_AT_ZERO: Final = _USED.where(table.c.sign_count == 0)


class SqlPasskeyStore:
    """Implements verification.passkey_ports.PasskeyStore."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database, self._sealing = database, sealing

    async def of_owner(self, owner: Subject) -> list[Passkey]:
        wanted = select(table).where(table.c.owner == owner.id, table.c.kind == owner.kind.value)
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted.order_by(table.c.created_at_ms, table.c.id))).all()
        if not rows:
            return []
        box = await self._sealing.reading([owner.id])
        return [_passkey(row, _label(row, box)) for row in rows]

    async def of_credential(self, credential: bytes) -> tuple[Passkey, bytes] | None:
        """Without its label, which nobody needs for judging."""
        row = await self._database.read(
            lambda connection: connection.execute(_OF_CREDENTIAL, {"of": credential}).one_or_none()
        )
        return (_passkey(row, _NO_LABEL), bytes(row.handle)) if row is not None else None

    async def handle_of(self, owner: Subject, fresh: bytes) -> bytes:
        wanted = select(handles.c.handle).where(handles.c.owner == owner.id)
        async with self._database.writing() as connection:
            await connection.execute(
                self._database.insert(handles)
                .values(owner=owner.id, handle=fresh)
                .on_conflict_do_nothing(index_elements=[handles.c.owner])
            )
            return bytes((await connection.execute(wanted)).scalar_one())

    async def count_on(self, passkey: str, sign_count: int, now_ms: int) -> bool:
        given = {"of": passkey, "count": sign_count, "now": now_ms}
        statement = _COUNT_ON if sign_count else _STAY_AT_ZERO

        def counted(connection: Connection) -> bool:
            return connection.execute(statement, given).rowcount == 1

        return await self._database.write(counted)

    async def disable(self, passkey: str, now_ms: int) -> bool:
        async with self._database.writing() as connection:
            changed = await connection.execute(
                update(table)
                .where(table.c.id == passkey, table.c.disabled_at_ms.is_(None))
                .values(disabled_at_ms=now_ms)
            )
        return changed.rowcount == 1

    async def new_row(self, passkey: Passkey, log_index: int) -> "NewRow":
        """To be written by this store or within another's transaction. `log_index` is the intent's."""
        box = await self._sealing.writing(passkey.owner.id)
        return NewRow(
            passkey, log_index, box.seal(passkey.owner.id, _place(passkey.id), passkey.label.encode())
        )

    async def add(self, row: "NewRow", *within: Within) -> bool:
        """False, and nothing of it, if this credential is known or the owner has ten. `within`: judged and told in the
        same transaction; what one of them raises takes all of it back."""
        owner = row.passkey.owner
        try:
            async with self._database.writing() as connection:
                own = await connection.execute(select(table.c.id).where(table.c.owner == owner.id))
                if len(own.all()) >= MOST_PASSKEYS:
                    return False
                await connection.execute(row.statement())
                for one in within:
                    await one(connection)
        except AlreadyThere:
            return False
        return True

    async def remove(self, owner: Subject, passkey: str, *within: Within) -> bool:
        """False, and nothing else, if this owner has none of this id. `within` as with `add`."""
        async with self._database.writing() as connection:
            removed = await connection.execute(
                delete(table).where(
                    table.c.id == passkey, table.c.owner == owner.id, table.c.kind == owner.kind.value
                )
            )
            if removed.rowcount == 1:
                for one in within:
                    await one(connection)
        return removed.rowcount == 1


@dataclass(frozen=True, slots=True)
class NewRow:
    """A passkey that is about to be added."""

    passkey: Passkey
    log_index: int
    sealed_label: bytes

    def statement(self) -> Insert:
        """Raises AlreadyThere, on execution, for a credential that is known."""
        passkey = self.passkey
        return table.insert().values(
            id=passkey.id,
            owner=passkey.owner.id,
            kind=passkey.owner.kind.value,
            credential=passkey.credential,
            public_key=passkey.public_key,
            sign_count=passkey.sign_count,
            backed_up=passkey.backed_up,
            label=self.sealed_label,
            log_index=self.log_index,
            created_at_ms=passkey.created_at_ms,
        )


async def good_ones(connection: Transaction, owner: Subject) -> int:
    """How many passkeys of this owner count now, in a write that changes that."""
    own = select(func.count()).select_from(table).where(table.c.owner == owner.id)
    return int(await connection.scalar(own.where(table.c.disabled_at_ms.is_(None))))


def passkeys_of(owner: Subject) -> Delete:
    """All of them are no longer good."""
    return delete(table).where(table.c.owner == owner.id)


def _place(passkey: str) -> Place:
    return Place(table.name, table.c.label.name, passkey)


def _label(row: Row[Any], box: Box) -> str:
    opened = box.open(row.owner, _place(row.id), row.label)
    return opened.decode() if opened is not None else _NO_LABEL


def _passkey(row: Row[Any], label: str) -> Passkey:
    return Passkey(
        id=row.id,
        owner=Subject(SubjectKind(row.kind), row.owner),
        credential=bytes(row.credential),
        public_key=bytes(row.public_key),
        sign_count=row.sign_count,
        backed_up=row.backed_up,
        label=label,
        created_at_ms=row.created_at_ms,
        last_used_ms=row.last_used_ms,
        disabled_at_ms=row.disabled_at_ms,
    )
