"""Where a customer's wrong guesses are counted, and what too many of them take away.

1. From a browser that is not known: ten an hour, by customer and kind of code. Over that only this way is shut; known
   browsers, the other kind and passkeys go on, so that a stranger locks nobody out.
2. From a known browser: five in a row by that browser alone, which then is known no more.
3. A hundred wrong TOTP codes in a row, whatever they came from, disable the authenticator.
"""

from dataclasses import dataclass
from typing import Final

from verification import known_device
from verification.ports import AttemptStore, KnownDeviceStore
from verification.throttle import FailureLimit

UNKNOWN_DEVICE_LIMIT: Final = FailureLimit(count=10, window_ms=3_600_000, in_a_row=1_000_000)
AUTHENTICATOR_LIMIT: Final = FailureLimit(count=1, window_ms=0, in_a_row=100)


@dataclass(frozen=True, slots=True)
class Guess:
    """One guess, counted as wrong before it is judged. `spent`: the authenticator has had its hundred."""

    allowed: bool
    spent: bool
    device: str
    device_spent: bool
    accounts: tuple[str, ...]


class Guesses:
    """Raises StoreUnavailable: then nothing was judged."""

    def __init__(self, attempts: AttemptStore, devices: KnownDeviceStore) -> None:
        self._attempts, self._devices = attempts, devices

    async def totp(self, customer: str, device: str, now_ms: int) -> Guess:
        """`device` is the known browser's id, "" for any other; `customer` may be "". The same work for everybody."""
        return await self._reserved(
            device, [_first(f"customer/{customer}", device), (_row_of(customer), AUTHENTICATOR_LIMIT)], now_ms
        )

    async def recovery(self, customer: str, device: str, now_ms: int) -> Guess:
        """As `totp`; nothing is disabled, since nobody guesses 75 bits."""
        return await self._reserved(device, [_first(f"recovery/{customer}", device)], now_ms)

    async def right(self, guess: Guess) -> None:
        """It does not count after all."""
        if guess.allowed:
            await self._attempts.take_back_all(guess.accounts)

    async def wrong(self, guess: Guess, now_ms: int) -> str | None:
        """It stays counted. The browser that is known no more because of it; what a crash left undone the next guess
        does."""
        if guess.device_spent and await self._devices.void(guess.device, now_ms):
            return guess.device
        return None

    async def _reserved(self, device: str, counted: list[tuple[str, FailureLimit]], now_ms: int) -> Guess:
        reserved = await self._attempts.reserve_all(counted, now_ms)
        rows = dict(zip((account for account, _ in counted), reserved.in_a_row, strict=True))
        spent = {account: rows[account] >= limit.in_a_row for account, limit in counted}
        return Guess(
            allowed=reserved.allowed,
            spent=any(is_so for account, is_so in spent.items() if account.startswith(_AUTHENTICATOR)),
            device=device,
            device_spent=bool(device) and spent[known_device.account_of(device)],
            accounts=tuple(rows),
        )


def accounts_of(customer: str) -> tuple[str, ...]:
    """All that is counted by the customer, not by a browser."""
    return f"customer/{customer}", f"recovery/{customer}", _row_of(customer)


_AUTHENTICATOR: Final = "authenticator/"


def _row_of(customer: str) -> str:
    return f"{_AUTHENTICATOR}{customer}"


def _first(account: str, device: str) -> tuple[str, FailureLimit]:
    if device:
        return known_device.account_of(device), known_device.FAILURES
    return account, UNKNOWN_DEVICE_LIMIT
