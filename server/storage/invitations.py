"""Invitations, by hash. A claim is one conditional UPDATE."""

from sqlalchemy import select, update

from server.storage.database import Database
from server.storage.tables import invitations as table
from session.identity import DeviceId, SessionId
from session.invitation import Invitation, InvitationKind


class SqlInvitationStore:
    """Implements session.invitation.InvitationStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, invitation: Invitation) -> None:
        """Raises AlreadyThere for a second invitation of a session, or a session that is not there."""
        async with self._database.writing() as connection:
            await connection.execute(
                table.insert().values(
                    session=invitation.session,
                    token_hash=invitation.token_hash,
                    code_hash=invitation.code_hash,
                    created_at=invitation.created_at,
                    expires_at=invitation.expires_at,
                    claimed_at=invitation.claimed_at,
                    claimed_by=invitation.claimed_by,
                )
            )

    async def claim(
        self, kind: InvitationKind, stored_hash: str, device: DeviceId, now: int
    ) -> SessionId | None:
        column = table.c.token_hash if kind is InvitationKind.LINK else table.c.code_hash
        async with self._database.writing() as connection:
            changed = await connection.execute(
                update(table)
                .where(column == stored_hash, table.c.claimed_at.is_(None), table.c.expires_at > now)
                .values(claimed_at=now, claimed_by=device)
            )
            found = await connection.scalar(select(table.c.session).where(column == stored_hash))
        return SessionId(found) if changed.rowcount == 1 and found is not None else None

    async def withdraw(self, session: SessionId, now: int) -> None:
        async with self._database.writing() as connection:
            await connection.execute(
                update(table)
                .where(table.c.session == session, table.c.claimed_at.is_(None), table.c.expires_at > now)
                .values(expires_at=now)
            )

    async def find(self, session: SessionId) -> Invitation | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(table).where(table.c.session == session))).one_or_none()
        if row is None:
            return None
        return Invitation(
            session=SessionId(row.session),
            token_hash=row.token_hash,
            code_hash=row.code_hash,
            created_at=row.created_at,
            expires_at=row.expires_at,
            claimed_at=row.claimed_at,
            claimed_by=DeviceId(row.claimed_by) if row.claimed_by is not None else None,
        )
