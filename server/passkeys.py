"""Passkeys and the log: a passkey counts once its registration is on record, and removing one waits for nothing.

Staff sign-in, step-up, customers' own pages and enrolment call these; what a passkey opens is theirs to say. `binding`
names the one browser, session, login or link that asks (see `verification.passkey_challenge`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.ports import AuditWriter, LogUnavailable
from server.customer_sessions import EndProved
from server.enrolment_entries import outcome_of
from server.link_news import LinkNews
from server.notices import NoticeKind
from server.storage.customer_logins import Overtaken
from server.storage.passkeys import NewRow, SqlPasskeyStore
from server.storage.transaction import Within
from support.identity import CustomerId
from verification.assurance import Method
from verification.enrolment import EnrolmentRefused, Subject, SubjectKind
from verification.passkey import Passkey
from verification.passkey_challenge import Bound, Purpose
from verification.passkey_refusal import PasskeyRefused, Refusal
from verification.passkey_response import AssertionResponse, RegistrationResponse
from verification.passkeys import Asked, Asserted, RegistrationAsked, new_passkey
from verification.passkeys import Passkeys as Judge
from verification.ports import StoreUnavailable

_log: Final = structlog.get_logger("passkeys")
_SHUT: Final = frozenset({Refusal.COUNTER, Refusal.DISABLED})
_REGISTERED: Final = {
    ActorKind.CUSTOMER: EventName.CUSTOMER_PASSKEY_REGISTERED,
    ActorKind.AGENT: EventName.AGENT_PASSKEY_REGISTERED,
    ActorKind.OFFICER: EventName.OFFICER_PASSKEY_REGISTERED,
}
_ASSERTED: Final = {
    ActorKind.CUSTOMER: EventName.CUSTOMER_PASSKEY_ASSERTED,
    ActorKind.AGENT: EventName.AGENT_PASSKEY_ASSERTED,
    ActorKind.OFFICER: EventName.OFFICER_PASSKEY_ASSERTED,
}
_REFUSED: Final = {
    ActorKind.CUSTOMER: EventName.CUSTOMER_PASSKEY_REFUSED,
    ActorKind.AGENT: EventName.AGENT_PASSKEY_REFUSED,
    ActorKind.OFFICER: EventName.OFFICER_PASSKEY_REFUSED,
}
_REMOVED: Final = {
    ActorKind.CUSTOMER: EventName.CUSTOMER_PASSKEY_REMOVED,
    ActorKind.AGENT: EventName.AGENT_PASSKEY_REMOVED,
    ActorKind.OFFICER: EventName.OFFICER_PASSKEY_REMOVED,
}


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose passkeys. `kind` is how the log calls them."""

    subject: Subject
    kind: ActorKind

    @property
    def actor(self) -> Actor:
        return Actor(self.kind, self.subject.id)


