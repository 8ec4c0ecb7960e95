"""A browser goes the way of an enrolment link: claim it, choose, confirm by a code. The rules are
`verification.enrolment`'s; here they meet the database, the log and whatever the person is doing at the moment.

Claim and finish follow the order rule: nothing is given (the holder's cookie, the new authenticator) before its entry
is durable. What is chosen between the two opens nothing and is no entry.
"""

import asyncio
import base64
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Final
from weakref import WeakValueDictionary

import structlog

from audit.event import Event, Fact, Outcome
from audit.ports import AuditWriter
from server.enrolment_entries import CLAIMED, FINISHED, REFUSED, entry, outcome_of
from server.link_news import LinkNews
from server.newcomers import Newcomer, Newcomers
from server.notices import NoticeKind
from server.signing_out import SigningOut
from server.storage.enrolments import Confirmed, SqlEnrolmentStore
from server.storage.transaction import Within, nothing
from verification import enrolment, password_rule, totp
from verification.authenticator import Authenticator
from verification.customer_code import opened_secret
from verification.enrolment import Enrolment, EnrolmentRefused, Reason, Stage, Standing, SubjectKind
from verification.password_rule import Weakness
from verification.passwords import Passwords
from verification.ports import AttemptStore, StoreUnavailable
from verification.sealing import Keyring, SealContext

ID_BYTES: Final = 16
FIRST_VERSION: Final = 1
_log: Final = structlog.get_logger("enrolling")
_OVER: Final = {
    Standing.USED: Reason.USED,
    Standing.WITHDRAWN: Reason.WITHDRAWN,
    Standing.EXPIRED: Reason.EXPIRED,
}


@dataclass(frozen=True, slots=True)
class Held:
    """A link in the browser that claimed it, and whose it is."""

    link: Enrolment
    person: Newcomer


@dataclass(frozen=True, slots=True)
class NewSecret:
    """Shown once. `key` is base32, `uri` what an authenticator app takes; both are the secret."""

    key: str = field(repr=False)
    uri: str = field(repr=False)


class PasswordRefused(Exception):
    """The password is too weak; nothing was kept."""

    def __init__(self, weakness: Weakness) -> None:
        super().__init__(f"a password was refused: {weakness}")
        self.weakness = weakness


def new_holder() -> str:
    """For the cookie that a browser gets with the page, before it claims anything."""
    return enrolment.holder_from(secrets.token_bytes(enrolment.HOLDER_BYTES))


