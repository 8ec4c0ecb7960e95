"""One sign-in at the provider, from the way there to whom it is. The rules are the package's."""

import asyncio
import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote_plus, urlencode

from audit.plain_file import read_plain
from server.oidc.fetching import ProviderUnavailable, fetch
from server.oidc.id_token import Expected, Statement, TokenRefused, judged, key_named
from server.oidc.provider import Provider
from server.oidc.settings import OidcSettings
from server.storage.provider_sign_ins import ProviderPurpose, ProviderTransaction, SqlProviderSignIns
from server.storage.staff_identities import Link, SqlStaffIdentities
from support.identity import StaffId

LIFE_MS: Final = 10 * 60_000
LONGEST_VALUE: Final = 2_048
LARGEST_SECRET_BYTES: Final = 1_024
_BYTES: Final = 32


class ProviderRefused(Exception):
    """`reason` is for the log: a word, nothing of what was sent. `under_way`: what somebody signed in had begun, if it
    was that."""

    def __init__(self, reason: str, under_way: ProviderTransaction | None = None) -> None:
        super().__init__(f"a sign-in at the provider was refused: {reason}")
        self.reason, self.under_way = reason, under_way


@dataclass(frozen=True, slots=True)
class Begun:
    """`address` is where the browser goes; `token` is for its cookie and is kept nowhere."""

    address: str = field(repr=False)
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who goes there from within a sign-in of ours."""

    staff: StaffId
    login: str


@dataclass(frozen=True, slots=True)
class Told:
    """Who it is, as the provider says. `staff` and `link` are None where the subject is nobody's yet, and that was the
    question. `strong`: it asked for a second factor as the settings want. `asker`: see ProviderTransaction."""

    purpose: ProviderPurpose
    subject: str = field(repr=False)
    staff: StaffId | None
    link: int | None
    strong: bool
    asker: Asker | None = None


class ProviderSignIn:
    """Raises StoreUnavailable; ProviderUnavailable where the provider, or the file of the secret, cannot be had."""

    def __init__(
        self,
        settings: OidcSettings,
        secret: Path,
        back: str,
        transactions: SqlProviderSignIns,
        identities: SqlStaffIdentities,
    ) -> None:
        self.settings = settings
        self._secret, self._back = secret, back
        self._transactions, self._identities = transactions, identities
        self._provider = Provider(settings.issuer)

    async def begin(
        self, now_ms: int, purpose: ProviderPurpose = ProviderPurpose.SIGN_IN, asker: Asker | None = None
    ) -> Begun:
        """Somebody who is signed in proves themselves there anew: whoever sits at their desk does not pass."""
        endpoints = await self._provider.endpoints()
        token, state = _random(), _random()
        nonce, verifier = _derived(token, "nonce"), _derived(token, "verifier")
        transaction = ProviderTransaction(
            _hash(token),
            _hash(state),
            now_ms + LIFE_MS,
            purpose,
            staff=asker.staff if asker else None,
            login=asker.login if asker else None,
        )
        await self._keep(transaction, now_ms)
        challenge = _base64url(hashlib.sha256(verifier.encode("ascii")).digest())  # RFC 7636, 4.2
        asked = {
            "response_type": "code",
            "scope": "openid",
            "client_id": self.settings.client,
            "redirect_uri": self._back,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        if self.settings.second_factor_acr:
            asked["acr_values"] = " ".join(self.settings.second_factor_acr)
        if asker is not None:  # OpenID Connect Core 1.0, 3.1.2.1: `max_age` also makes it tell `auth_time`
            asked |= {"prompt": "login", "max_age": "0"}
        sign = "&" if "?" in endpoints.authorization else "?"
        return Begun(f"{endpoints.authorization}{sign}{urlencode(asked)}", token)

    async def complete(self, token: str, answer: Mapping[str, str], now_ms: int) -> Told:
        """`answer` is what stands behind the "?" of the way back. Raises ProviderRefused."""
        transaction = await self._transactions.take(_hash(token), now_ms)
        if transaction is None or transaction.subject is not None:
            raise ProviderRefused("expired")
        try:
            return await self._told(token, transaction, answer, now_ms)
        except ProviderRefused as refused:
            raise ProviderRefused(refused.reason, transaction) from refused

    async def await_step(self, told: Told, now_ms: int) -> str:
        """The token of the cookie with which a step of ours may follow: a code, or what a strict cookie comes with."""
        token = _random()
        waiting = ProviderTransaction(
            _hash(token),
            _hash(_random()),
            now_ms + LIFE_MS,
            told.purpose,
            staff=told.asker.staff if told.asker else told.staff,
            login=told.asker.login if told.asker else None,
            subject=told.subject,
            link=told.link,
        )
        await self._keep(waiting, now_ms)
        return token

    async def awaited(self, token: str, now_ms: int) -> ProviderTransaction | None:
        """The sign-in that a code may follow, by this cookie."""
        found = await self._transactions.find(_hash(token), now_ms)
        waits = found is not None and found.subject is not None and found.purpose is ProviderPurpose.SIGN_IN
        return found if waits else None

    async def done(self, token: str, now_ms: int) -> bool:
        """The code was right: True to exactly one caller."""
        return await self._transactions.take(_hash(token), now_ms) is not None

    async def proved(
        self, token: str, purpose: ProviderPurpose, asker: Asker, now_ms: int
    ) -> ProviderTransaction | None:
        """What the provider told of whoever asks, to exactly one caller; None for a cookie of another sign-in."""
        taken = await self._transactions.take(_hash(token), now_ms)
        if taken is None or taken.subject is None or taken.purpose is not purpose:
            return None
        return taken if (taken.staff, taken.login) == (asker.staff, asker.login) else None

    async def _keep(self, transaction: ProviderTransaction, now_ms: int) -> None:
        if not await self._transactions.add(transaction, now_ms):
            raise ProviderUnavailable("too many sign-ins at the provider are under way")

    async def _told(
        self, token: str, transaction: ProviderTransaction, answer: Mapping[str, str], now_ms: int
    ) -> Told:
        if not hmac.compare_digest(_hash(answer.get("state", "")), transaction.state_hash):
            raise ProviderRefused("state")
        endpoints = await self._provider.endpoints()
        issuer = answer.get("iss")
        if issuer != self.settings.issuer and (issuer is not None or endpoints.tells_issuer):
            raise ProviderRefused("issuer")  # another provider's answer, mixed up (RFC 9207)
        code = answer.get("code", "")
        if "error" in answer or not 0 < len(code) <= LONGEST_VALUE:
            raise ProviderRefused("denied")
        statement = await self._statement(endpoints.token, code, token, transaction, now_ms)
        link = await self._identities.of_subject(self.settings.issuer, statement.subject)
        if link is None and transaction.purpose is not ProviderPurpose.LINK:
            raise ProviderRefused("not_linked")
        return _judged(transaction, statement.subject, link, strong=self._strong(statement))

    async def _statement(
        self, endpoint: str, code: str, cookie: str, transaction: ProviderTransaction, now_ms: int
    ) -> Statement:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": _derived(cookie, "verifier"),
        }
        client, secret = self.settings.client, await self._read_secret()
        given = await fetch(endpoint, form=form, authorization=_basic(client, secret))
        token = given.get("id_token")
        if not isinstance(token, str):
            raise ProviderRefused("no_token")
        begun_s = (transaction.expires_at_ms - LIFE_MS) // 1000
        expected = Expected(
            self.settings.issuer,
            client,
            _derived(cookie, "nonce"),
            self.settings.algorithms,
            None if transaction.login is None else begun_s,
        )
        try:
            keys = await self._provider.keys(key_named(token))
            return judged(token, keys, expected, now_ms // 1000)
        except TokenRefused as refused:
            raise ProviderRefused(f"token_{refused.reason}") from refused

    async def _read_secret(self) -> str:
        try:
            content = await asyncio.to_thread(read_plain, self._secret, LARGEST_SECRET_BYTES)
            secret = "" if content is None else content.decode("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ProviderUnavailable("the file of the client's secret cannot be read") from error
        if not secret:
            raise ProviderUnavailable("the file of the client's secret is missing or empty")
        return secret

    def _strong(self, statement: Statement) -> bool:
        settings = self.settings
        by_method = bool(set(statement.methods) & set(settings.second_factor_amr))
        return by_method or statement.context in settings.second_factor_acr


def _judged(transaction: ProviderTransaction, subject: str, link: Link | None, *, strong: bool) -> Told:
    """Raises ProviderRefused."""
    asker = None
    if transaction.login is not None and transaction.staff is not None:
        asker = Asker(StaffId(transaction.staff), transaction.login)
        if link is not None and link.staff != asker.staff:
            raise ProviderRefused("somebody_else")
        if transaction.purpose is ProviderPurpose.CONFIRM and not strong:
            raise ProviderRefused("one_factor")
    staff, index = (None, None) if link is None else (link.staff, link.index)
    return Told(transaction.purpose, subject, staff, index, strong, asker)


def _basic(client: str, secret: str) -> str:
    """RFC 6749, 2.3.1: both are form-encoded before they become user and password."""
    pair = f"{quote_plus(client)}:{quote_plus(secret)}"
    return "Basic " + base64.b64encode(pair.encode("ascii")).decode("ascii")


def _random() -> str:
    return _base64url(secrets.token_bytes(_BYTES))


def _derived(token: str, what: str) -> str:
    """Of the cookie's token, whose hash alone is kept: whoever reads the database has neither nonce nor verifier."""
    return _base64url(hmac.digest(token.encode("utf-8", "surrogatepass"), what.encode("ascii"), "sha256"))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")