class Passkeys:
    def __init__(
        self, judge: Judge, store: SqlPasskeyStore, log: AuditWriter, news: LinkNews, sessions: EndProved
    ) -> None:
        self._judge, self._store, self._log, self._news = judge, store, log, news
        self._sessions = sessions

    async def of(self, owner: Subject) -> list[Passkey]:
        """Oldest first, with labels; the disabled ones too. Raises StoreUnavailable."""
        return await self._store.of_owner(owner)

    async def registration_options(self, holder: Holder, *, binding: str, now: int) -> RegistrationAsked:
        """Raises PasskeyRefused where the owner has ten already, StoreUnavailable."""
        return await self._judge.registration_options(holder.subject, binding=binding, now_ms=now)

    async def register(
        self,
        holder: Holder,
        response: RegistrationResponse,
        *,
        binding: str,
        label: str,
        now: int,
        facts: dict[str, Fact] | None = None,
        within: Within | None = None,
    ) -> Passkey:
        """The caller has made sure that the owner may add one; `within` does so once more, in the write, and may raise
        Overtaken or EnrolmentRefused. A customer is told in the same write. Raises PasskeyRefused, LogUnavailable,
        StoreUnavailable."""
        passkey = await self.new(holder, response, binding=binding, label=label, now=now)
        told: dict[str, Fact] = {"passkey": passkey.id, "backed_up": passkey.backed_up, **(facts or {})}
        intended = _event(_REGISTERED, holder, Outcome.INTENT, now, told)
        intent = (await self._log.append(intended)).index
        try:
            row = await self._store.new_row(passkey, intent)
            told_too = self._told(holder, passkey.id, NoticeKind.PASSKEY_ADDED, now)
            added = await self._store.add(row, *_those(within), *told_too)
        except (Overtaken, EnrolmentRefused):
            self._close(intended, intent, Outcome.FAILED, {"passkey": passkey.id, "reason": "overtaken"})
            raise
        except BaseException:  # it may have been written all the same
            self._close(intended, intent, Outcome.UNKNOWN, {"passkey": passkey.id, "reason": "no_answer"})
            raise
        if not added:
            self._close(intended, intent, Outcome.FAILED, {"passkey": passkey.id, "reason": "overtaken"})
            raise PasskeyRefused(Refusal.KNOWN, owner=holder.subject.id)
        self._close(intended, intent, Outcome.DONE, {"passkey": passkey.id})
        return passkey

    async def new(
        self, holder: Holder, response: RegistrationResponse, *, binding: str, label: str, now: int
    ) -> Passkey:
        """Good, and nothing yet: to be written with what it is a part of. Raises PasskeyRefused."""
        try:
            made = await self._judge.judge_registration(holder.subject, response, binding=binding, now_ms=now)
        except PasskeyRefused as refused:
            await self.record_refused(holder, refused, Purpose.REGISTER, now)
            raise
        return new_passkey(made, holder.subject, label, now)

    async def new_row(self, passkey: Passkey, intent: int) -> NewRow:
        return await self._store.new_row(passkey, intent)

    async def assertion_options(
        self,
        purpose: Purpose,
        *,
        binding: str,
        now: int,
        owner: Subject | None = None,
        bound: Bound | None = None,
        nonce: bytes | None = None,
    ) -> Asked:
        """The same for everybody, whoever has a passkey. `owner` is None where the answer shall say who it is."""
        return await self._judge.assertion_options(
            purpose, binding=binding, now_ms=now, owner=owner, bound=bound, nonce=nonce
        )

    async def judge(
        self,
        purpose: Purpose,
        response: AssertionResponse,
        *,
        kind: SubjectKind,
        binding: str,
        now: int,
        owner: Subject | None = None,
    ) -> Asserted:
        """For callers that record the outcome themselves, at once and durably. A customer's passkey that is shut now
        takes along what was proved by it, or by its copy. Raises PasskeyRefused, StoreUnavailable."""
        try:
            return await self._judge.judge_assertion(
                purpose, response, kind=kind, binding=binding, now_ms=now, owner=owner
            )
        except PasskeyRefused as refused:
            if refused.reason in _SHUT and kind is SubjectKind.CUSTOMER and refused.owner is not None:
                await self._end_proved(refused.owner)
            raise

    async def _end_proved(self, customer: str) -> None:
        try:
            await self._sessions.end_proved_by(customer, Method.PASSKEY)
        except StoreUnavailable:  # dark here all the same, and tried again with the next use
            _log.warning("sessions on other servers rest on a passkey that is shut")

    async def assertion(
        self,
        purpose: Purpose,
        response: AssertionResponse,
        *,
        holder: Holder,
        binding: str,
        now: int,
        session: str | None = None,
    ) -> Asserted:
        """As `judge`, of somebody who is known already, and on record before this returns. Raises LogUnavailable."""
        try:
            asserted = await self.judge(
                purpose,
                response,
                kind=holder.subject.kind,
                binding=binding,
                now=now,
                owner=holder.subject,
            )
        except PasskeyRefused as refused:
            await self.record_refused(holder, refused, purpose, now, session=session)
            raise
        await self.record_asserted(holder, asserted, purpose, now, session=session)
        return asserted

    async def record_asserted(
        self, holder: Holder, asserted: Asserted, purpose: Purpose, now: int, *, session: str | None = None
    ) -> None:
        """Raises LogUnavailable: then nothing may be given for it."""
        facts: dict[str, Fact] = {"passkey": asserted.passkey, "purpose": purpose.value}
        await self._log.append(_event(_ASSERTED, holder, Outcome.DONE, now, facts, session))

    async def record_refused(
        self,
        holder: Holder,
        refused: PasskeyRefused,
        purpose: Purpose,
        now: int,
        *,
        session: str | None = None,
    ) -> None:
        """For callers of `judge` that know who it should have been. It is refused in any case, so nothing is raised."""
        try:
            await self._log.append(refusal(holder, refused, purpose, now, session=session))
        except LogUnavailable:
            _log.warning("a refused passkey is not on record", reason=refused.reason.value)

    async def remove(
        self,
        holder: Holder,
        passkey: str,
        *,
        now: int,
        facts: dict[str, Fact] | None = None,
        within: Within | None = None,
    ) -> bool:
        """False if this owner has none of this id. It is gone before the log says so, and a customer is told in the
        same write. `within` as with `register`."""
        told_too = self._told(holder, passkey, NoticeKind.PASSKEY_REMOVED, now)
        if not await self._store.remove(holder.subject, passkey, *_those(within), *told_too):
            return False
        told: dict[str, Fact] = {"passkey": passkey, **(facts or {})}
        self._log.append_reducing(_event(_REMOVED, holder, Outcome.DONE, now, told))
        return True

    def _told(self, holder: Holder, passkey: str, kind: NoticeKind, now: int) -> tuple[Within, ...]:
        """No customer's passkey comes or goes in silence."""
        if holder.kind is not ActorKind.CUSTOMER:
            return ()
        customer = CustomerId(holder.subject.id)
        return (lambda connection: self._news.passkey_changed(connection, customer, passkey, kind, now),)

    def _close(self, intended: Event, intent: int, outcome: Outcome, facts: dict[str, Fact]) -> None:
        self._log.append_reducing(outcome_of(intended, intent, outcome, facts))


def _those(within: Within | None) -> tuple[Within, ...]:
    return () if within is None else (within,)


def refusal(
    holder: Holder, refused: PasskeyRefused, purpose: Purpose, now: int, *, session: str | None = None
) -> Event:
    """The passkey is told only where it is this holder's own."""
    facts: dict[str, Fact] = {"reason": refused.reason.value, "purpose": purpose.value}
    if refused.passkey is not None and refused.owner == holder.subject.id:
        facts["passkey"] = refused.passkey
    return _event(_REFUSED, holder, Outcome.REFUSED, now, facts, session)


def _event(
    names: Mapping[ActorKind, EventName],
    holder: Holder,
    outcome: Outcome,
    now: int,
    facts: dict[str, Fact],
    session: str | None = None,
) -> Event:
    return Event(
        name=names[holder.kind],
        outcome=outcome,
        at_ms=now,
        actor=holder.actor,
        session=session,
        customer=holder.subject.id if holder.kind is ActorKind.CUSTOMER else None,
        facts=facts,
    )
