"""Another key for the authenticators, while their codes are verified: the file first, then memory, then row by row.

1. The new key is durable in its file before anything is sealed with it.
2. From then on everything new is sealed with it; all keys of the ring open. So no code is refused meanwhile.
3. Rows are sealed anew in small pieces, each only if it is still as it was read.
4. An old key is taken out when no row needs it, by an asking of its own: it still opens what older backups hold.

Whatever interrupts it, asking again finishes it.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from server.authenticator_ring import Ring, add_key, read_ring, retire_key
from server.storage.authenticator_seals import TABLES, AuthenticatorSeals, SealedRow
from session.ports import Clock
from verification.sealing import Keyring, SealBroken

ROWS_AT_ONCE: Final = 50
# Whoever sealed with the former key a moment ago has written by then: the database answers in two seconds or never.
SETTLED_AFTER_MS: Final = 10_000


class ResealingRefused(Exception):
    """Why, in a sentence. Every code is verified as before."""


@dataclass(frozen=True, slots=True)
class Resealed:
    """`key` seals all `rows`, `changed` of them anew; `broken` open with no key. `keys` are in the ring, the one that
    seals last."""

    key: int
    rows: int
    changed: int
    broken: int
    keys: tuple[int, ...]


class Resealing:
    """`file` is the ring's, `keyring` the one that all of this process uses. Raises KeyUnavailable and
    StoreUnavailable."""

    def __init__(self, seals: AuthenticatorSeals, keyring: Keyring, file: Path, clock: Clock) -> None:
        self._seals, self._keyring, self._file, self._clock = seals, keyring, file, clock
        self._one_at_a_time = asyncio.Lock()
        self._added_ms: int | None = None

    async def rotate(self) -> Resealed:
        """A new key, unless an earlier rotation is unfinished, which is finished then."""
        async with self._one_at_a_time:
            ring = await asyncio.to_thread(read_ring, self._file)
            self._use(ring)
            if not await self._unfinished():
                ring = await asyncio.to_thread(add_key, self._file)
                self._added_ms = self._clock.now_ms()
                self._use(ring)
            changed, broken = 0, 0
            for place in range(len(TABLES)):
                for_table = await self._table(place)
                changed, broken = changed + for_table[0], broken + for_table[1]
            return Resealed(ring.current, await self._seals.count(), changed, broken, tuple(ring.keys))

    async def retire(self, number: int) -> Resealed:
        """Takes one key out for good. Raises ResealingRefused while anything needs it."""
        async with self._one_at_a_time:
            ring = await asyncio.to_thread(read_ring, self._file)
            self._use(ring)
            await self._refuse_if_needed(ring, number)
            ring = await asyncio.to_thread(retire_key, self._file, number)
            self._use(ring)
            return Resealed(ring.current, await self._seals.count(), 0, 0, tuple(ring.keys))

    async def _refuse_if_needed(self, ring: Ring, number: int) -> None:
        if number not in ring.keys:
            raise ResealingRefused(f"There is no key {number} in the ring (any more). Nothing was changed.")
        if number == ring.current:
            raise ResealingRefused(f"The key {number} seals every new authenticator. Nothing was changed.")
        if self._added_ms is not None and self._clock.now_ms() - self._added_ms < SETTLED_AFTER_MS:
            raise ResealingRefused(
                "A new key was made a moment ago, and somebody may still be writing with the former one. Nothing was "
                "changed. Ask again in ten seconds."
            )
        if count := await self._seals.count(number):
            raise ResealingRefused(
                f"{count} authenticators are still sealed with the key {number}. Nothing was changed. Ask first for "
                "`tachiai key rotate authenticators`, which finishes what was begun."
            )

    async def _unfinished(self) -> bool:
        return await self._seals.count() != await self._seals.count(self._keyring.current)

    async def _table(self, place: int) -> tuple[int, int]:
        changed, broken, after = 0, 0, ""
        while rows := await self._seals.stale(self._keyring.current, place, after, ROWS_AT_ONCE):
            anew = [(row, sealed) for row in rows if (sealed := self._anew(row)) is not None]
            if anew:
                changed += await self._seals.replace(anew)
            broken += len(rows) - len(anew)
            after = rows[-1].id
            await asyncio.sleep(0)  # sign-ins and codes come between the pieces
        return changed, broken

    def _anew(self, row: SealedRow) -> bytes | None:
        try:
            return self._keyring.sealed_anew(row.sealed, row.context)
        except SealBroken:
            return None

    def _use(self, ring: Ring) -> None:
        self._keyring.renew(ring.keys, ring.current)
