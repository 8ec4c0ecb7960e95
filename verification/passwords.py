"""Staff passwords: argon2id (RFC 9106), off the event loop, in a pool that is never asked for more than it can do.

A hash takes 64 MiB and about a fifth of a second, so that two threads and a short queue bound both memory and waiting;
beyond that the answer is TooBusy at once. Unknown users cost one hash too.
"""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from verification.credentials import NO_PASSWORD

LONGEST_PASSWORD: Final = 256  # characters, before and after normalisation
THREADS: Final = 2
WAITING: Final = 32  # hashes that may wait for a thread: about three seconds' worth

Result = TypeVar("Result")


class TooBusy(Exception):
    """Too many sign-ins at once. Nothing was checked or counted; try again in a few seconds."""


@dataclass(frozen=True, slots=True)
class Cost:
    """RFC 9106 section 4's second recommendation."""

    passes: int = 3
    memory_kib: int = 64 * 1024
    lanes: int = 4


@dataclass(frozen=True, slots=True)
class PasswordChecked:
    """`rehashed` is a fresh hash to store where the old one was made at another cost."""

    matches: bool
    rehashed: str | None = None


class Passwords:
    """Owns its threads: `close` it."""

    def __init__(self, cost: Cost | None = None, *, threads: int = THREADS, waiting: int = WAITING) -> None:
        chosen = cost or Cost()
        self._hasher = PasswordHasher(
            time_cost=chosen.passes, memory_cost=chosen.memory_kib, parallelism=chosen.lanes, type=Type.ID
        )
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="password")
        self._room = threads + waiting
        self._nobodys_hash = self._pool.submit(self._hasher.hash, "nobody has this password")

    async def hashed(self, password: str) -> str:
        """An argon2id string. Raises ValueError for a password over the cap, TooBusy."""
        prepared = _prepared(password)
        if prepared is None:
            raise ValueError(f"a password has 1 to {LONGEST_PASSWORD} characters")
        return await self._off_loop(lambda: self._hasher.hash(prepared))

    async def check(self, stored: str | None, password: str) -> PasswordChecked:
        """Judge a password. `stored` None or NO_PASSWORD: nobody's hash is checked, nothing matches. Raises TooBusy."""
        prepared = _prepared(password)
        known = stored if stored != NO_PASSWORD else None
        checked = await self._off_loop(
            lambda: self._checked(known or self._nobodys_hash.result(), prepared or b"\0")
        )
        return checked if known is not None and prepared is not None else PasswordChecked(matches=False)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _checked(self, stored: str, prepared: bytes) -> PasswordChecked:
        try:
            self._hasher.verify(stored, prepared)
        except (VerificationError, InvalidHashError):
            return PasswordChecked(matches=False)
        fresh = self._hasher.hash(prepared) if self._hasher.check_needs_rehash(stored) else None
        return PasswordChecked(matches=True, rehashed=fresh)

    async def _off_loop(self, work: Callable[[], Result]) -> Result:
        if self._room == 0:
            raise TooBusy("All places for checking passwords are taken. Try again in a few seconds.")
        self._room -= 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, work)
        # The place is free when the work is done, not when its caller stops waiting for it.
        future.add_done_callback(self._freed)
        return await asyncio.shield(future)

    def _freed(self, future: "asyncio.Future[Result]") -> None:
        self._room += 1
        if not future.cancelled():
            future.exception()  # seen here where the caller has gone away


def _prepared(password: str) -> bytes | None:
    """NFKC, so that one password typed on two keyboards is one; None over the cap or empty."""
    if not 0 < len(password) <= LONGEST_PASSWORD:
        return None
    normal = unicodedata.normalize("NFKC", password)
    return normal.encode("utf-8", "surrogatepass") if len(normal) <= LONGEST_PASSWORD else None
