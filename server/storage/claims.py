"""Claiming an invitation, with the cookie of the browser that claims it: one transaction, to be taken back whole."""

import base64
import secrets
from typing import Final

from sqlalchemy import delete, or_, select, update

from server.storage.customer_cookies import COOKIE_LIFE_MS, TOKEN_BYTES, cookie_hash
from server.storage.database import Database
from server.storage.tables import customer_cookies, invitations
from session.identity import DeviceId, SessionId
from session.invitation import InvitationKind

RESERVED_FOR_MS: Final = 10_000  # longer than the law takes to answer


class Claims:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def session_of(self, kind: InvitationKind, stored_hash: str, now: int) -> SessionId | None:
        """Whose invitation this is, claimed or not; None once it is over. Raises StoreUnavailable."""
        column = invitations.c.token_hash if kind is InvitationKind.LINK else invitations.c.code_hash
        async with self._database.reading() as connection:
            found = await connection.scalar(
                select(invitations.c.session).where(column == stored_hash, invitations.c.expires_at > now)
            )
        return SessionId(found) if found is not None else None

    async def reserve(self, session: SessionId, device: DeviceId, now: int) -> str | None:
        """The cookie's token, to exactly one caller at a time, for a session that nobody has joined yet.

        A reservation of which nothing came is void after RESERVED_FOR_MS, for instance after a crash.
        """
        token = base64.urlsafe_b64encode(secrets.token_bytes(TOKEN_BYTES)).rstrip(b"=").decode("ascii")
        free = or_(invitations.c.claimed_at.is_(None), invitations.c.claimed_at <= now - RESERVED_FOR_MS)
        async with self._database.writing() as connection:
            changed = await connection.execute(
                update(invitations)
                .where(invitations.c.session == session, invitations.c.expires_at > now, free)
                .values(claimed_at=now, claimed_by=device)
            )
            if changed.rowcount != 1:
                return None
            cookies = customer_cookies
            await connection.execute(
                delete(cookies).where((cookies.c.session == session) | (cookies.c.expires_at <= now))
            )
            await connection.execute(
                cookies.insert().values(
                    token_hash=cookie_hash(token), session=session, expires_at=now + COOKIE_LIFE_MS
                )
            )
        return token

    async def release(self, session: SessionId, token: str) -> None:
        """Nothing came of this reservation: the invitation is open again. Committed on return."""
        async with self._database.writing() as connection:
            removed = await connection.execute(
                delete(customer_cookies).where(customer_cookies.c.token_hash == cookie_hash(token))
            )
            if removed.rowcount == 1:  # else another has reserved it meanwhile
                await connection.execute(
                    update(invitations)
                    .where(invitations.c.session == session)
                    .values(claimed_at=None, claimed_by=None)
                )
