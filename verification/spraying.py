"""Is somebody trying one guess on many people, or many people from one place? Pure; keyed hashes and times come in.

A throttle counts what is tried on one account, and a sprayer stays below it on each of very many. Three things give
them away, all looked for over every account, customers' and staff's, within ten minutes:

1. one source failed on five accounts;
2. one wrong code or password was tried on five accounts, from wherever;
3. twenty accounts had failures, and on average each source failed on four of them or more.

Nobody is refused by this: a branch office with a bad morning looks alike. It is told once in ten minutes for each.
"""

from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

WINDOW_MS: Final = 600_000
ACCOUNTS_OF_ONE: Final = 5
ACCOUNTS_OF_ALL: Final = 20
ACCOUNTS_EACH_SOURCE: Final = 4
REMEMBERED: Final = 4_096  # sources, and guesses
ACCOUNTS_REMEMBERED: Final = 256  # of each


class Pattern(StrEnum):
    SOURCE = "source"
    GUESS = "guess"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Sprayed:
    """`what` is the source's or the guess's hash, "" for all together; `accounts` those that failed, `sources` from
    where, within the window."""

    pattern: Pattern
    what: str
    accounts: int
    sources: int


class _Failures:
    """The last failure of each account, by source or by guess."""

    def __init__(self) -> None:
        self._by: OrderedDict[str, OrderedDict[str, int]] = OrderedDict()

    def add(self, what: str, account: str, now_ms: int) -> int:
        """How many accounts failed with it in the window, this one included."""
        accounts = self._by.setdefault(what, OrderedDict())
        self._by.move_to_end(what)
        accounts[account] = now_ms
        accounts.move_to_end(account)
        _drop_old(accounts, now_ms)
        if len(self._by) > REMEMBERED:
            self._by.popitem(last=False)
        return len(accounts)


class SprayWatch:
    """Flat in memory, whatever comes."""

    def __init__(self) -> None:
        self._sources, self._guesses = _Failures(), _Failures()
        self._accounts: OrderedDict[str, int] = OrderedDict()
        self._from: OrderedDict[str, int] = OrderedDict()
        self._told: OrderedDict[str, int] = OrderedDict()

    def failed(self, *, source: str, account: str, guess: str, now_ms: int) -> list[Sprayed]:
        """One refused guess; what it gives away that was not told yet. Everything but the time is a hash."""
        of_source = self._sources.add(source, account, now_ms)
        of_guess = self._guesses.add(guess, account, now_ms)
        accounts, sources = _seen(self._accounts, account, now_ms), _seen(self._from, source, now_ms)
        found = []
        if of_source >= ACCOUNTS_OF_ONE:
            found.append(Sprayed(Pattern.SOURCE, source, of_source, 1))
        if of_guess >= ACCOUNTS_OF_ONE:
            found.append(Sprayed(Pattern.GUESS, guess, of_guess, sources))
        if accounts >= ACCOUNTS_OF_ALL and accounts >= ACCOUNTS_EACH_SOURCE * sources:
            found.append(Sprayed(Pattern.ALL, "", accounts, sources))
        return [one for one in found if self._is_news(one, now_ms)]

    def _is_news(self, sprayed: Sprayed, now_ms: int) -> bool:
        key = f"{sprayed.pattern}/{sprayed.what}"
        before = self._told.get(key)
        if before is not None and now_ms - before < WINDOW_MS:
            return False
        _seen(self._told, key, now_ms, most=2 * REMEMBERED)
        return True


def _seen(times: OrderedDict[str, int], what: str, now_ms: int, most: int = REMEMBERED) -> int:
    times[what] = now_ms
    times.move_to_end(what)
    _drop_old(times, now_ms, most)
    return len(times)


def _drop_old(times: OrderedDict[str, int], now_ms: int, most: int = ACCOUNTS_REMEMBERED) -> None:
    """The oldest come first. A clock that went back drops nothing."""
    while len(times) > most or now_ms - next(iter(times.values())) >= WINDOW_MS:
        times.popitem(last=False)