class Enrolling:
    def __init__(
        self,
        *,
        store: SqlEnrolmentStore,
        log: AuditWriter,
        newcomers: Newcomers,
        attempts: AttemptStore,
        passwords: Passwords,
        keyring: Keyring,
        signing_out: SigningOut,
        organisation: str,
        news: LinkNews | None = None,
    ) -> None:
        self._news = news
        self._store, self._log, self._newcomers, self._attempts = store, log, newcomers, attempts
        self._passwords, self._keyring, self._signing_out = passwords, keyring, signing_out
        self._organisation = organisation
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def linked(self, token: str, now: int) -> Held:
        """The link of this token, claimed or not, unless it is over. Raises EnrolmentRefused."""
        link = await self._store.of_token(enrolment.token_hash(token)) if enrolment.is_token(token) else None
        if link is None:
            raise EnrolmentRefused(Reason.UNKNOWN)
        return await self._going_on(link, now)

    async def claim(self, held: Held, token: str, cookie: str | None, now: int) -> tuple[Held, str]:
        """What this browser holds now, and its holder's token from now on, which its former cookie does not tell; the
        same again for the same browser, whose first answer may have been lost.

        Raises EnrolmentRefused, LogUnavailable.
        """
        link = held.link
        if cookie is None or not enrolment.is_holder(cookie):
            raise EnrolmentRefused(Reason.NO_COOKIE, link)  # it would not know its own link again
        holder = enrolment.claimed_holder(cookie, token)
        if link.standing(now) is Standing.HELD:
            known = {enrolment.holder_hash(one): one for one in (cookie, holder)}.get(link.holder_hash or "")
            if known is None or link.claim_index is None:
                raise EnrolmentRefused(Reason.OTHER_BROWSER, link)
            return held, known
        hashed = enrolment.holder_hash(holder)
        if not await self._store.claim(link.id, hashed, now):
            raise EnrolmentRefused(Reason.OTHER_BROWSER, link)
        await self._settled(held, hashed, now)
        return await self.held(holder, now), holder

    async def held(self, cookie: str | None, now: int) -> Held:
        """What this browser holds, a used link too. Raises EnrolmentRefused."""
        known = cookie is not None and enrolment.is_holder(cookie)
        link = await self._store.of_holder(enrolment.holder_hash(cookie)) if known and cookie else None
        if link is None or link.claim_index is None:
            raise EnrolmentRefused(Reason.NOT_OPEN)
        return await self._going_on(link, now, used_too=True)

    async def choose_password(self, held: Held, password: str, now: int) -> Held:
        """Raises PasswordRefused, EnrolmentRefused, TooBusy."""
        link, staff = held.link, held.person.staff
        if staff is None or link.stage() is Stage.DONE:
            raise EnrolmentRefused(Reason.NOT_NOW, link)
        # Never taken back: each try costs work, also a good one.
        if not await self._attempts.reserve(_passwords_of(link), enrolment.PASSWORDS, now):
            raise EnrolmentRefused(Reason.TOO_MANY_PASSWORDS, link)
        weak = await asyncio.to_thread(
            password_rule.weakness, password, username=staff.username, organisation=self._organisation
        )
        if weak is not None:
            raise PasswordRefused(weak)
        hashed = await self._passwords.hashed(password)
        if not await self._store.choose_password(link.id, link.holder_hash or "", hashed, now):
            raise await self._why_not(link, now)
        return replace(held, link=replace(link, password_hash=hashed))

    async def new_secret(self, held: Held, now: int) -> NewSecret:
        """A pending authenticator, in place of one that was pending before. Raises EnrolmentRefused."""
        link = held.link
        if link.stage() not in {Stage.AUTHENTICATOR, Stage.CODE}:
            raise EnrolmentRefused(Reason.NOT_NOW, link)
        secret = secrets.token_bytes(totp.SECRET_BYTES)
        name = "aut_" + base64.urlsafe_b64encode(secrets.token_bytes(ID_BYTES)).rstrip(b"=").decode("ascii")
        sealed = self._keyring.seal(secret, SealContext(link.subject.id, name, FIRST_VERSION))
        pending = Authenticator(name, link.subject.id, FIRST_VERSION, sealed)
        if not await self._store.choose_authenticator(link.id, link.holder_hash or "", pending, now):
            raise await self._why_not(link, now)
        uri = totp.key_uri(secret, issuer=self._organisation, account=held.person.account)
        return NewSecret(totp.in_base32(secret), uri)

    async def finish(self, held: Held, code: str, now: int) -> Held:
        """The code confirms what was chosen: one authenticator, whatever is sent at once. Finished already is
        finished. Raises EnrolmentRefused, LogUnavailable."""
        turn = self._turns.setdefault(held.link.id, asyncio.Lock())
        async with turn:
            link = await self._store.of_token(held.link.token_hash)
            if link is None or link.holder_hash != held.link.holder_hash:
                raise EnrolmentRefused(Reason.NOT_OPEN)
            current = await self._going_on(link, now, used_too=True)
            if link.stage() is Stage.DONE:
                return current
            confirmed = await self._confirmed(current, code, now)
            facts: dict[str, Fact] = {"authenticator": confirmed.id, "method": "totp"}
            return await self.replaced(current, facts, lambda _: _itself(confirmed), now)

    async def _confirmed(self, held: Held, code: str, now: int) -> Authenticator:
        link = held.link
        if link.stage() is not Stage.CODE or link.pending is None:
            raise EnrolmentRefused(Reason.NOT_NOW, link)
        if not totp.is_code(code):
            raise EnrolmentRefused(Reason.CODE, link)
        if not await self._attempts.reserve(_codes_of(link), enrolment.CODES, now):
            raise await self._refused_code(held, Reason.TOO_MANY_CODES, now)
        secret = opened_secret(self._keyring, link.pending)
        found = totp.confirmed(secret, code, now) if secret is not None else None
        if found is None:
            raise await self._refused_code(held, Reason.CODE, now)
        await self._attempts.take_back(_codes_of(link))
        return replace(link.pending, offset=found.offset, last_step=found.step)

    async def replaced(
        self, held: Held, told: dict[str, Fact], confirmed: Callable[[int], Awaitable[Confirmed]], now: int
    ) -> Held:
        """The person has what is new, and nothing of what was before. `told`: what that is, for the log, whose intent's
        index goes to `confirmed`. Raises EnrolmentRefused, LogUnavailable, AlreadyThere."""
        link, person = held.link, held.person
        intended = entry(FINISHED, person, Outcome.INTENT, now, {"enrolment": link.id, **told})
        intent = (await self._log.append(intended)).index
        forgiven = (*person.code_accounts, _codes_of(link), _passwords_of(link))
        try:
            new = await confirmed(intent)
            written = await self._store.finish(
                link, new, now, forgiven=forgiven, within=self._told_too(link, new, now)
            )
        except BaseException:  # it may have been written all the same: what would end then ends
            await self._signed_out(person)
            self._close(intended, intent, Outcome.UNKNOWN, {"enrolment": link.id, "reason": "no_answer"})
            raise
        if not written:
            self._close(intended, intent, Outcome.FAILED, {"enrolment": link.id, "reason": "overtaken"})
            raise await self._why_not(link, now)
        # The rows of the sign-ins have ended with the write; what runs under them ends here.
        ended = await self._signed_out(person)
        self._close(intended, intent, Outcome.DONE, {"enrolment": link.id, "logins_ended": ended})
        return replace(held, link=replace(link, finished_at_ms=now, password_hash=None, pending=None))

    def _told_too(self, link: Enrolment, new: Confirmed, now: int) -> Within:
        """A customer who has an app or a passkey by a link hears of it, with a link that stops it."""
        news = self._news
        if news is None or link.subject.kind is not SubjectKind.CUSTOMER:
            return nothing
        by_app = isinstance(new, Authenticator)
        kind = NoticeKind.AUTHENTICATOR_ADDED if by_app else NoticeKind.PASSKEY_ADDED
        return lambda connection: news.enrolled(connection, link, now, kind)

    async def _signed_out(self, person: Newcomer) -> int:
        return await self._signing_out.everywhere(person.staff.id) if person.staff is not None else 0

    async def _settled(self, held: Held, holder_hash: str, now: int) -> None:
        link = held.link
        try:
            claimed = entry(CLAIMED, held.person, Outcome.DONE, now, {"enrolment": link.id})
            settled = await self._store.settle(link.id, holder_hash, (await self._log.append(claimed)).index)
        except BaseException:
            await self._release(link, holder_hash)
            raise
        if not settled:
            raise EnrolmentRefused(Reason.OTHER_BROWSER, link)

    async def _release(self, link: Enrolment, holder_hash: str) -> None:
        """If this cannot be written, the claim runs out by itself."""
        try:
            await self._store.release(link.id, holder_hash)
        except StoreUnavailable:
            _log.warning("a claim stays until it runs out", enrolment=link.id)

    async def _going_on(self, link: Enrolment, now: int, *, used_too: bool = False) -> Held:
        reason = _OVER.get(link.standing(now))
        if reason is not None and not (used_too and reason is Reason.USED):
            raise EnrolmentRefused(reason, link)
        person = await self._newcomers.find(link.subject)
        if person is None or person.blocked(now):  # gone or blocked since: as if the link had been taken back
            raise EnrolmentRefused(Reason.WITHDRAWN, link)
        return Held(link, person)

    async def _refused_code(self, held: Held, reason: Reason, now: int) -> EnrolmentRefused:
        facts: dict[str, Fact] = {"enrolment": held.link.id, "reason": reason.value}
        if reason is not Reason.TOO_MANY_CODES:  # those are as many as somebody cares to send
            await self._log.append(entry(REFUSED, held.person, Outcome.REFUSED, now, facts))
        return EnrolmentRefused(reason, held.link)

    async def _why_not(self, link: Enrolment, now: int) -> EnrolmentRefused:
        """A write that found the link over, or changed meanwhile."""
        current = await self._store.of_token(link.token_hash)
        standing = current.standing(now) if current is not None else Standing.WITHDRAWN
        return EnrolmentRefused(_OVER.get(standing, Reason.NOT_NOW), link)

    def _close(self, intended: Event, intent: int, outcome: Outcome, facts: dict[str, Fact]) -> None:
        self._log.append_reducing(outcome_of(intended, intent, outcome, facts))


async def _itself(confirmed: Authenticator) -> Authenticator:
    return confirmed


def _codes_of(link: Enrolment) -> str:
    """Where its wrong codes are counted."""
    return f"enrolment/{link.id}"


def _passwords_of(link: Enrolment) -> str:
    return f"enrolment-password/{link.id}"
