"""The cookie by which a customer's browser is known in its one session. Only the SHA-256 of its token is kept."""

import base64
import hashlib
import secrets
from collections.abc import Callable
from typing import Final

from sqlalchemy import bindparam, delete, select

from server.storage.database import Database
from server.storage.tables import customer_cookies as table
from session.identity import SessionId

_SESSION_OF: Final = select(table.c.session).where(
    table.c.token_hash == bindparam("of"), table.c.expires_at > bindparam("now")
)
COOKIE_LIFE_MS: Final = 24 * 3_600_000  # a session is over long before; the summary of its end is still shown
TOKEN_BYTES: Final = 32
TOKEN_LENGTH: Final = 43


def cookie_hash(token: str) -> str:
    """Hexadecimal; also a ticket's holder."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class CustomerCookies:
    def __init__(self, database: Database, random: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._database = database
        self._random = random

    async def issue(self, session: SessionId, now_ms: int) -> str:
        """A new token for the browser that claimed the invitation; those before it are void. Committed on return."""
        token = base64.urlsafe_b64encode(self._random(TOKEN_BYTES)).rstrip(b"=").decode("ascii")
        async with self._database.writing() as connection:
            await connection.execute(
                delete(table).where((table.c.session == session) | (table.c.expires_at <= now_ms))
            )
            await connection.execute(
                table.insert().values(
                    token_hash=cookie_hash(token), session=session, expires_at=now_ms + COOKIE_LIFE_MS
                )
            )
        return token

    async def session_of(self, token: str, now_ms: int) -> SessionId | None:
        if len(token) != TOKEN_LENGTH:
            return None
        asked = {"of": cookie_hash(token), "now": now_ms}
        found = await self._database.read(lambda connection: connection.scalar(_SESSION_OF, asked))
        return SessionId(found) if found is not None else None
