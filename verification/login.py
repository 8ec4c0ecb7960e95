"""One sign-in of one staff member: found by its token on every request, gone at once when ended.

The token is 256 random bits, shown to the browser once; what is kept is its SHA-256, so that a stolen table opens
nothing. A login lasts twelve hours and dies after fifteen minutes in which nothing was heard of it; a running session
counts as activity (`keep`). What is sensitive asks for a proof in the last five minutes (`fresh`); each new proof gives
the login a new token (`renew`), so that whoever copied the former one has nothing.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from verification.credentials import Door, SignInMeans

if TYPE_CHECKING:
    from verification.ports import RenewableLogins

LOGIN_LIFE_MS: Final = 12 * 3_600_000
LOGIN_IDLE_MS: Final = 15 * 60_000
TOUCH_EVERY_MS: Final = (
    30_000  # what is written down may lag by this much, always to the login's disadvantage
)
TOKEN_BYTES: Final = 32
TOKEN_LENGTH: Final = 43
ID_BYTES: Final = 16
LONGEST_BROWSER: Final = 64
FRESH_FOR_MS: Final = 5 * 60_000


class LinkGone(Exception):
    """What let the provider speak for somebody was taken away while their sign-in was under way."""


@dataclass(frozen=True, slots=True)
class Login:
    """`expires_at_ms` is exclusive. `id` ("log_...") may be told to anybody; it opens nothing.

    `authenticated_at_ms`: the last proof in it; `by_passkey`: it was one by passkey, as far as this process saw it (it
    is not stored, and unknown is no). `browser` is a rough name ("Firefox · Linux"), "" if it told none.
    """

    id: str
    staff: str
    door: Door
    token_hash: str = field(repr=False)
    started_at_ms: int
    expires_at_ms: int
    last_seen_ms: int
    ended_at_ms: int | None = None
    authenticated_at_ms: int = 0
    means: SignInMeans = SignInMeans.PASSWORD
    browser: str = ""
    by_passkey: bool = False

    def fresh(self, now_ms: int) -> bool:
        """Whether the proof is recent enough for what is sensitive. One from the future is none."""
        return 0 <= now_ms - self.authenticated_at_ms < FRESH_FOR_MS

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

    def __init__(
        self,
        store: "RenewableLogins",
        random: Callable[[int], bytes] = secrets.token_bytes,
        *,
        ended: Callable[[], None] | None = None,
    ) -> None:
        """`ended` is called, without waiting, once an end is in the store: other servers should look there."""
        self._store, self._ended = store, ended
        self._random = random
        self._known: dict[str, Login] = {}
        self._written: dict[str, int] = {}
        self._owed: dict[str, int] = {}  # ends that the store has not taken yet

    async def load(self, now_ms: int) -> None:
        """At start: know the logins that were live before."""
        for login in await self._store.unended(now_ms):
            self._remember(login)

    async def start(
        self,
        staff: str,
        door: Door,
        now_ms: int,
        *,
        means: SignInMeans = SignInMeans.PASSWORD,
        browser: str = "",
        link: int | None = None,
    ) -> tuple[Login, str]:
        """A new login and its token, which is not kept. `link`: see LoginStore.add. Raises LinkGone."""
        token = _base64url(self._random(TOKEN_BYTES))
        login = Login(
            id="log_" + _base64url(self._random(ID_BYTES)),
            staff=staff,
            door=door,
            token_hash=token_hash(token),
            started_at_ms=now_ms,
            expires_at_ms=now_ms + LOGIN_LIFE_MS,
            last_seen_ms=now_ms,
            authenticated_at_ms=now_ms,
            means=means,
            browser=browser[:LONGEST_BROWSER],
            by_passkey=means is SignInMeans.PASSKEY,
        )
        if not await self._store.add(login, link):
            raise LinkGone
        self._forget_dead(now_ms)
        self._remember(login)
        return login, token

    async def find(self, token: str, now_ms: int, *, seen: bool = True) -> Login | None:
        """The live login of this token; None for anything else. `seen`: it is marked as heard of now."""
        if len(token) != TOKEN_LENGTH:
            return None
        stored = await self._store.of_token_hash(token_hash(token))
        if stored is None:
            return None
        login = self._merged(stored)
        if not login.live(now_ms):
            self._remember(login)
            return None
        if not seen:
            self._remember(login)
            return login
        self._remember(replace(login, last_seen_ms=max(now_ms, login.last_seen_ms)))
        await self._write_seen(login.id)
        return self._known[login.id]

    async def renew(
        self, login: Login, now_ms: int, link: int | None = None, *, by_passkey: bool = False
    ) -> str | None:
        """The same login, proved again: its new token, and the former one opens nothing from now on. None if the
        login has ended or was renewed meanwhile, or `link` was taken away. Raises StoreUnavailable."""
        token = _base64url(self._random(TOKEN_BYTES))
        hashed = token_hash(token)
        if not self.live(login.id, now_ms) or not await self._store.renew(login, hashed, now_ms, link):
            return None
        known = self._known.get(login.id, login)
        self._known[login.id] = replace(
            known, token_hash=hashed, authenticated_at_ms=now_ms, by_passkey=by_passkey
        )
        return token

    async def of_staff(self, staff: str, now_ms: int) -> list[Login]:
        """The live logins of one person, on all servers, the latest first."""
        merged = [self._merged(login) for login in await self._store.unended(now_ms) if login.staff == staff]
        live = [login for login in merged if login.live(now_ms)]
        return sorted(live, key=lambda login: login.started_at_ms, reverse=True)

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
        await self._write_end(login_id, now_ms)

    async def write_owed(self) -> None:
        """Ends that could not be written when they came; other servers read them in the store. Raises
        StoreUnavailable."""
        for login_id, ended_at_ms in list(self._owed.items()):
            await self._write_end(login_id, ended_at_ms)

    def learn_ended(self, ended: Iterable[str], now_ms: int) -> None:
        """Other servers have ended these."""
        for login_id in ended:
            login = self._known.get(login_id)
            if login is not None and login.ended_at_ms is None:
                self._known[login_id] = replace(login, ended_at_ms=now_ms)

    def all_live(self, now_ms: int) -> list[str]:
        """The ids of all that are live, from memory."""
        return [login.id for login in self._known.values() if login.live(now_ms)]

    async def end_all(self, staff: str, now_ms: int) -> list[str]:
        """End all logins of one person; their ids, for ending what runs under them."""
        found = [
            login.id for login in self._known.values() if login.staff == staff and login.ended_at_ms is None
        ]
        for login_id in found:
            self._known[login_id] = replace(self._known[login_id], ended_at_ms=now_ms)
            self._owed.setdefault(login_id, now_ms)
        stored = {login.id for login in await self._store.unended(now_ms) if login.staff == staff}
        for login_id in {*found, *stored}:
            await self._write_end(login_id, now_ms)
        return sorted({*found, *stored})

    def running(self, staff: str, now_ms: int) -> list[str]:
        """The live logins of one person, from memory."""
        return [login.id for login in self._known.values() if login.staff == staff and login.live(now_ms)]

    def staff_of(self, login_id: str) -> str | None:
        """Whose login it is, from memory; None if it is not known here."""
        login = self._known.get(login_id)
        return None if login is None else login.staff

    def browser_of(self, login_id: str) -> str:
        """The rough name of its browser, from memory; "" where none was told, or it is not known here."""
        login = self._known.get(login_id)
        return "" if login is None else login.browser

    def times_of(self, login_id: str) -> tuple[int, int] | None:
        """When it started and when it expires (UTC ms), from memory; None if it is not known here."""
        login = self._known.get(login_id)
        return None if login is None else (login.started_at_ms, login.expires_at_ms)

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
            by_passkey=known.by_passkey and known.authenticated_at_ms == stored.authenticated_at_ms,
        )

    async def _write_seen(self, login_id: str) -> None:
        seen = self._known[login_id].last_seen_ms
        if seen - self._written.get(login_id, 0) >= TOUCH_EVERY_MS:
            await self._store.touch(login_id, seen)
            self._written[login_id] = seen

    async def _write_end(self, login_id: str, ended_at_ms: int) -> None:
        self._owed.setdefault(login_id, ended_at_ms)
        await self._store.end(login_id, ended_at_ms)
        self._owed.pop(login_id, None)
        if self._ended is not None:
            self._ended()

    def _forget_dead(self, now_ms: int) -> None:
        """Those past their twelve hours; a dead one before that is kept, so that it stays dead if the store lags."""
        for login_id in [known.id for known in self._known.values() if now_ms >= known.expires_at_ms]:
            del self._known[login_id]
            self._written.pop(login_id, None)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
