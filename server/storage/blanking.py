"""A customer's rows without the customer: what was sealed is gone, what gave access is gone, what the organisation did
stays. Blanking twice changes nothing."""

import secrets
from typing import Final

from sqlalchemy import delete, literal, or_, select, update

from server.outbox.message import Standing
from server.storage.action_tables import actions
from server.storage.factors_tables import (
    cancellations,
    factor_caps,
    factor_requests,
    known_devices,
    recovery_codes,
)
from server.storage.me_tables import contacts, customer_logins, handoffs
from server.storage.outbox_tables import outbox
from server.storage.passkey_tables import passkey_challenges, passkey_handles, passkeys
from server.storage.tables import (
    attempts,
    authenticators,
    cases,
    customer_cookies,
    customers,
    enrolments,
    erasures,
    holds,
    invitations,
    resets,
    sessions,
)
from server.storage.transaction import Transaction
from support.identity import CustomerId
from verification.guesses import accounts_of

PSEUDONYM: Final = "erased-"
_RANDOM_BYTES: Final = 12


async def blank(connection: Transaction, subject: CustomerId, now_ms: int) -> int:
    """How many rows were changed or deleted. The organisation's own reference becomes a random one."""
    theirs = select(sessions.c.id).where(sessions.c.customer == subject)
    links = select(literal("enrolment/") + enrolments.c.id).where(enrolments.c.subject == subject)
    browsers = select(literal("device/") + known_devices.c.id).where(known_devices.c.customer == subject)
    statements = (
        update(customers)
        .where(customers.c.id == subject, customers.c.erased_at_ms.is_(None))
        .values(record=None, reference=PSEUDONYM + secrets.token_hex(_RANDOM_BYTES), erased_at_ms=now_ms),
        update(cases)
        .where(cases.c.customer == subject, cases.c.reason.is_not(None))
        .values(reason=None, named=None),
        update(sessions)
        .where(sessions.c.customer == subject, sessions.c.personal.is_not(None))
        .values(personal=None),
        update(holds).where(holds.c.subject == subject, holds.c.reason.is_not(None)).values(reason=None),
        update(erasures)
        .where(erasures.c.subject == subject, erasures.c.proof.is_not(None))
        .values(proof=None),
        update(outbox)
        .where(outbox.c.subject == subject, outbox.c.state == Standing.WAITING.value)
        .values(state=Standing.VOID.value, done_at_ms=now_ms),
        update(outbox).where(outbox.c.subject == subject, outbox.c.content.is_not(None)).values(content=None),
        update(actions)
        .where(actions.c.customer == subject, actions.c.summary.is_not(None))
        .values(summary=None, cancel_hash=None),
        delete(invitations).where(invitations.c.session.in_(theirs)),
        delete(customer_cookies).where(customer_cookies.c.session.in_(theirs)),
        delete(authenticators).where(authenticators.c.owner == subject),
        delete(attempts).where(
            or_(
                attempts.c.account.in_(accounts_of(subject)),
                attempts.c.account.in_(links),
                attempts.c.account.in_(browsers),
            )
        ),
        delete(factor_requests).where(
            or_(factor_requests.c.customer == subject, factor_requests.c.absorbed == subject)
        ),
        delete(factor_caps).where(factor_caps.c.customer == subject),
        delete(cancellations).where(cancellations.c.customer == subject),
        delete(known_devices).where(known_devices.c.customer == subject),
        delete(recovery_codes).where(recovery_codes.c.customer == subject),
        delete(enrolments).where(enrolments.c.subject == subject),
        delete(passkeys).where(passkeys.c.owner == subject),
        delete(passkey_handles).where(passkey_handles.c.owner == subject),
        delete(passkey_challenges).where(passkey_challenges.c.owner == subject),
        delete(resets).where(resets.c.subject == subject),
        delete(customer_logins).where(customer_logins.c.customer == subject),
        delete(handoffs).where(handoffs.c.customer == subject),
        delete(contacts).where(contacts.c.customer == subject),
    )
    return sum([(await connection.execute(statement)).rowcount for statement in statements])
