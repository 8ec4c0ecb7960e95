"""Verifications that other systems ask for. The law and the log are those of every session: a system stands where an
agent would, with a case, a sign-in and a badge of its own, and looks at nobody.

1. A key is one party, in the staff's table with the role `system`: without a password, and at no door. Whoever blocks
   it or revokes its key ends what it asked, as with an agent.
2. Each request has a case of its own, live at once, and a sign-in of its own whose token nobody ever had.
3. The link's token and the spoken code are made of the request's id under the server's key, so that the same request
   sent again is answered the same without a secret being kept.
4. The outcome is written once, and its webhook with it; then the session ends.
"""

import asyncio
import hashlib
import hmac
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from audit.event import Actor, EventName, Fact
from server.administration.register import Register
from server.circumstances import LiveCircumstances
from server.identity import new_id
from server.intake import Intake
from server.invitations import Invitations, Secrets
from server.key_door import KeyPrincipal
from server.problems import Problem, not_found
from server.storage.database import AlreadyThere
from server.storage.stores import Stores
from server.verification_request import SYSTEM_USERNAME, Standing, VerificationRequest, standing_of
from session.admission import SYSTEM
from session.conductor import Conductor
from session.errors import OpeningRefused, SessionUnknown
from session.events import EndDemanded
from session.identity import CaseId, CustomerId, LoginId, SessionId, StaffId
from session.invitation import CODE_BYTES, TOKEN_BYTES
from session.model import INVITATION_LIFE_MS, Badge, EndCause, Level, Purpose, Session, State
from session.ports import Clock
from support.identity import CaseId as SupportCaseId
from support.identity import CustomerId as SupportCustomerId
from support.identity import StaffId as SupportStaffId
from support.intake import LONGEST_REASON, plain_text
from support.staff import Role, Staff
from verification.credentials import NO_PASSWORD, Door
from verification.login import LoginRegistry


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a system asks for. `customer` is a reference, `webhook` a registered name or ""."""

    customer: str
    level: Level
    reason: str = field(repr=False)
    webhook: str = ""

    def hashed(self) -> str:
        parts = [part.encode() for part in (self.customer, self.level, self.reason, self.webhook)]
        return hashlib.sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).hexdigest()


@dataclass(frozen=True, slots=True)
class Seen:
    """`customer` is the reference, "" of somebody who was erased. `secrets`: while nobody has joined."""

    request: VerificationRequest
    customer: str
    standing: Standing
    secrets: Secrets | None = field(default=None, repr=False)


class VerificationRequests:
    """`key`: the server's, of which invitations' secrets are made."""

    def __init__(
        self,
        stores: Stores,
        register: Register,
        conductor: Conductor,
        circumstances: LiveCircumstances,
        logins: LoginRegistry,
        invitations: Invitations,
        clock: Clock,
        organisation: str,
        key: bytes,
    ) -> None:
        self._stores, self._register, self._conductor = stores, register, conductor
        self._circumstances, self._logins, self._invitations = circumstances, logins, invitations
        self._clock, self._organisation, self._key = clock, organisation, key
        self._intake = Intake(stores, register, clock)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def ask(self, wanted: Wanted, once: str, by: KeyPrincipal) -> tuple[Seen, bool]:
        """The request, and whether it is new. `once`: the sender's own key for it, "" for none. Raises Problem,
        IntakeRefused, LogUnavailable, StoreUnavailable."""
        once_hash = _once_hash(by.key.name, once or new_id("one"))
        async with self._turns.setdefault(once_hash, asyncio.Lock()):
            return await self._asked_once(wanted, once_hash, by)

    async def _asked_once(self, wanted: Wanted, once_hash: str, by: KeyPrincipal) -> tuple[Seen, bool]:
        known = await self._stores.verification_requests.asked_once(once_hash)
        if known is None:
            try:
                return await self._asked(wanted, once_hash, by), True
            except AlreadyThere:
                known = await self._stores.verification_requests.asked_once(once_hash)
        if known is None or known.asked_hash != wanted.hashed():
            raise Problem(
                409,
                "sent_before",
                "Something else was sent under this Idempotency-Key before. Nothing was asked; use another one.",
            )
        return await self._seen(known), False

    async def show(self, request: str, by: KeyPrincipal) -> Seen:
        """Raises Problem, StoreUnavailable."""
        return await self._seen(await self._own(request, by))

    async def withdraw(self, request: str, by: KeyPrincipal) -> Seen:
        """Nobody is asked any more; what had come out before stays. Raises Problem, StoreUnavailable."""
        own = await self._own(request, by)
        if own.outcome is None:
            self._register.taken_away(
                EventName.KEY_VERIFICATION_WITHDRAWN, by.actor, {"verification": own.id}, case=own.case
            )
            session = await self._conductor.load(SessionId(own.session))
            if session.state is not State.ENDED:
                await self._conductor.apply(session.id, EndDemanded(EndCause.AGENT_LEFT))
        return await self._seen(own)

    async def _own(self, request: str, by: KeyPrincipal) -> VerificationRequest:
        """Of a key of the same name: one that replaced the asking one sees it too."""
        found = await self._stores.verification_requests.find(request)
        if found is None or found.system != by.key.name:
            raise not_found()
        return found

    async def _seen(self, request: VerificationRequest) -> Seen:
        customers = await self._stores.customers.find_all(frozenset({SupportCustomerId(request.customer)}))
        customer = customers.get(SupportCustomerId(request.customer))
        reference = customer.reference if customer is not None and customer.erased_at_ms is None else ""
        if request.outcome is not None:
            return Seen(request, reference, request.outcome.standing)
        try:
            standing = standing_of(await self._conductor.load(SessionId(request.session)))
        except SessionUnknown:  # another server is about to open it
            standing = Standing.PENDING
        pending = standing is Standing.PENDING and self._clock.now_ms() < request.expires_at_ms
        return Seen(request, reference, standing, self._secrets(request.id) if pending else None)

    async def _asked(self, wanted: Wanted, once_hash: str, by: KeyPrincipal) -> Seen:
        reason = plain_text(wanted.reason, what="reason", longest=LONGEST_REASON)
        customer = await self._stores.customer_roll.of_reference(wanted.customer)
        if customer is None or customer.gone:
            raise not_found()
        endpoint = await self._stores.webhooks.named(wanted.webhook) if wanted.webhook else None
        if wanted.webhook and endpoint is None:
            raise Problem(422, "does_not_fit", "No webhook of this name is registered. Nothing was asked.")
        system = await self._party(by)
        request = new_id("ver")
        case, _ = await self._intake.open_case(f"V-{request[4:]}", customer.id, reason, system.id, by.actor)
        now = self._clock.now_ms()
        login, _ = await self._logins.start(system.id, Door.AGENT, now)
        session = self._session(case.id, customer.id, system, LoginId(login.id), now)
        asked = VerificationRequest(
            id=request,
            key=by.key.id,
            system=by.key.name,
            once_hash=once_hash,
            asked_hash=wanted.hashed(),
            session=session.id,
            login=login.id,
            case=case.id,
            customer=customer.id,
            wanted=wanted.level,
            endpoint=endpoint.id if endpoint is not None else None,
            asked_at_ms=now,
            expires_at_ms=session.invitation_expires_at,
        )
        try:
            await self._opened(asked, session, by.actor)
        except BaseException:
            await self.tidy(asked)
            raise
        return Seen(asked, customer.reference, Standing.PENDING, self._secrets(request))

    async def _opened(self, asked: VerificationRequest, session: Session, by: Actor) -> None:
        facts: dict[str, Fact] = {
            "verification": asked.id,
            "session": asked.session,
            "wanted": asked.wanted.value,
            "webhook": asked.endpoint or "",
        }
        intent = self._register.intent(
            EventName.KEY_VERIFICATION_REQUESTED, by, facts, case=asked.case, customer=asked.customer
        )

        async def effect(_: int) -> None:
            await self._stores.verification_requests.add(asked)
            try:
                await self._circumstances.follow(CaseId(asked.case))
                opened = await self._conductor.open(session)
                await self._invitations.invite(opened, self._secret_bytes(asked.id))
            except OpeningRefused as error:
                await self._stores.verification_requests.take_back(asked.id)
                raise Problem(
                    409,
                    "customer_busy",
                    "This customer is in a session at this moment. Nothing was asked. Ask again once it has ended.",
                ) from error
            except BaseException:
                await self._stores.verification_requests.take_back(asked.id)
                raise

        await self._register.carry_out([intent], effect)

    async def tidy(self, request: VerificationRequest) -> None:
        """Nothing of it is live any more: its sign-in ends, and its case is closed. Raises StoreUnavailable."""
        await self._logins.end(request.login, self._clock.now_ms())
        await self._stores.case_roll.close(SupportCaseId(request.case))

    async def _party(self, by: KeyPrincipal) -> Staff:
        """The key's own row among the staff, made with its first request."""
        username = f"{SYSTEM_USERNAME}{by.key.id}"
        found = await self._stores.staff.find_by_username(username)
        if found is None:
            number = f"S-{by.key.id[:8].upper()}"
            found = Staff(
                SupportStaffId(new_id(SYSTEM.rstrip("_"))), username, by.key.name, number, "", Role.SYSTEM
            )
            try:
                await self._stores.staff.add(found, NO_PASSWORD)
            except AlreadyThere:
                raced = await self._stores.staff.find_by_username(username)
                if raced is None:
                    raise
                return raced
        return found

    def _session(self, case: str, customer: str, system: Staff, login: LoginId, now: int) -> Session:
        return Session(
            id=SessionId(new_id("ses")),
            case=CaseId(case),
            customer=CustomerId(customer),
            agent=StaffId(system.id),
            agent_login=login,
            purpose=Purpose.VERIFY,
            opened_at=now,
            invitation_expires_at=now + INVITATION_LIFE_MS,
            state_since=now,
            badge=Badge(system.name, system.number, self._organisation),
        )

    def _secret_bytes(self, request: str) -> tuple[bytes, bytes]:
        drawn = hmac.digest(self._key, b"tachiai/verification/v1" + request.encode("ascii"), hashlib.sha256)
        return drawn[:TOKEN_BYTES], drawn[TOKEN_BYTES : TOKEN_BYTES + CODE_BYTES]

    def _secrets(self, request: str) -> Secrets:
        return self._invitations.secrets_of(*self._secret_bytes(request))


def _once_hash(system: str, once: str) -> str:
    return hashlib.sha256(f"{system}\0{once}".encode()).hexdigest()
