"""Giving out the links by which staff and customers enrol, and taking them back. What a browser does with one is
`enrolling`'s."""

import base64
import secrets
from dataclasses import dataclass, field
from typing import Final

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.ports import AuditWriter
from server.enrolment_entries import outcome_of
from server.link_news import LinkNews
from server.storage.enrolments import SqlEnrolmentStore
from server.storage.transaction import Transaction, Within, nothing
from verification import enrolment
from verification.enrolment import Enrolment, Subject, SubjectKind

ID_BYTES: Final = 16
_ISSUED: Final = {
    ActorKind.OPERATOR: EventName.OPERATOR_ENROLMENT_ISSUED,
    ActorKind.OFFICER: EventName.OFFICER_ENROLMENT_ISSUED,
    ActorKind.AGENT: EventName.AGENT_ENROLMENT_ISSUED,
    ActorKind.KEY: EventName.KEY_ENROLMENT_ISSUED,
}
_WITHDRAWN: Final = {
    ActorKind.OPERATOR: EventName.OPERATOR_ENROLMENT_WITHDRAWN,
    ActorKind.OFFICER: EventName.OFFICER_ENROLMENT_WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """`url` holds the secret and is kept nowhere: show it once. `expires_at_ms` is UTC milliseconds, exclusive."""

    url: str = field(repr=False)
    expires_at_ms: int
    enrolment: str


class EnrolledAlready(Exception):
    """The subject has an authenticator: another one is not given by one hand. Nothing was changed."""


class Enrolments:
    """Works with and without a running server. `base_url` is what links begin with, `https://host[:port]`."""

    def __init__(
        self, store: SqlEnrolmentStore, log: AuditWriter, base_url: str, news: LinkNews | None = None
    ) -> None:
        self._store, self._log, self._base_url, self._news = store, log, base_url.rstrip("/"), news

    async def issue(
        self, subject: Subject, *, by: Actor, now: int, first: bool = False, within: Within = nothing
    ) -> IssuedLink:
        """A link for 24 hours and one use; those that the subject had and did not finish are void.

        The subject must exist (whoever asks has looked). `by` is an operator, an officer or an API key; who
        may ask for whom is the caller's to judge. `first`: only for somebody without an authenticator, judged in the
        transaction that makes the link (EnrolledAlready): they may be finishing an earlier one at this moment.
        `within` is part of that transaction, as is what a customer is told.
        Raises LogUnavailable, StoreUnavailable: then there is no new link.
        """
        token = enrolment.token_from(secrets.token_bytes(enrolment.TOKEN_BYTES))
        made = Enrolment(
            id="enr_" + base64.urlsafe_b64encode(secrets.token_bytes(ID_BYTES)).rstrip(b"=").decode("ascii"),
            subject=subject,
            token_hash=enrolment.token_hash(token),
            issued_at_ms=now,
            expires_at_ms=now + enrolment.LIFE_MS,
        )
        facts: dict[str, Fact] = {
            "enrolment": made.id,
            "subject": subject.id,
            "kind": subject.kind.value,
            "expires_at_ms": made.expires_at_ms,
        }
        intended = _event(_ISSUED[by.kind], Outcome.INTENT, subject, by, now, facts)
        intent = (await self._log.append(intended)).index
        try:
            withdrawn = await self._store.issue(
                made, intent, by=by.id, first=first, within=self._told_too(made, within)
            )
        except (
            BaseException
        ):  # it may have been written all the same; then a link lives whose token nobody has
            self._close(intended, intent, Outcome.UNKNOWN, {"enrolment": made.id, "reason": "no_answer"})
            raise
        if withdrawn is None:
            self._close(
                intended, intent, Outcome.FAILED, {"enrolment": made.id, "reason": "enrolled_already"}
            )
            raise EnrolledAlready
        self._close(intended, intent, Outcome.DONE, {"enrolment": made.id, "withdrawn": withdrawn})
        return IssuedLink(f"{self._base_url}/enrol#{token}", made.expires_at_ms, made.id)

    def _told_too(self, made: Enrolment, within: Within) -> Within:
        """A customer whose link is made hears of it, or it is not made."""
        news = self._news
        if news is None or made.subject.kind is not SubjectKind.CUSTOMER:
            return within

        async def both(connection: Transaction) -> None:
            await within(connection)
            await news.link_made(connection, made)

        return both

    async def withdraw(self, subject: Subject, *, by: Actor, now: int) -> int:
        """The subject's unfinished links open nothing from now on; how many there were. Raises StoreUnavailable."""
        withdrawn = await self._store.withdraw(subject, now)
        if withdrawn:
            facts: dict[str, Fact] = {
                "subject": subject.id,
                "kind": subject.kind.value,
                "withdrawn": withdrawn,
            }
            self._log.append_reducing(_event(_WITHDRAWN[by.kind], Outcome.DONE, subject, by, now, facts))
        return withdrawn

    def _close(self, intended: Event, intent: int, outcome: Outcome, facts: dict[str, Fact]) -> None:
        self._log.append_reducing(outcome_of(intended, intent, outcome, facts))


def _event(
    name: EventName, outcome: Outcome, subject: Subject, by: Actor, now: int, facts: dict[str, Fact]
) -> Event:
    customer = subject.id if subject.kind is SubjectKind.CUSTOMER else None
    return Event(name=name, outcome=outcome, at_ms=now, actor=by, customer=customer, facts=facts)
