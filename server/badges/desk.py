"""The server's side of badges: asked for by an agent's page, made by the issuer, told to the session, published."""

import asyncio
from dataclasses import dataclass
from typing import Final

import structlog

from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.ports import AuditWriter, LogUnavailable
from server.badges.asserting import Answer, Asserting, NotAsserted
from server.badges.issuer import (
    IssuedBadge,
    Issuer,
    IssueRefused,
    IssueRequest,
    IssuerUnavailable,
    PasskeyNeeded,
)
from server.badges.proving import Question
from server.labels import LabelBook
from server.principals import StaffPrincipal
from server.problems import Problem, passkey_shut, step_up_required
from server.storage.badges import SqlBadgeStore
from session.conductor import Conductor
from session.device_key import device_id
from session.events import BadgeIssued
from session.model import Session, SignedBadge
from session.ports import Clock
from verification.badge import BadgeInvalid, BadgeKey, check
from verification.passkeys import Asked

LOOK_AGAIN_MS: Final = 5_000
_log: Final = structlog.get_logger("badges")


@dataclass(frozen=True, slots=True)
class Published:
    """What customers' pages check badges with. `revoked`: ids of badges that have not expired and hold no more."""

    keys: tuple[BadgeKey, ...]
    revoked: tuple[str, ...]


