"""When an epoch ends: after so many entries, or after so long. Runs on the publisher's thread."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from audit.kek import KeyUnavailable
from audit.seals.chain import SealChain

_JOURNAL: Final = logging.getLogger("tachiai.audit")


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochLength:
    """`patience_s`: how long a key-encryption key that does not answer is waited for, and how often it is asked. With
    15 minutes an epoch this stays below the 20 that a verifier allows."""

    entries: int = 10_000
    seconds: float = 900.0
    patience_s: float = 240.0
    retry_s: float = 5.0


class Sealing:
    """`clock` gives UTC milliseconds for the seals, `monotonic` seconds for the length of an epoch."""

    def __init__(
        self,
        chain: SealChain,
        clock: Callable[[], int],
        length: EpochLength,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._chain, self._clock, self._length, self._monotonic = chain, clock, length, monotonic
        self._since = monotonic()
        self._hindered_since: float | None = None
        self._next_try = 0.0
        self._early = False

    def end_early(self) -> None:
        """The running epoch is due at once. From any thread."""
        self._early = True

    def wait_s(self) -> float:
        """Until the running epoch has to be looked at."""
        now = self._monotonic()
        due = now if self._early else self._since + self._length.seconds
        return max(due - now, self._next_try - now, 0.0)

    def seal_if_due(self, size: int, root: bytes) -> None:
        """Raises what `seal` raises."""
        now = self._monotonic()
        sealed = 0 if self._chain.last is None else self._chain.last.size
        long = self._early or now - self._since >= self._length.seconds
        if (long or size - sealed >= self._length.entries) and now >= self._next_try:
            self.seal(size, root)

    def seal(self, size: int, root: bytes) -> None:
        """Ends the epoch. Where the key-encryption key does not answer nothing was begun, so it is tried again later;
        after `patience_s` it is an error like any other. Raises KeyUnavailable, SealsFull, OSError."""
        now = self._monotonic()
        early, self._early = self._early, False
        try:
            self._chain.advance(size, root, self._clock())
        except KeyUnavailable as error:
            if self._hindered_since is None:
                self._hindered_since = now
            if now - self._hindered_since >= self._length.patience_s:
                raise
            self._next_try, self._early = now + self._length.retry_s, early
            _JOURNAL.warning("the epoch could not be sealed yet: %s", error)
            return
        self._since, self._hindered_since = now, None
