"""Brings the row and the log up to what is already true in memory. Part of the conductor's shell.

Only the process that holds a session moves it, so on a conflict the row's version is learnt and the write repeated: the
other version can only be our own write that was persisted although it failed. One exception: an ended row is final.
"""

from dataclasses import replace
from typing import Final

from audit.ports import AuditWriter
from session.holding import Holding
from session.model import Session, State
from session.ports import SessionConflict, SessionStore, StoreUnavailable

_TRIES: Final = 3


class EndedElsewhere(Exception):
    """The row says that the session has ended, and memory did not know. `row` is to be believed."""

    def __init__(self, row: Session) -> None:
        super().__init__("The session has ended.")
        self.row = row


class Keeping:
    def __init__(self, store: SessionStore, log: AuditWriter) -> None:
        self._store, self._log = store, log

    async def write(self, holding: Holding, target: Session, log_index: int | None) -> Session:
        """Write `target`, whatever version the row has. Raises StoreUnavailable or EndedElsewhere."""
        for _ in range(_TRIES):
            try:
                saved = await self._store.save(replace(target, version=holding.version), log_index=log_index)
            except SessionConflict:
                await self._learn_version(holding, target)
            else:
                holding.version = saved.version
                return saved
        raise StoreUnavailable("The row keeps changing under every write.")

    async def settle(self, holding: Holding) -> None:
        """Row, then log. Where the store does not answer the log is told all the same, and the row stays to be written.

        Raises EndedElsewhere.
        """
        async with holding.saving:
            try:
                await self._write_truth(holding)
            except StoreUnavailable:
                holding.dirty = True
            finally:
                self._tell(holding)

    async def _write_truth(self, holding: Holding) -> None:
        if holding.unborn:
            await self._look_for_row(holding)
        while holding.dirty:
            changes = holding.changes
            saved = await self.write(holding, holding.truth, None)
            holding.truth = replace(holding.truth, version=saved.version)
            holding.dirty = holding.changes != changes

    def _tell(self, holding: Holding) -> None:
        if holding.unborn:
            return
        untold, holding.untold = holding.untold, []
        for entry in untold:
            self._log.append_reducing(entry)

    async def _look_for_row(self, holding: Holding) -> None:
        row = await self._store.load(holding.truth.id)
        holding.unborn = False
        if row is None:
            holding.dirty, holding.untold = False, []
        else:
            holding.version = row.version

    async def _learn_version(self, holding: Holding, target: Session) -> None:
        row = await self._store.load(target.id)
        if row is None:
            raise StoreUnavailable("The row of a live session is missing.")
        holding.version = row.version
        if row.state is State.ENDED and target.state is not State.ENDED:
            raise EndedElsewhere(row)
