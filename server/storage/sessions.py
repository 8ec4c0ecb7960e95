"""Sessions: the whole session as JSON in one column, and beside it what is asked for by SQL."""

from dataclasses import replace

import msgspec
from sqlalchemy import select, update

from server.storage.database import AlreadyThere, Database
from server.storage.tables import sessions
from session.identity import SessionId
from session.model import Session, State
from session.ports import SessionConflict


class SqlSessionStore:
    """Implements session.ports.SessionStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, session: Session, *, log_index: int) -> None:
        """Raises SessionConflict if the id is taken."""
        try:
            async with self._database.writing() as connection:
                await connection.execute(
                    sessions.insert().values(id=session.id, log_index=log_index, **_columns(session))
                )
        except AlreadyThere as error:
            raise SessionConflict(f"session {session.id} exists") from error

    async def load(self, session: SessionId) -> Session | None:
        async with self._database.reading() as connection:
            body = await connection.scalar(select(sessions.c.body).where(sessions.c.id == session))
        return _session(body) if body is not None else None

    async def save(self, session: Session, *, log_index: int | None) -> Session:
        saved = replace(session, version=session.version + 1)
        changes = _columns(saved)
        if log_index is not None:
            changes["log_index"] = log_index
        async with self._database.writing() as connection:
            changed = await connection.execute(
                update(sessions)
                .where(sessions.c.id == session.id, sessions.c.version == session.version)
                .values(**changes)
            )
            if changed.rowcount != 1:
                raise SessionConflict(f"session {session.id} changed since it was loaded")
        return saved

    async def unfinished(self) -> list[Session]:
        async with self._database.reading() as connection:
            rows = await connection.scalars(
                select(sessions.c.body).where(sessions.c.state != State.ENDED).order_by(sessions.c.opened_at)
            )
            return [_session(body) for body in rows]

    async def highest_log_index(self) -> int | None:
        """The highest index of an intent that any row carries. A log that is shorter has lost entries."""
        async with self._database.reading() as connection:
            found = await connection.scalar(
                select(sessions.c.log_index).order_by(sessions.c.log_index.desc()).limit(1)
            )
        return int(found) if found is not None else None


def _columns(session: Session) -> dict[str, object]:
    return {
        "state": session.state.value,
        "agent": session.agent,
        "case_id": session.case,
        "customer": session.customer,
        "opened_at": session.opened_at,
        "version": session.version,
        "body": msgspec.json.encode(session).decode("utf-8"),
    }


def _session(body: str) -> Session:
    return msgspec.json.decode(body, type=Session)