class BadgeDesk:
    def __init__(
        self,
        issuer: Issuer,
        asserting: Asserting,
        store: SqlBadgeStore,
        conductor: Conductor,
        labels: LabelBook,
        log: AuditWriter,
        clock: Clock,
    ) -> None:
        self._issuer, self._asserting, self._store = issuer, asserting, store
        self._conductor, self._labels, self._log, self._clock = conductor, labels, log, clock
        self._publishing = asyncio.Lock()
        self._looked_at: int | None = None

    async def options(self, session: Session, agent: StaffPrincipal, device_key: str) -> Asked:
        """What the agent's passkey is to sign. Raises Problem, StoreUnavailable, DeviceKeyInvalid."""
        device_id(device_key)
        now = self._clock.now_ms()
        self._login_lasts_until(session, agent, now)
        try:
            question = await self._question(session, device_key)
            return await self._asserting.options(agent, question, now)
        except IssuerUnavailable as error:
            raise _unavailable(error) from error

    async def issue(
        self,
        session: Session,
        agent: StaffPrincipal,
        device_key: str,
        signature: str,
        answer: Answer | None = None,
    ) -> Session:
        """The session with a badge for this device key; one that it has already stays. `answer` is of the agent's
        passkey; without one, a key that is new to this sign-in needs a fresh proof. Raises PasskeyNeeded where the
        agent has to use theirs first, Problem, PasskeyRefused, LogUnavailable, StoreUnavailable, DeviceKeyInvalid,
        IllegalEvent."""
        now = self._clock.now_ms()
        device, lasts_until = device_id(device_key), self._login_lasts_until(session, agent, now)
        held = session.signed_badge
        if held is not None and held.device_key == device_key and now < held.expires_at:
            return session
        if answer is None and not await self._may_go_without(session, agent, device):
            raise step_up_required()  # a stolen cookie has another browser's key, and no proof
        issued, method = await self._issued(session, agent, device_key, signature, answer, lasts_until)
        await self._store.add(
            {
                "id": issued.id,
                "agent": session.agent,
                "login": session.agent_login,
                "session": session.id,
                "device": device,
                "key": issued.key,
                "issued_at_ms": issued.issued_at_ms,
                "expires_at_ms": issued.expires_at_ms,
            }
        )
        badge = SignedBadge(issued.id, issued.document, issued.signature, device_key, issued.expires_at_ms)
        made = BadgeIssued(badge, method, issued.asserted_at_ms, session.agent)
        return await self._conductor.apply(session.id, made)

    async def published(self) -> Published:
        """As the log has it. Raises StoreUnavailable."""
        now = self._clock.now_ms()
        if self._looked_at is None or not 0 <= now - self._looked_at < LOOK_AGAIN_MS:
            try:
                await self._publish()
                self._looked_at = now
            except (IssuerUnavailable, LogUnavailable):
                _log.warning("new badge keys could not be published")
        return Published(tuple(await self._store.keys()), tuple(await self._store.revoked(now)))

    async def _may_go_without(self, session: Session, agent: StaffPrincipal, device: str) -> bool:
        """Whoever has a passkey is asked for it by the issuer."""
        if agent.fresh or await self._asserting.by_passkey(agent):
            return True
        return await self._store.has_device(session.agent_login, device)

    def _login_lasts_until(self, session: Session, agent: StaffPrincipal, now: int) -> int:
        """Of another sign-in's session there is no badge, also not the one that it has. Raises Problem."""
        try:
            return self._asserting.times(agent, session)[1]
        except NotAsserted as error:
            raise self._refusal(session, error, now) from error

    async def _question(self, session: Session, device_key: str) -> Question:
        labels = await self._labels.of(session.id)
        return Question(
            agent=session.agent,
            login=session.agent_login,
            case=labels.case_reference,
            device_key=device_key,
        )

    async def _issued(
        self,
        session: Session,
        agent: StaffPrincipal,
        device_key: str,
        signature: str,
        answer: Answer | None,
        lasts_until: int,
    ) -> tuple[IssuedBadge, str]:
        labels, now = await self._labels.of(session.id), self._clock.now_ms()
        try:
            question = await self._question(session, device_key)
            assertion = await self._asserting.asserted(agent, session, question, answer, now)
            issued = await self._issuer.issue(
                IssueRequest(
                    agent=session.agent,
                    number=labels.agent_number,
                    name=labels.agent_name,
                    role=labels.agent_role,
                    case=labels.case_reference,
                    session=session.id,
                    login=session.agent_login,
                    device_key=device_key,
                    signature=signature,
                    assertion=assertion,
                    login_expires_at_ms=lasts_until,
                )
            )
            await self._publish()
            check(issued.document, issued.signature, await self._store.keys(), now)
        except IssuerUnavailable as error:
            raise _unavailable(error) from error
        except PasskeyNeeded as error:
            if await self._asserting.can_answer(agent):
                raise  # it is the next step
            if await self._asserting.by_passkey(agent):
                raise passkey_shut() from error
            raise Problem(409, "badge_passkey_needed", f"{error} Nothing was changed.") from error
        except (NotAsserted, IssueRefused, BadgeInvalid) as error:
            raise self._refusal(session, error, now) from error
        return issued, assertion.method

    def _refusal(self, session: Session, reason: Exception, now: int) -> Problem:
        """On record."""
        self._log.append_reducing(_refused(session, now))
        return Problem(409, "badge_refused", f"{reason} Nothing was changed.")

    async def _publish(self) -> None:
        """Every key of the issuer's that the log does not have, or has with another end. Entry first, then the row."""
        async with self._publishing:
            known = {key.id: key for key in await self._store.keys()}
            for key in await self._issuer.keys():
                if known.get(key.id) != key:
                    entry = await self._log.append(_published(key, self._clock.now_ms()))
                    await self._store.publish(key, entry.index)


def _unavailable(error: IssuerUnavailable) -> Problem:
    return Problem(503, "issuer_unavailable", f"{error} Nothing was changed.")


def _published(key: BadgeKey, now: int) -> Event:
    return Event(
        name=EventName.SYSTEM_ISSUER_PUBLISHED,
        outcome=Outcome.DONE,
        at_ms=now,
        actor=Actor(ActorKind.SYSTEM),
        facts={"key": key.id, "public": key.public, "from_ms": key.from_ms, "until_ms": key.until_ms or 0},
    )


def _refused(session: Session, now: int) -> Event:
    return Event(
        name=EventName.AGENT_BADGE_REFUSED,
        outcome=Outcome.REFUSED,
        at_ms=now,
        actor=Actor(ActorKind.AGENT, session.agent),
        case=session.case,
        session=session.id,
        customer=session.customer,
        facts={"login": session.agent_login},
    )
