"""Enrolments: their links by hash, and the writes of which each happens once."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Row, Update, and_, delete, exists, or_, select, true, union_all, update

from server.storage.agents_tables import staff_identities
from server.storage.customer_logins import all_ended
from server.storage.database import AlreadyThere, Database
from server.storage.factor_caps import is_stopped, settle_cap
from server.storage.known_devices import all_void
from server.storage.passkey_tables import passkeys
from server.storage.passkeys import NewRow, passkeys_of
from server.storage.resets import approvals_forgotten
from server.storage.standing import must_stand_alone
from server.storage.tables import attempts, authenticators, logins, staff
from server.storage.tables import enrolments as table
from server.storage.transaction import Transaction, Within, nothing
from verification.authenticator import Authenticator
from verification.enrolment import (
    CLAIM_SETTLED_WITHIN_MS,
    Enrolment,
    EnrolmentRefused,
    Reason,
    Subject,
    SubjectKind,
)

Confirmed = Authenticator | NewRow


class SqlEnrolmentStore:
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def issue(
        self,
        enrolment: Enrolment,
        log_index: int,
        *,
        by: str | None = None,
        first: bool = False,
        within: Within = nothing,
    ) -> int | None:
        """Add it, and withdraw what its subject had unfinished; how many that were. `log_index` is the intent's, `by`
        the id of who gives it.
        `first`: None, and nothing of it, if the subject has an authenticator by now, or had to stop the last one.
        `within`: part of the same write; what it raises undoes it."""
        async with self._database.writing() as connection:
            if first and await _is_known(connection, enrolment.subject, enrolment.issued_at_ms):
                return None
            if enrolment.subject.kind is SubjectKind.CUSTOMER:
                await must_stand_alone(connection, enrolment.subject.id)
            withdrawn = await connection.execute(withdrawal(enrolment.subject, enrolment.issued_at_ms))
            await connection.execute(_tidying(enrolment.issued_at_ms))
            await within(connection)
            await connection.execute(
                table.insert().values(
                    id=enrolment.id,
                    subject=enrolment.subject.id,
                    kind=enrolment.subject.kind.value,
                    token_hash=enrolment.token_hash,
                    log_index=log_index,
                    issued_at_ms=enrolment.issued_at_ms,
                    expires_at_ms=enrolment.expires_at_ms,
                    issued_by=by,
                )
            )
        return withdrawn.rowcount

    async def withdraw(self, subject: Subject, now_ms: int) -> int:
        """Nothing that the subject has unfinished is good any more; how many links that were."""
        async with self._database.writing() as connection:
            return (await connection.execute(withdrawal(subject, now_ms))).rowcount

    async def of_token(self, token_hash: str) -> Enrolment | None:
        return await self._one(table.c.token_hash == token_hash)

    async def of_holder(self, holder_hash: str) -> Enrolment | None:
        return await self._one(table.c.holder_hash == holder_hash)

    async def any_used_since(self, subjects: Collection[str], at_ms: int) -> bool:
        """Whether one of these has set up anew how they sign in, after this moment."""
        anew = select(table.c.id).where(table.c.subject.in_(subjects), table.c.finished_at_ms > at_ms)
        async with self._database.reading() as connection:
            return await connection.scalar(anew.limit(1)) is not None

    async def claim(self, enrolment: str, holder_hash: str, now_ms: int) -> bool:
        """True to exactly one caller at a time, for a live link that nobody holds. `settle` or `release` it then."""
        nobodys = or_(
            table.c.claimed_at_ms.is_(None),
            and_(table.c.claim_index.is_(None), table.c.claimed_at_ms <= now_ms - CLAIM_SETTLED_WITHIN_MS),
        )
        claim = update(table).where(table.c.id == enrolment, _live(now_ms), nobodys)
        try:
            return await self._changed(claim.values(claimed_at_ms=now_ms, holder_hash=holder_hash))
        except AlreadyThere:  # the same holder claimed another link in this very moment
            return False

    async def settle(self, enrolment: str, holder_hash: str, claim_index: int) -> bool:
        """The claim is on record: this holder keeps it. False if another has claimed it meanwhile."""
        return await self._changed(
            update(table).where(_held(enrolment, holder_hash)).values(claim_index=claim_index)
        )

    async def release(self, enrolment: str, holder_hash: str) -> None:
        """The claim came to nothing: the link is open again."""
        await self._changed(
            update(table)
            .where(_held(enrolment, holder_hash), table.c.claim_index.is_(None))
            .values(claimed_at_ms=None, holder_hash=None)
        )

    async def choose_password(
        self, enrolment: str, holder_hash: str, password_hash: str, now_ms: int
    ) -> bool:
        """Pending, and another one later replaces it. False if the link is not this holder's, or over."""
        return await self._changed(
            update(table)
            .where(_held(enrolment, holder_hash), _live(now_ms), table.c.kind == SubjectKind.STAFF.value)
            .values(password_hash=password_hash)
        )

    async def choose_authenticator(
        self, enrolment: str, holder_hash: str, pending: Authenticator, now_ms: int
    ) -> bool:
        """As `choose_password`."""
        return await self._changed(
            update(table)
            .where(_held(enrolment, holder_hash), _live(now_ms))
            .values(authenticator=pending.id, version=pending.version, sealed=pending.sealed)
        )

    async def finish(
        self,
        held: Enrolment,
        confirmed: Confirmed,
        now_ms: int,
        *,
        forgiven: tuple[str, ...],
        within: Within = nothing,
    ) -> bool:
        """In one transaction: the link is used up, `confirmed` replaces the owner's authenticator and passkeys, its
        last step used, a pending password replaces the former one, the person's sign-ins end, staff are not linked to
        the organisation's own sign-in any more, a customer's browsers are not known any more, and the failed attempts
        of the accounts `forgiven` are gone. False, and nothing of it, unless `held` is still as it was read. `within`:
        part of the same write. Raises AlreadyThere for a passkey that is known."""
        code = confirmed if isinstance(confirmed, Authenticator) else None
        async with self._database.writing() as connection:
            used = await connection.execute(
                update(table)
                .where(
                    _held(held.id, held.holder_hash or ""),
                    _live(now_ms),
                    table.c.authenticator == code.id if code else true(),
                    table.c.password_hash.is_not_distinct_from(held.password_hash),
                )
                .values(finished_at_ms=now_ms, password_hash=None, sealed=None)
            )
            if used.rowcount != 1:
                return False
            await connection.execute(passkeys_of(held.subject))
            await _remove_authenticator(connection, held.subject, now_ms)
            if code is not None:
                await _add_authenticator(connection, code, used_by=f"enrolment/{held.id}")
            elif isinstance(confirmed, NewRow):
                await connection.execute(confirmed.statement())
            if held.subject.kind is SubjectKind.STAFF:
                await _replace_credentials(connection, held, now_ms)
            else:  # whatever browser was known with the former authenticator proves itself with the new one
                await connection.execute(all_void(held.subject.id, now_ms))
                await connection.execute(all_ended(held.subject.id, now_ms))
                await settle_cap(connection, held.subject.id, now_ms)
            await connection.execute(delete(attempts).where(attempts.c.account.in_(forgiven)))
            await within(connection)
        return True

    async def _one(self, which: ColumnElement[bool]) -> Enrolment | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(table).where(which))).one_or_none()
        return _enrolment(row) if row is not None else None

    async def _changed(self, statement: Update) -> bool:
        async with self._database.writing() as connection:
            return (await connection.execute(statement)).rowcount == 1


