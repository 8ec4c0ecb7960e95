"""One sign-in of one customer on their own page `/me`: found by its token on every request, gone at once when ended.

1. The token is 256 random bits, shown to the browser once; what is kept is its SHA-256.
2. A sign-in lasts twelve hours, and dies after fifteen minutes in which the person did nothing. What a page asks by
   itself is no sign of a person (`seen` is not called for it).
3. How it began is its `way`. What the customer has proved to us is its `level`, and that is fresh for ten minutes: the
   organisation's hand-off proves nothing to us (V0), a code after it V1, a passkey V2.
4. Every rise of the level changes the token, so that whoever had the former one has nothing.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, Protocol

LOGIN_LIFE_MS: Final = 12 * 3_600_000
LOGIN_IDLE_MS: Final = 15 * 60_000
FRESH_MS: Final = 10 * 60_000
TOUCH_EVERY_MS: Final = 30_000
TOKEN_BYTES: Final = 32
TOKEN_LENGTH: Final = 43
ID_BYTES: Final = 16
LEVELS: Final = ("V0", "V1", "V2")


class Way(StrEnum):
    """How a sign-in began."""

    HANDOFF = "handoff"  # the organisation's system asked for it by API key
    SIGNED = "signed"  # the organisation's site signed a token
    PASSKEY = "passkey"


@dataclass(frozen=True, slots=True)
class CustomerLogin:
    """`expires_at_ms` is exclusive. `id` may be told to anybody; it opens nothing. `level_at_ms`: when that was
    proved."""

    id: str
    customer: str
    way: Way
    token_hash: str = field(repr=False)
    started_at_ms: int
    expires_at_ms: int
    last_seen_ms: int
    level: str
    level_at_ms: int
    ended_at_ms: int | None = None

    def live(self, now_ms: int) -> bool:
        return (
            self.ended_at_ms is None
            and now_ms < self.expires_at_ms
            and now_ms - self.last_seen_ms < LOGIN_IDLE_MS
        )

    def proves(self, level: str, now_ms: int) -> bool:
        """Whether the customer proved at least `level`, within the last ten minutes."""
        enough = LEVELS.index(self.level) >= LEVELS.index(level)
        return enough and 0 <= now_ms - self.level_at_ms < FRESH_MS


class CustomerLoginStore(Protocol):
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    async def add(self, login: CustomerLogin, passkey: str | None = None) -> bool:
        """False, and nothing of it, if nothing of this customer counts for its level now, or `passkey`, by which it
        began, counts for nothing any more."""
        ...

    async def of_token_hash(self, token_hash: str) -> CustomerLogin | None: ...

    async def of_customer(self, customer: str, now_ms: int) -> list[CustomerLogin]:
        """Those that are not over, the latest first."""
        ...

    async def change(self, former: CustomerLogin, changed: CustomerLogin) -> bool:
        """False if it has not the former token any more, was ended, or rose to what does not count now."""
        ...

    async def end(self, login: str, now_ms: int) -> None: ...


def token_hash(token: str) -> str:
    """Hexadecimal SHA-256. A fast hash is enough for 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class CustomerLogins:
    """What ends a sign-in takes effect here before the store is asked, and stays so if the store fails."""

    def __init__(
        self, store: CustomerLoginStore, random: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self._store, self._random = store, random
        self._ended: dict[str, int] = {}  # by id: until when it must be remembered
        self._forgotten: set[str] = set()

    def new(self, customer: str, way: Way, level: str, now_ms: int) -> tuple[CustomerLogin, str]:
        """A sign-in and its token, which is not kept. It opens nothing before it is `added`."""
        token = _base64url(self._random(TOKEN_BYTES))
        login = CustomerLogin(
            id="clg_" + _base64url(self._random(ID_BYTES)),
            customer=customer,
            way=way,
            token_hash=token_hash(token),
            started_at_ms=now_ms,
            expires_at_ms=now_ms + LOGIN_LIFE_MS,
            last_seen_ms=now_ms,
            level=level,
            level_at_ms=now_ms,
        )
        return login, token

    async def added(self, login: CustomerLogin, passkey: str | None = None) -> bool:
        """From now on it opens. Its entry is durable by then. False if its level, or the `passkey` by which it began,
        does not count any more: it opens nothing."""
        self._forget_old(login.started_at_ms)
        return await self._store.add(login, passkey)

    async def find(self, token: str, now_ms: int) -> CustomerLogin | None:
        """The live login of this token; None for anything else."""
        if len(token) != TOKEN_LENGTH:
            return None
        login = await self._store.of_token_hash(token_hash(token))
        return login if login is not None and self._lives(login, now_ms) else None

    async def of_customer(self, customer: str, now_ms: int) -> list[CustomerLogin]:
        """Those that live, the latest first."""
        found = await self._store.of_customer(customer, now_ms)
        return [login for login in found if self._lives(login, now_ms)]

    async def seen(self, login: CustomerLogin, now_ms: int) -> None:
        """The person did something. What is written down may lag by half a minute, to the login's disadvantage."""
        if now_ms - login.last_seen_ms >= TOUCH_EVERY_MS:
            await self._store.change(login, replace(login, last_seen_ms=now_ms))

    async def raised(self, login: CustomerLogin, level: str, now_ms: int) -> str | None:
        """The new token, once `level` was proved in this sign-in and is on record; None if it ended meanwhile. What was
        proved by more stays what it was."""
        token = _base64url(self._random(TOKEN_BYTES))
        changed = replace(login, token_hash=token_hash(token), last_seen_ms=now_ms)
        if LEVELS.index(level) >= LEVELS.index(login.level):
            changed = replace(changed, level=level, level_at_ms=now_ms)
        if login.id in self._ended or not await self._store.change(login, changed):
            return None
        return token

    async def end(self, login: CustomerLogin, now_ms: int) -> None:
        """Dead on return, and before the store has answered. Raises StoreUnavailable if that could not be written."""
        self._ended[login.id] = login.expires_at_ms
        await self._store.end(login.id, now_ms)

    async def end_all(self, customer: str, now_ms: int, *, but: str | None = None) -> list[CustomerLogin]:
        """Those that were alive, without the one called `but`."""
        found = [login for login in await self.of_customer(customer, now_ms) if login.id != but]
        for login in found:
            await self.end(login, now_ms)
        return found

    async def forget(self, subject: str, _sessions: object) -> None:
        """Implements audit.erasure.forgetting.Forgetting: the rows are gone, and none of theirs opens here again."""
        self._forgotten.add(subject)

    def _lives(self, login: CustomerLogin, now_ms: int) -> bool:
        return login.live(now_ms) and login.id not in self._ended and login.customer not in self._forgotten

    def _forget_old(self, now_ms: int) -> None:
        for login in [one for one, until in self._ended.items() if now_ms >= until]:
            del self._ended[login]


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
