"""Sessions as JSON, and beside it what is asked for by SQL. The customer's device, proof of identity, consent and what
they asked for are sealed under that customer's own key; of somebody erased they are gone, and the rest still tells what
happened."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, Connection, Row, bindparam, func, select, update

from server.storage.database import AlreadyThere, Database
from server.storage.sealed import Box, Place, Sealing
from server.storage.tables import sessions
from session.identity import CaseId, SessionId
from session.model import Consent, Device, Help, Session, State, Verification
from session.ports import SessionConflict


class _Personal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    device: Device | None = None
    verification: Verification | None = None
    assertion: Verification | None = None
    consent: Consent | None = None
    help: Help | None = None


_NOTHING = _Personal()
_KEPT: Final = ("state", "agent", "case_id", "customer", "opened_at", "version", "body", "personal")
_SAVE: Final = (
    update(sessions)
    .where(sessions.c.id == bindparam("of"), sessions.c.version == bindparam("of_version"))
    .values(
        log_index=func.coalesce(bindparam("new_log_index", type_=BigInteger), sessions.c.log_index),
        **{name: bindparam(f"new_{name}") for name in _KEPT},
    )
)


class SqlSessionStore:
    """Implements session.ports.SessionStore."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database, self._sealing = database, sealing

    async def create(self, session: Session, *, log_index: int) -> None:
        """Raises SessionConflict if the id is taken."""
        box = await self._sealing.writing(session.customer)
        try:
            async with self._database.writing() as connection:
                await connection.execute(
                    sessions.insert().values(id=session.id, log_index=log_index, **_columns(session, box))
                )
        except AlreadyThere as error:
            raise SessionConflict(f"session {session.id} exists") from error

    async def load(self, session: SessionId) -> Session | None:
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(sessions).where(sessions.c.id == session))).all()
        return next(iter(await self.opened(rows)), None)

    async def in_case(self, case: CaseId) -> list[Session]:
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(sessions).where(sessions.c.case_id == case))).all()
        return await self.opened(rows)

    async def save(self, session: Session, *, log_index: int | None) -> Session:
        saved = replace(session, version=session.version + 1)
        columns = _columns(saved, await self._sealing.writing(session.customer))
        kept = {f"new_{name}": columns[name] for name in _KEPT}
        asked = {"of": session.id, "of_version": session.version, "new_log_index": log_index, **kept}

        def written(connection: Connection) -> None:
            if connection.execute(_SAVE, asked).rowcount != 1:
                raise SessionConflict(f"session {session.id} changed since it was loaded")

        await self._database.write(written)
        return saved

    async def unfinished(self) -> list[Session]:
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(sessions).where(sessions.c.state != State.ENDED).order_by(sessions.c.opened_at)
            )
            found = rows.all()
        return await self.opened(found)

    async def highest_log_index(self) -> int | None:
        """The highest index of an intent that any row carries. A log that is shorter has lost entries."""
        async with self._database.reading() as connection:
            found = await connection.scalar(
                select(sessions.c.log_index).order_by(sessions.c.log_index.desc()).limit(1)
            )
        return int(found) if found is not None else None

    async def opened(self, rows: Sequence[Row[Any]]) -> list[Session]:
        """In the order of the rows."""
        box = await self._sealing.reading({row.customer for row in rows if row.personal is not None})
        return [_session(row, box) for row in rows]


def _columns(session: Session, box: Box) -> dict[str, object]:
    return {
        "state": session.state.value,
        "agent": session.agent,
        "case_id": session.case,
        "customer": session.customer,
        "opened_at": session.opened_at,
        "version": session.version,
        "body": msgspec.json.encode(_plain(session)).decode(),
        "personal": _sealed(session, box),
    }


def _plain(session: Session) -> Session:
    return replace(session, device=None, verification=None, assertion=None, consent=None, help=None)


def _sealed(session: Session, box: Box) -> bytes | None:
    """None if there is nothing yet, or nothing any more: the session of somebody erased can still be ended."""
    personal = _Personal(
        session.device, session.verification, session.assertion, session.consent, session.help
    )
    if personal == _NOTHING or not box.holds(session.customer):
        return None
    return box.seal(session.customer, _place(session.id), msgspec.json.encode(personal))


def _session(row: Row[Any], box: Box) -> Session:
    session = msgspec.json.decode(row.body, type=Session)
    content = box.open(row.customer, _place(row.id), row.personal)
    if content is None:
        return session
    personal = msgspec.json.decode(content, type=_Personal)
    return replace(
        session,
        device=personal.device,
        verification=personal.verification,
        assertion=personal.assertion,
        consent=personal.consent,
        help=personal.help,
    )


def _place(session: str) -> Place:
    return Place(sessions.name, sessions.c.personal.name, session)
