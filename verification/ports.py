"""What verification asks of storage. Every method raises StoreUnavailable if the database does not answer in 2 s."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from verification.authenticator import Authenticator, StepClaim
from verification.credentials import StaffCredentials
from verification.known_device import KnownDevice
from verification.login import Login
from verification.throttle import FailureLimit

Answer = TypeVar("Answer")


class StoreUnavailable(Exception):
    """The database cannot be asked now: nobody is verified or signed in. Nothing may be assumed to be written."""


class AuthenticatorStore(Protocol):
    """Customers' and staff's authenticators alike; an owner has one active authenticator at most."""

    async def of_owner(self, owner: str) -> Authenticator | None: ...

    async def claim_step(self, authenticator: str, step: int, used_by: str) -> StepClaim:
        """Use `step` once: CLAIMED for exactly one caller ever, on however many servers, and only above all used steps.

        `used_by` (at most 128 characters) tells a retry from a replay. Committed on return. PASSED if there is no such
        authenticator.
        """
        ...

    async def add(self, authenticator: Authenticator) -> None:
        """Committed on return."""
        ...

    async def disable(self, authenticator: str, now_ms: int) -> bool:
        """True to exactly one caller: from now on no code of it counts. Committed on return."""
        ...

    async def set_offset(self, seen: Authenticator, offset: int, step: int) -> bool:
        """The device's clock was found at `offset`; steps up to `step` are used. False, and nothing of it, if a step
        that is as high was used meanwhile. Committed on return."""
        ...


@dataclass(frozen=True, slots=True)
class Reserved:
    """`in_a_row`: of each account, in their order, this one counted if it was allowed."""

    allowed: bool
    in_a_row: tuple[int, ...]


Reserve = Callable[[str, FailureLimit], bool]


class AttemptStore(Protocol):
    """Wrong guesses by account, over all servers. An account need not exist anywhere else."""

    async def reserve(self, account: str, limit: FailureLimit, now_ms: int) -> bool:
        """Count one failure in advance, so that guesses sent at once cannot all pass; False (uncounted) over the limit.

        Committed on return. The same writes happen for every account name.
        """
        ...

    async def take_back(self, account: str) -> None:
        """The reserved attempt was right: see `throttle.taken_back`. Committed on return."""
        ...

    async def reserve_all(self, counted: Sequence[tuple[str, FailureLimit]], now_ms: int) -> Reserved:
        """As `reserve`, on several accounts in one transaction: on all of them, or on none if one is over its limit."""
        ...

    async def reserve_by(self, plan: Callable[[Reserve], Answer], now_ms: int) -> Answer:
        """As `reserve`, where one answer decides what is asked next: all that `plan` asks is one transaction. `plan`
        runs in another thread, and does nothing else."""
        ...

    async def take_back_all(self, accounts: Sequence[str]) -> None:
        """As `take_back`, in one transaction."""
        ...


class KnownDeviceStore(Protocol):
    """Browsers in which customers were verified before, by the hash of their cookie."""

    async def of_token_hash(self, token_hash: str) -> KnownDevice | None: ...

    async def void(self, device: str, now_ms: int) -> bool:
        """True to exactly one caller. Committed on return."""
        ...


@dataclass(frozen=True, slots=True)
class StoredRecoveryCode:
    id: str  # "rec_...", may be told to anybody
    code_hash: str = field(repr=False)


class RecoveryCodeStore(Protocol):
    """Ten a customer, or none."""

    async def of_slot(self, customer: str, slot: int) -> StoredRecoveryCode | None:
        """Used or not."""
        ...

    async def use(self, code: str, used_by: str, now_ms: int) -> int | None:
        """How many are left, to exactly one caller ever, on however many servers; None if it was used or replaced.

        `used_by` (at most 128 characters) tells a retry from a replay. Committed on return."""
        ...

    async def used_by(self, code: str) -> str | None: ...


class CredentialStore(Protocol):
    """What staff sign in with."""

    async def of_username(self, username: str) -> StaffCredentials | None: ...

    async def set_password_hash(self, staff: str, password_hash: str) -> None:
        """Committed on return."""
        ...


class LoginStore(Protocol):
    """Logins by the SHA-256 of their token."""

    async def add(self, login: Login, link: int | None = None) -> bool:
        """Committed on return. `link` names what lets the organisation's provider speak for the login's owner: where it
        was taken away, False and nothing kept. Whoever takes it away finds, after that, every login made by it."""
        ...

    async def of_token_hash(self, token_hash: str) -> Login | None: ...

    async def touch(self, login: str, last_seen_ms: int) -> None:
        """Never lowers what is stored."""
        ...

    async def end(self, login: str, now_ms: int) -> None:
        """Committed on return. A login that is ended already keeps its first end."""
        ...

    async def unended(self, now_ms: int) -> list[Login]:
        """All that are neither ended nor past their twelve hours."""
        ...


class RenewableLogins(LoginStore, Protocol):
    """Logins whose token can change."""

    async def renew(
        self, login: Login, token_hash: str, authenticated_at_ms: int, link: int | None = None
    ) -> bool:
        """Once committed, `login`'s former token finds nothing. False, and nothing written, if the login has ended or
        has another token than `login.token_hash` by now: of two at once, one. `link`: as for `add`."""
        ...
