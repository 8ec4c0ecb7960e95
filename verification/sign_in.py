"""A staff member signs in: name, password and code at once, one answer for every refusal.

1. Password and code have counters of their own. A code is counted only where the password was right, so that a stranger
   who knows a name cannot lock its owner out of the code. Password failures are counted by name and source, and by name
   alone only where the source may still try. A name that is tried from many places is not shut: each source has fewer
   tries then, and one that has not failed yet is heard, so strangers keep nobody out.
2. All work is done whatever fails first: one argon2 hash, one code computed, the same reservations. So the time tells
   nothing either.
3. A code is used once: its step is claimed in one atomic write, as a customer's is.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Final

from verification import totp
from verification.authenticator import StepClaim
from verification.credentials import Door, StaffCredentials
from verification.customer_code import nobody, opened_secret
from verification.login import Login, LoginRegistry
from verification.passwords import Passwords
from verification.ports import AttemptStore, AuthenticatorStore, CredentialStore
from verification.sealing import Keyring
from verification.throttle import FailureLimit

PASSWORD_BY_SOURCE: Final = FailureLimit(count=10, window_ms=900_000, in_a_row=1_000_000)
PASSWORD_UNDER_ATTACK: Final = FailureLimit(count=2, window_ms=900_000, in_a_row=1_000_000)
PASSWORD_BY_NAME: Final = FailureLimit(count=100, window_ms=3_600_000, in_a_row=1_000_000)
CODE_BY_STAFF: Final = FailureLimit(count=10, window_ms=3_600_000, in_a_row=100)

_USERNAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
# Names that nobody has share so many accounts: inventing names fills no table.
_UNKNOWN_NAMES: Final = 4096
_NOBODYS_ACCOUNT: Final = "password/-"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`token` is for the browser's cookie and is kept nowhere."""

    staff: str
    login: Login
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignInRefused:
    """For the log only: the browser gets one answer. `staff` is "" where the name is nobody's."""

    staff: str
    reason: str  # "password", "code", "code_replayed", "throttled", "door", "blocked", "replaced"


class StaffSignIn:
    def __init__(
        self,
        *,
        credentials: CredentialStore,
        authenticators: AuthenticatorStore,
        attempts: AttemptStore,
        passwords: Passwords,
        logins: LoginRegistry,
        keyring: Keyring,
        window: int = 1,
    ) -> None:
        self._credentials = credentials
        self._authenticators = authenticators
        self._attempts = attempts
        self._passwords = passwords
        self._logins = logins
        self._keyring = keyring
        self._window = window
        self._nobody_secret = secrets.token_bytes(totp.SECRET_BYTES)
        self._nobody = nobody(keyring, self._nobody_secret)

    async def sign_in(
        self, *, username: str, password: str, code: str, door: Door, source: str, now_ms: int
    ) -> SignedIn | SignInRefused:
        """`source` is the client's address (for v6 its /64), for counting only. Raises StoreUnavailable, TooBusy."""
        name = username.lower() if len(username) <= 64 and username.isascii() else ""
        known = await self._credentials.of_username(name) if _USERNAME.fullmatch(name) else None
        account = f"password/{known.staff}" if known else f"password/?{_bucket(username)}"
        password_right = await self._password(known, password, account, source, now_ms)
        refusal, used = await self._code(known if password_right else None, code, now_ms)
        if known is None or not password_right:
            return SignInRefused(staff=known.staff if known else "", reason="password")
        if refusal is not None:
            return SignInRefused(staff=known.staff, reason=refusal)
        return await self._admitted(known, used, door, now_ms)

    async def _password(
        self, known: StaffCredentials | None, password: str, account: str, source: str, now_ms: int
    ) -> bool:
        allowed, counted = await self._may_try_password(account, f"{account}@{_short(source)}", now_ms)
        checked = await self._passwords.check(known.password_hash if known else None, password)
        right = known is not None and checked.matches and allowed
        for one in counted:
            await self._attempts.take_back(one if right else _NOBODYS_ACCOUNT)  # as many writes either way
        if known is not None and right and checked.rehashed is not None:
            await self._credentials.set_password_hash(known.staff, checked.rehashed)
        return right

    async def _may_try_password(
        self, account: str, by_source: str, now_ms: int
    ) -> tuple[bool, tuple[str, str, str]]:
        """Whether it may be tried, and the three accounts that it was counted on: three whatever happens."""
        source_may = await self._attempts.reserve(by_source, PASSWORD_BY_SOURCE, now_ms)
        by_name = account if source_may else _NOBODYS_ACCOUNT
        name_is_quiet = await self._attempts.reserve(by_name, PASSWORD_BY_NAME, now_ms)
        attacked = source_may and not name_is_quiet
        strict = f"{by_source}/attacked" if attacked else _NOBODYS_ACCOUNT
        source_is_clean = await self._attempts.reserve(strict, PASSWORD_UNDER_ATTACK, now_ms)
        # What was not counted is not taken back: it would take back an earlier failure.
        counted_by_name = by_name if name_is_quiet else _NOBODYS_ACCOUNT
        return source_may and (name_is_quiet or source_is_clean), (by_source, counted_by_name, strict)

    async def _code(self, known: StaffCredentials | None, code: str, now_ms: int) -> tuple[str | None, str]:
        """None and whose code it was, if it is right and now used; else why not."""
        account = f"code/{known.staff if known else '?'}"
        allowed = await self._attempts.reserve(account, CODE_BY_STAFF, now_ms)
        found = await self._authenticators.of_owner(known.staff if known else "")
        judged = found or self._nobody
        opened = opened_secret(self._keyring, judged)
        step = totp.matched_step(
            opened or self._nobody_secret, code, now_ms, offset=judged.offset, window=self._window
        )
        if not allowed:
            return "throttled", judged.id
        if found is None or opened is None or step is None:
            return "code", judged.id
        claim = await self._authenticators.claim_step(found.id, step, f"sign-in/{secrets.token_hex(16)}")
        if claim is not StepClaim.CLAIMED:
            return ("code_replayed" if claim is StepClaim.USED_ELSEWHERE else "code"), judged.id
        await self._attempts.take_back(account)
        return None, judged.id

    async def _admitted(
        self, known: StaffCredentials, used: str, door: Door, now_ms: int
    ) -> SignedIn | SignInRefused:
        if door not in known.doors:
            return SignInRefused(staff=known.staff, reason="door")
        if known.blocked_until_ms is not None and now_ms < known.blocked_until_ms:
            return SignInRefused(staff=known.staff, reason="blocked")
        login, token = await self._logins.start(known.staff, door, now_ms)
        # Replaced meanwhile: whoever did that has ended all logins, maybe before this one was there to be ended.
        active = await self._authenticators.of_owner(known.staff)
        if active is None or active.id != used:
            await self._logins.end(login.id, now_ms)
            return SignInRefused(staff=known.staff, reason="replaced")
        return SignedIn(staff=known.staff, login=login, token=token)


def _bucket(username: str) -> int:
    return int.from_bytes(_digest(username)[:8], "big") % _UNKNOWN_NAMES


def _short(source: str) -> str:
    """An address is personal: a hash tells as much for counting."""
    return _digest(source).hex()[:16]


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
