"""What ties a customer to us, asked in one transaction: before somebody is erased, and while it is done."""

from sqlalchemy import func, select

from server.storage.merging import group_of
from server.storage.tables import cases, customers, flags, holds, sessions
from server.storage.transaction import Transaction
from session.model import State
from support.case import CaseState
from support.erasure import Bonds, HoldKind
from support.identity import CustomerId


async def bonds_of(connection: Transaction, subject: CustomerId) -> Bonds:
    """Of this record and of all that were merged into it: they go together."""
    group = group_of(subject)
    since = await connection.scalar(select(func.max(customers.c.since_ms)).where(customers.c.id.in_(group)))
    activity = await connection.scalar(
        select(func.max(cases.c.last_activity_ms)).where(cases.c.customer.in_(group))
    )
    opened = await connection.scalar(
        select(func.max(sessions.c.opened_at)).where(sessions.c.customer.in_(group))
    )
    live = await connection.scalar(
        select(func.count())
        .select_from(sessions)
        .where(sessions.c.customer.in_(group), sessions.c.state != State.ENDED.value)
    )
    open_cases = await connection.scalar(
        select(func.count())
        .select_from(cases)
        .where(cases.c.customer.in_(group), cases.c.state == CaseState.OPEN.value)
    )
    theirs = select(sessions.c.id).where(sessions.c.customer.in_(group))
    flagged = await connection.scalar(
        select(func.max(flags.c.raised_at_ms)).where(
            flags.c.session.in_(theirs) | flags.c.target.in_(theirs) | flags.c.target.in_(group)
        )
    )
    held = await connection.scalars(
        select(holds.c.kind).where(holds.c.subject.in_(group), holds.c.lifted_at_ms.is_(None))
    )
    return Bonds(
        last_contact_ms=max(since or 0, activity or 0, opened or 0),
        live_session=bool(live),
        open_case=bool(open_cases),
        latest_flag_ms=flagged,
        holds=frozenset(HoldKind(kind) for kind in held),
    )
