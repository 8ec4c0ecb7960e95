"""Receipts for the customer of a session: which there are, and each as a file, for as long as their cookie lives.

A receipt opens the customer's own section to whoever holds the file. So only the browser of that session gets it; staff
do not, and each that leaves is an entry first.
"""

from collections import Counter
from typing import Final

from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.log import AuditLog
from audit.receipts.source import NoReceipt
from server.consents import Consents
from server.labels import LabelBook
from server.problems import Problem, not_found
from server.receipt_book import ReceiptBook, Receivable
from session.conductor import Conductor
from session.identity import SessionId
from session.model import State
from session.ports import Clock

ISSUED_AT_MOST: Final = 24  # for one session: enough for every mishap, too few to fill a log with

END_TOLD_WITHIN_S: Final = (
    2.0  # longer only where the log is in trouble, and then there is no proof to be had
)


class Receipts:
    def __init__(
        self, log: AuditLog, conductor: Conductor, consents: Consents, labels: LabelBook, clock: Clock
    ) -> None:
        self._log, self._conductor, self._consents = log, conductor, consents
        self._labels, self._clock = labels, clock
        self.book = ReceiptBook()
        self._under_way: Counter[SessionId] = Counter()
        log.subscribe(self.book.heard)

    @property
    def verifier_key(self) -> str:
        return self._log.verifier_key

    async def of(self, session: SessionId) -> list[Receivable]:
        """Of a session that has ended, the end too. Raises StoreUnavailable."""
        if (await self._conductor.load(session)).state is State.ENDED:
            await self.book.told_of_end(session, END_TOLD_WITHIN_S)
        return self.book.of(session)

    async def issue(self, session: SessionId, index: int) -> tuple[Receivable, bytes]:
        """The file, once its issue is durable in the log. Raises Problem, LogUnavailable."""
        row = next((row for row in self.book.of(session) if row.index == index), None)
        if row is None:
            raise not_found()
        if self.book.issued(session) + self._under_way[session] >= ISSUED_AT_MOST:
            raise Problem(
                429,
                "receipts_used_up",
                "Your receipts were downloaded many times already. Use a copy you have, or ask the organisation.",
            )
        self._under_way[session] += 1
        try:
            content = await self.made(row, session)
            await self._record(session, row)
        finally:
            self._under_way[session] -= 1
            if not self._under_way[session]:
                del self._under_way[session]
        return row, content

    async def made(self, row: Receivable, session: SessionId | None) -> bytes:
        """The file; whoever asks records its issue. `session` is that of a consent. Raises Problem (404)."""
        await self._log.await_signed(row.index)
        wording = await self._wording(session, row) if session is not None else None
        try:
            return await self._log.receipt(row.index, row.subject, row.kind, wording)
        except NoReceipt as error:
            raise not_found() from error

    async def _record(self, session: SessionId, row: Receivable) -> None:
        known = await self._conductor.load(session)
        await self._log.append(
            Event(
                name=EventName.CUSTOMER_RECEIPT_ISSUED,
                outcome=Outcome.DONE,
                at_ms=self._clock.now_ms(),
                actor=Actor(ActorKind.CUSTOMER, row.subject),
                case=known.case,
                session=session,
                customer=row.subject,
                facts={"entry": row.index, "kind": row.kind.value},
            )
        )

    async def _wording(self, session: SessionId, row: Receivable) -> str | None:
        """None where this version of the product no longer has the text that was on screen."""
        if row.wording is None:
            return None
        try:
            labels = await self._labels.of(session)
        except LookupError:
            return None
        return self._consents.wording(row.wording, labels)