def _live(now_ms: int) -> ColumnElement[bool]:
    return and_(
        table.c.finished_at_ms.is_(None), table.c.withdrawn_at_ms.is_(None), table.c.expires_at_ms > now_ms
    )


def _held(enrolment: str, holder_hash: str) -> ColumnElement[bool]:
    return and_(table.c.id == enrolment, table.c.holder_hash == holder_hash)


async def _is_known(connection: Transaction, subject: Subject, now_ms: int) -> bool:
    """By an app, or a passkey, which proves even more; or until a moment ago."""
    if await is_stopped(connection, subject.id, now_ms):
        return True
    app = select(authenticators.c.id).where(
        authenticators.c.owner == subject.id, authenticators.c.removed_at_ms.is_(None)
    )
    found = await connection.execute(
        union_all(app, select(passkeys.c.id).where(passkeys.c.owner == subject.id))
    )
    return found.first() is not None


async def must_go_on(connection: Transaction, link: Enrolment, now_ms: int) -> None:
    """In the write of what the browser of a finished link adds to it: the link was not taken back since, no later one
    has replaced what it gave, and its person is not blocked. Raises EnrolmentRefused."""
    later = table.alias()
    replaced = exists().where(
        later.c.subject == link.subject.id, later.c.finished_at_ms > table.c.finished_at_ms
    )
    blocked = exists().where(staff.c.id == link.subject.id, staff.c.blocked_until_ms > now_ms)
    going_on = select(table.c.id).where(
        table.c.id == link.id,
        table.c.finished_at_ms.is_not(None),
        table.c.withdrawn_at_ms.is_(None),
        ~replaced,
        ~blocked,
    )
    if await connection.scalar(going_on) is None:
        raise EnrolmentRefused(Reason.WITHDRAWN, link)


