"""A staff member signs in: name, password and code at once, one answer for every refusal.

1. Password and code have counters of their own. A code is counted only where the password was right, so that a stranger
   who knows a name cannot lock its owner out of the code. Password failures are counted by name and source, and by name
   alone only where the source may still try. A name that is tried from many places is not shut: each source has fewer
   tries then, and one that has not failed yet is heard, so strangers keep nobody out.
2. All work is done whatever fails first: one argon2 hash, one code computed, the same reservations. So the time tells
   nothing either.
3. A code is used once: its step is claimed in one atomic write, as a customer's is.
4. Officers sign in by passkey only (`officers_by_passkey`, off in the demo alone): their password and code are judged
   like anybody's and open nothing.
"""

import hashlib
import re
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from verification.credentials import Door, SignInMeans, StaffCredentials
from verification.login import LinkGone, Login, LoginRegistry
from verification.passwords import Passwords
from verification.ports import AttemptStore, AuthenticatorStore, CredentialStore, Reserve
from verification.staff_code import StaffCodes
from verification.throttle import FailureLimit

PASSWORD_BY_SOURCE: Final = FailureLimit(count=10, window_ms=900_000, in_a_row=1_000_000)
PASSWORD_UNDER_ATTACK: Final = FailureLimit(count=2, window_ms=900_000, in_a_row=1_000_000)
PASSWORD_BY_NAME: Final = FailureLimit(count=100, window_ms=3_600_000, in_a_row=1_000_000)

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
    # "password", "code", "code_replayed", "throttled", "door", "blocked", "replaced", "passkey_needed", "not_linked"
    reason: str


class StaffSignIn:
    def __init__(
        self,
        *,
        credentials: CredentialStore,
        authenticators: AuthenticatorStore,
        attempts: AttemptStore,
        passwords: Passwords,
        logins: LoginRegistry,
        codes: StaffCodes,
        officers_by_passkey: bool = True,
    ) -> None:
        self._credentials = credentials
        self._authenticators = authenticators
        self._attempts = attempts
        self._passwords = passwords
        self._logins = logins
        self._codes = codes
        self._officers_by_passkey = officers_by_passkey

    async def sign_in(
        self,
        *,
        username: str,
        password: str,
        code: str,
        door: Door,
        source: str,
        now_ms: int,
        browser: str = "",
    ) -> SignedIn | SignInRefused:
        """`source` is the client's address (for v6 its /64), for counting only; `browser` its rough name.

        Raises StoreUnavailable, TooBusy.
        """
        name = username.lower() if len(username) <= 64 and username.isascii() else ""
        known = await self._credentials.of_username(name) if _USERNAME.fullmatch(name) else None
        account = f"password/{known.staff}" if known else f"password/?{_bucket(username)}"
        password_right = await self._password(known, password, account, source, now_ms)
        judged = await self._codes.use(known.staff if known and password_right else None, code, now_ms)
        if known is None or not password_right:
            return SignInRefused(staff=known.staff if known else "", reason="password")
        if judged.refusal is not None:
            return SignInRefused(staff=known.staff, reason=judged.refusal)
        reason = self._kept_out(known, door, now_ms)
        if reason is not None:
            return SignInRefused(staff=known.staff, reason=reason)
        means = SignInMeans.PASSWORD
        return await self.admit(known.staff, judged.authenticator, door, now_ms, means=means, browser=browser)

    async def admit(
        self,
        staff: str,
        used: str,
        door: Door,
        now_ms: int,
        *,
        means: SignInMeans,
        browser: str,
        link: int | None = None,
    ) -> SignedIn | SignInRefused:
        """A login for somebody who has just used the authenticator `used`, and whom nothing keeps out. `link`: by which
        the organisation's provider told who it is; it must still be there."""
        try:
            login, token = await self._logins.start(
                staff, door, now_ms, means=means, browser=browser, link=link
            )
        except LinkGone:
            return SignInRefused(staff=staff, reason="not_linked")
        # Replaced meanwhile: whoever did that has ended all logins, maybe before this one was there to be ended.
        active = await self._authenticators.of_owner(staff)
        if active is None or active.id != used:
            await self._logins.end(login.id, now_ms)
            return SignInRefused(staff=staff, reason="replaced")
        return SignedIn(staff=staff, login=login, token=token)

    def _kept_out(self, known: StaffCredentials, door: Door, now_ms: int) -> str | None:
        """Why somebody whose password and code were right does not enter."""
        if door not in known.doors:
            return "door"
        if known.blocked_until_ms is not None and now_ms < known.blocked_until_ms:
            return "blocked"
        return "passkey_needed" if door is Door.SECURITY and self._officers_by_passkey else None

    async def _password(
        self, known: StaffCredentials | None, password: str, account: str, source: str, now_ms: int
    ) -> bool:
        allowed, counted = await self._attempts.reserve_by(
            partial(_may_try_password, account, f"{account}@{_short(source)}"), now_ms
        )
        checked = await self._passwords.check(known.password_hash if known else None, password)
        right = known is not None and checked.matches and allowed
        # As many writes either way.
        await self._attempts.take_back_all(counted if right else (_NOBODYS_ACCOUNT,) * len(counted))
        if known is not None and right and checked.rehashed is not None:
            await self._credentials.set_password_hash(known.staff, checked.rehashed)
        return right


def _may_try_password(account: str, by_source: str, reserve: Reserve) -> tuple[bool, tuple[str, str, str]]:
    """Whether it may be tried, and the three accounts that it was counted on: three whatever happens."""
    source_may = reserve(by_source, PASSWORD_BY_SOURCE)
    by_name = account if source_may else _NOBODYS_ACCOUNT
    name_is_quiet = reserve(by_name, PASSWORD_BY_NAME)
    attacked = source_may and not name_is_quiet
    strict = f"{by_source}/attacked" if attacked else _NOBODYS_ACCOUNT
    source_is_clean = reserve(strict, PASSWORD_UNDER_ATTACK)
    # What was not counted is not taken back: it would take back an earlier failure.
    counted_by_name = by_name if name_is_quiet else _NOBODYS_ACCOUNT
    return source_may and (name_is_quiet or source_is_clean), (by_source, counted_by_name, strict)


def _bucket(username: str) -> int:
    return int.from_bytes(_digest(username)[:8], "big") % _UNKNOWN_NAMES


def _short(source: str) -> str:
    """An address is personal: a hash tells as much for counting."""
    return _digest(source).hex()[:16]


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
