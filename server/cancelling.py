"""A customer stops, by the link in a mail, what somebody began in their name. It works without signing in, for it only
takes away; so it is done first and told afterwards."""

import asyncio
from collections.abc import Iterator
from typing import Final
from weakref import WeakValueDictionary

import structlog

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.ports import AuditWriter
from server.customer_sessions import NO_SESSIONS, EndSessions
from server.link_news import LinkNews, stopped
from server.notices import NoticeKind
from server.storage.cancellations import Cancellations, Cancelled
from verification import cancel_link
from verification.ports import StoreUnavailable

_log: Final = structlog.get_logger("cancelling")


class Cancelling:
    def __init__(
        self, store: Cancellations, log: AuditWriter, news: LinkNews, end_sessions: EndSessions
    ) -> None:
        self._store, self._log, self._news, self._end_sessions = store, log, news, end_sessions
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def cancel(self, token: str, now: int, *, waiting: EndSessions = NO_SESSIONS) -> Cancelled | None:
        """None for a link that is nobody's, was used or has run out. `waiting`: ends what waits in the customer's name.
        Raises StoreUnavailable, LogUnavailable: what could be taken away is, and the link does the rest when it is used
        again."""
        if not cancel_link.is_token(token):
            return None
        hashed = cancel_link.token_hash(token)
        async with self._turns.setdefault(hashed, asyncio.Lock()):
            return await self._cancelled(hashed, now, waiting)

    async def _cancelled(self, hashed: str, now: int, waiting: EndSessions) -> Cancelled | None:
        done = await self._store.use(hashed, now)
        if done is None:
            return None
        if not done.again:
            for event in _events(done, now):
                self._log.append_reducing(event)
        if done.factors:
            try:  # whatever was proved by it a moment ago
                await self._end_sessions(done.customer)
            finally:
                await waiting(done.customer)
        await self._store.settle(hashed, now)
        await self._tell_too(done, now)
        return done

    async def _tell_too(self, done: Cancelled, now: int) -> None:
        if done.again:
            return
        try:
            await self._tell(done, now)
        except StoreUnavailable:
            _log.warning("a customer was not told that something was stopped")

    async def _tell(self, done: Cancelled, now: int) -> None:
        if not done.own_page:
            kind, once = stopped(done.kind), done.request or done.enrolment or ""
        elif done.passkey is not None:
            kind, once = NoticeKind.PASSKEY_STOPPED, f"passkey/{done.passkey}/{now}"
        else:
            kind, once = NoticeKind.RECOVERY_CODES_STOPPED, f"recovery-codes/{now}"
        await self._news.cancelled((done.customer, *done.others), once, now, kind)


def _events(done: Cancelled, now: int) -> Iterator[Event]:
    """What was stopped, then each passkey and each sign-in that went with it."""
    told: dict[str, Fact] = {
        "request": done.request or "",
        "enrolment": done.enrolment or "",
        "requests_closed": done.requests_closed,
        "links_withdrawn": done.links_withdrawn,
        "authenticators_disabled": done.authenticators_disabled,
    }
    if done.own_page:
        told |= {
            "passkey": done.passkey or "",
            "passkeys_removed": len(done.passkeys_removed),
            "logins_ended": len(done.logins_ended),
            "recovery_codes_forgotten": done.recovery_codes_forgotten,
        }
    yield _event(EventName.CUSTOMER_FACTOR_REQUEST_CANCELLED, done, told, now)
    for passkey in done.passkeys_removed:
        gone: dict[str, Fact] = {"passkey": passkey, "how": "cancel_link"}
        yield _event(EventName.CUSTOMER_PASSKEY_REMOVED, done, gone, now)
    for login in done.logins_ended:
        ended: dict[str, Fact] = {"login": login, "how": "cancel_link"}
        yield _event(EventName.CUSTOMER_LOGIN_ENDED, done, ended, now)


def _event(name: EventName, done: Cancelled, facts: dict[str, Fact], now: int) -> Event:
    actor = Actor(ActorKind.CUSTOMER)  # whoever has the link: nobody was verified
    return Event(name, Outcome.DONE, now, actor, customer=done.customer, facts=facts)