def withdrawal(subject: Subject, now_ms: int) -> Update:
    """What was pending goes with the link."""
    return (
        update(table)
        .where(table.c.subject == subject.id, _live(now_ms))
        .values(withdrawn_at_ms=now_ms, password_hash=None, sealed=None)
    )


def _tidying(now_ms: int) -> Update:
    """Whatever was pending in links that ran out can never be finished; it need not lie about."""
    pending = or_(table.c.password_hash.is_not(None), table.c.sealed.is_not(None))
    return (
        update(table).where(table.c.expires_at_ms <= now_ms, pending).values(password_hash=None, sealed=None)
    )


async def _remove_authenticator(connection: Transaction, subject: Subject, now_ms: int) -> None:
    await connection.execute(
        update(authenticators)
        .where(authenticators.c.owner == subject.id, authenticators.c.removed_at_ms.is_(None))
        .values(removed_at_ms=now_ms, sealed=b"")  # what is removed can never open again
    )


async def _add_authenticator(connection: Transaction, confirmed: Authenticator, *, used_by: str) -> None:
    await connection.execute(
        authenticators.insert().values(
            id=confirmed.id,
            owner=confirmed.owner,
            version=confirmed.version,
            sealed=confirmed.sealed,
            clock_offset=confirmed.offset,
            last_step=confirmed.last_step,
            last_used_by=used_by,
            previous_step=-1,
            previous_used_by="",
        )
    )


async def _replace_credentials(connection: Transaction, held: Enrolment, now_ms: int) -> None:
    for statement in approvals_forgotten(held.subject.id):
        await connection.execute(statement)
    if held.password_hash is not None:
        await connection.execute(
            update(staff).where(staff.c.id == held.subject.id).values(password_hash=held.password_hash)
        )
    await connection.execute(delete(staff_identities).where(staff_identities.c.staff == held.subject.id))
    await connection.execute(
        update(logins)
        .where(logins.c.staff == held.subject.id, logins.c.ended_at_ms.is_(None))
        .values(ended_at_ms=now_ms)
    )


def _enrolment(row: Row[Any]) -> Enrolment:
    subject = Subject(SubjectKind(row.kind), row.subject)
    pending = (
        Authenticator(row.authenticator, subject.id, row.version, row.sealed)
        if row.sealed is not None
        else None
    )
    return Enrolment(
        id=row.id,
        subject=subject,
        token_hash=row.token_hash,
        issued_at_ms=row.issued_at_ms,
        expires_at_ms=row.expires_at_ms,
        claimed_at_ms=row.claimed_at_ms,
        claim_index=row.claim_index,
        holder_hash=row.holder_hash,
        password_hash=row.password_hash,
        pending=pending,
        finished_at_ms=row.finished_at_ms,
        withdrawn_at_ms=row.withdrawn_at_ms,
    )
