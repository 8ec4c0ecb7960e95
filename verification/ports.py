"""What verification asks of storage. Every method raises StoreUnavailable if the database does not answer in 2 s."""

from typing import Protocol

from verification.authenticator import Authenticator, StepClaim
from verification.credentials import StaffCredentials
from verification.login import Login
from verification.throttle import FailureLimit


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


class CredentialStore(Protocol):
    """What staff sign in with."""

    async def of_username(self, username: str) -> StaffCredentials | None: ...

    async def set_password_hash(self, staff: str, password_hash: str) -> None:
        """Committed on return."""
        ...


class LoginStore(Protocol):
    """Logins by the SHA-256 of their token."""

    async def add(self, login: Login) -> None:
        """Committed on return."""
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
