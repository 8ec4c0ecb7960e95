"""What a staff member signs in with, and through which doors."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

# In place of a hash where no password was chosen yet: it matches nothing, in the time of a wrong password.
NO_PASSWORD: Final = "!"  # noqa: S105 - the absence of one


class Door(StrEnum):
    """A way in for staff. A login is good for its door only."""

    AGENT = "agent"
    SECURITY = "security"


class SignInMeans(StrEnum):
    """With what a member of staff proved who they are."""

    PASSWORD = "password"  # noqa: S105  # and a code
    PASSKEY = "passkey"
    PROVIDER = "provider"  # the organisation's own sign-in (OpenID Connect)
    PROVIDER_AND_CODE = "provider_and_code"


@dataclass(frozen=True, slots=True)
class StaffCredentials:
    """`password_hash` is an argon2id string. `blocked_until_ms` is exclusive, None if not blocked."""

    staff: str
    username: str
    password_hash: str = field(repr=False)
    doors: frozenset[Door]
    blocked_until_ms: int | None = None
