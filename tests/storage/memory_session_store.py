"""A session store in memory, with switches for faults. It passes the suite like the real one."""

from dataclasses import replace

from session.identity import SessionId
from session.model import Session, State
from session.ports import SessionConflict, StoreUnavailable


class MemorySessionStore:
    """`fail_next`: the next write raises and leaves nothing; `fail_but_persist`: it raises, yet the row is there.

    `down`: every call raises, until it is set to False again.
    """

    def __init__(self) -> None:
        self.rows: dict[SessionId, Session] = {}
        self.log_indices: list[int | None] = []
        self.fail_next = False
        self.fail_but_persist = False
        self.down = False

    async def create(self, session: Session, *, log_index: int) -> None:
        self._before_write()
        if session.id in self.rows:
            raise SessionConflict("There is such a session already.")
        self._write(session, log_index)

    async def load(self, session: SessionId) -> Session | None:
        if self.down:
            raise StoreUnavailable("the store is down")
        return self.rows.get(session)

    async def save(self, session: Session, *, log_index: int | None) -> Session:
        self._before_write()
        row = self.rows.get(session.id)
        if row is None or row.version != session.version:
            raise SessionConflict("The row changed.")
        raised = replace(session, version=session.version + 1)
        self._write(raised, log_index)
        return raised

    async def unfinished(self) -> list[Session]:
        if self.down:
            raise StoreUnavailable("the store is down")
        return [row for row in self.rows.values() if row.state is not State.ENDED]

    def _before_write(self) -> None:
        if self.down or self.fail_next:
            self.fail_next = False
            raise StoreUnavailable("the store failed")

    def _write(self, session: Session, log_index: int | None) -> None:
        self.rows[session.id] = session
        self.log_indices.append(log_index)
        if self.fail_but_persist:
            self.fail_but_persist = False
            raise StoreUnavailable("the store failed after it had written")
