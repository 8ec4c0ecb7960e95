"""What other servers have taken away, read from where it is true."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Select, select

from server.storage.bus_tables import bus_runs
from server.storage.database import AlreadyThere, Database, batched
from server.storage.tables import logins, sessions
from session.identity import LoginId, SessionId
from session.model import State

TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Ends:
    """`run`: the bus that is in charge, None before there was any. Of those asked for: which have ended."""

    run: str | None
    logins: frozenset[LoginId]
    sessions: frozenset[SessionId]


class SqlOthers:
    """Implements `server.membership.Others`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ends(self, asked: frozenset[LoginId], held: frozenset[SessionId]) -> Ends:
        """One consistent view. Raises StoreUnavailable."""
        return await self._database.apart(lambda connection: _ends(connection, asked, held))

    async def agree(self, run: str, now_ms: int) -> bool:
        """Whether `run` is the one in charge: it was, or is from now on, since nothing followed it before.

        Raises StoreUnavailable.
        """
        for _ in range(TRIES):
            try:
                return await self._database.write(lambda connection: _agreed(connection, run, now_ms))
            except AlreadyThere:  # another server named one at the same time
                continue
        return False


def _agreed(connection: Connection, run: str, now_ms: int) -> bool:
    latest = connection.execute(_latest()).one_or_none()
    if latest is not None and latest.run == run:
        return True
    if connection.scalar(select(bus_runs.c.number).where(bus_runs.c.run == run)) is not None:
        return False
    number = 1 if latest is None else latest.number + 1
    connection.execute(bus_runs.insert().values(number=number, run=run, since_ms=now_ms))
    return True


def _ends(connection: Connection, asked: frozenset[LoginId], held: frozenset[SessionId]) -> Ends:
    latest = connection.execute(_latest()).one_or_none()
    signed_out: set[LoginId] = set()
    for some in batched(sorted(asked)):
        found = select(logins.c.id).where(logins.c.id.in_(some), logins.c.ended_at_ms.is_not(None))
        signed_out.update(LoginId(name) for name in connection.scalars(found))
    over: set[SessionId] = set()
    for names in batched(sorted(held)):
        ended = select(sessions.c.id).where(sessions.c.id.in_(names), sessions.c.state == State.ENDED)
        over.update(SessionId(name) for name in connection.scalars(ended))
    return Ends(None if latest is None else str(latest.run), frozenset(signed_out), frozenset(over))


def _latest() -> Select[tuple[int, str]]:
    return select(bus_runs.c.number, bus_runs.c.run).order_by(bus_runs.c.number.desc()).limit(1)
