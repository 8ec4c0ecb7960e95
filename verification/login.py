"""One sign-in of one staff member: found by its token on every request, gone at once when ended.

The token is 256 random bits, shown to the browser once; what is kept is its SHA-256, so that a stolen table opens
nothing. A login lasts twelve hours and dies after fifteen minutes in which nothing was heard of it; a running session
counts as activity (`keep`).
"""

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from verification.credentials import Door

if TYPE_CHECKING:
    from verification.ports import LoginStore

LOGIN_LIFE_MS: Final = 12 * 3_600_000
LOGIN_IDLE_MS: Final = 15 * 60_000
TOUCH_EVERY_MS: Final = (
    30_000  # what is written down may lag by this much, always to the login's disadvantage
)
TOKEN_BYTES: Final = 32
TOKEN_LENGTH: Final = 43
ID_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Login:
    """`expires_at_ms` is exclusive. `id` ("log_...") may be told to anybody; it opens nothing."""

    id: str
    staff: str
    door: Door
    token_hash: str = field(repr=False)
    started_at_ms: int
    expires_at_ms: int
    last_seen_ms: int
    ended_at_ms: int | None = None

    def live(self, now_ms: int) -> bool:
        return (
            self.ended_at_ms is None
            and now_ms < self.expires_at_ms
            and now_ms - self.last_seen_ms < LOGIN_IDLE_MS
        )


def token_hash(token: str) -> str:
    """Hexadecimal SHA-256. A fast hash is enough for 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class LoginRegistry:
    """All logins of this process's requests, in memory for answers at once and in the store for good.

    What ends a login takes effect in memory before the store is asked, and stays so if the store fails.
    """

    def __init__(self, store: "LoginStore", random: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._store = store
        self._random = random
        self._known: dict[str, Login] = {}
        self._written: dict[str, int] = {}

    async def load(self, now_ms: int) -> None:
        """At start: know the logins that were live before."""
        for login in await self._store.unended(now_ms):
            self._remember(login)

    async def start(self, staff: str, door: Door, now_ms: int) -> tuple[Login, str]:
        """A new login and its token, which is not kept. Rotation is: start a new one, end the old one."""
        token = _base64url(self._random(TOKEN_BYTES))
        login = Login(
            id="log_" + _base64url(self._random(ID_BYTES)),
            staff=staff,
            door=door,
            token_hash=token_hash(token),
            started_at_ms=now_ms,
            expires_at_ms=now_ms + LOGIN_LIFE_MS,
            last_seen_ms=now_ms,
        )
        await self._store.add(login)
        self._forget_dead(now_ms)
        self._remember(login)
        return login, token

    async def find(self, token: str, now_ms: int) -> Login | None:
        """The live login of this token, marked as heard of now; None for anything else."""
        if len(token) != TOKEN_LENGTH:
            return None
        stored = await self._store.of_token_hash(token_hash(token))
        if stored is None:
            return None
        login = self._merged(stored)
        if not login.live(now_ms):
            self._remember(login)
            return None
        self._remember(replace(login, last_seen_ms=max(now_ms, login.last_seen_ms)))
        await self._write_seen(login.id)
        return self._known[login.id]

    async def keep(self, login_id: str, now_ms: int) -> None:
        """Something of this login still runs (a session, an open socket): it is not idle. Dead ones stay dead."""
        login = self._known.get(login_id)
        if login is not None and login.live(now_ms):
            self._known[login_id] = replace(login, last_seen_ms=max(now_ms, login.last_seen_ms))
            await self._write_seen(login_id)

    async def end(self, login_id: str, now_ms: int) -> None:
        """Dead on return, and before the store has answered. Raises StoreUnavailable if that could not be written."""
        login = self._known.get(login_id)
        if login is not None and login.ended_at_ms is None:
            self._known[login_id] = replace(login, ended_at_ms=now_ms)
        await self._store.end(login_id, now_ms)

    async def end_all(self, staff: str, now_ms: int) -> list[str]:
        """End all logins of one person; their ids, for ending what runs under them."""
        found = [
            login.id for login in self._known.values() if login.staff == staff and login.ended_at_ms is None
        ]
        for login_id in found:
            self._known[login_id] = replace(self._known[login_id], ended_at_ms=now_ms)
        stored = {login.id for login in await self._store.unended(now_ms) if login.staff == staff}
        for login_id in {*found, *stored}:
            await self._store.end(login_id, now_ms)
        return sorted({*found, *stored})

    def running(self, staff: str, now_ms: int) -> list[str]:
        """The live logins of one person, from memory."""
        return [login.id for login in self._known.values() if login.staff == staff and login.live(now_ms)]

    def staff_of(self, login_id: str) -> str | None:
        """Whose login it is, from memory; None if it is not known here."""
        login = self._known.get(login_id)
        return None if login is None else login.staff

    def live(self, login_id: str, now_ms: int) -> bool:
        """Answered at once, from memory. Unknown is False."""
        login = self._known.get(login_id)
        return login is not None and login.live(now_ms)

    def _remember(self, login: Login) -> None:
        self._known[login.id] = login
        self._written.setdefault(login.id, login.last_seen_ms)

    def _merged(self, stored: Login) -> Login:
        """The worse of both ends, the better of both last sights: another server may have heard of it, or ended it."""
        known = self._known.get(stored.id)
        if known is None:
            return stored
        ends = [end for end in (known.ended_at_ms, stored.ended_at_ms) if end is not None]
        return replace(
            stored,
            last_seen_ms=max(known.last_seen_ms, stored.last_seen_ms),
            ended_at_ms=min(ends, default=None),
        )

    async def _write_seen(self, login_id: str) -> None:
        seen = self._known[login_id].last_seen_ms
        if seen - self._written.get(login_id, 0) >= TOUCH_EVERY_MS:
            await self._store.touch(login_id, seen)
            self._written[login_id] = seen

    def _forget_dead(self, now_ms: int) -> None:
        """Those past their twelve hours; a dead one before that is kept, so that it stays dead if the store lags."""
        for login_id in [known.id for known in self._known.values() if now_ms >= known.expires_at_ms]:
            del self._known[login_id]
            self._written.pop(login_id, None)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
