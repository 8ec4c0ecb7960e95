"""Asking for an erasure, taking that back, and holds. Officers approve (`erasure_approvals`), a keeper carries out."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.ports import AuditWriter
from server.administration.register import Register
from server.erasure_rule import ErasureRule
from server.identity import new_id
from server.storage.stores import Stores
from session.ports import Clock
from support.customer import Customer
from support.erasure import OPEN_AFTER_DUE_MS, SUFFICIENT, Erasure, Hindrance, Hold, HoldKind
from support.identity import CustomerId

LONGEST_PROOF: Final = 500
LONGEST_REASON: Final = 500
_WITHDRAWN: Final = {
    ActorKind.OPERATOR: EventName.OPERATOR_ERASURE_WITHDRAWN,
    ActorKind.CUSTOMER: EventName.CUSTOMER_ERASURE_WITHDRAWN,
}
_REQUESTED: Final = {
    ActorKind.OPERATOR: EventName.OPERATOR_ERASURE_REQUESTED,
    ActorKind.CUSTOMER: EventName.CUSTOMER_ERASURE_REQUESTED,
}


class ErasureRefused(Exception):
    """Why, in a sentence; `reason` for machines. The attempt is recorded where it names a customer."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


class Erasures:
    """Raises LogUnavailable and StoreUnavailable: then nothing was changed, as far as is known."""

    def __init__(self, stores: Stores, log: AuditWriter, clock: Clock, rule: ErasureRule) -> None:
        self._stores, self._log, self._clock, self.rule = stores, log, clock, rule
        self._register = Register(log, clock)

    async def request(self, customer: Customer, level: str, proof: str, by: Actor) -> Erasure:
        """`level` is the assurance that `customer` asks; `proof` says in words how that was made sure. Raises
        ErasureRefused."""
        now = self._clock.now_ms()
        await self._refuse_unless_it_may_be(customer, level, by, now)
        due = now + self.rule.wait_ms
        asked = Erasure(
            new_id("era"),
            customer.id,
            by.id,
            level,
            now,
            due_at_ms=due,
            expires_at_ms=due + OPEN_AFTER_DUE_MS,
        )
        facts: dict[str, Fact] = {"erasure": asked.id, "level": level, "due_at_ms": due}
        intent = self._intent(_REQUESTED[by.kind], by, facts, customer.id, {"proof": proof})

        async def add(index: int) -> None:
            if not await self._stores.erasures.add(asked, proof, index):
                raise ErasureRefused(
                    "asked",
                    "Their erasure was asked for already: `tachiai audit erasures`. Nothing was changed.",
                )

        await self._register.carry_out([intent], add)
        return asked

    async def withdraw(self, named: str, by: Actor) -> Erasure:
        """Whoever approved it before. Raises ErasureRefused."""
        erasure = await self._stores.erasures.find(named)
        if erasure is None:
            raise ErasureRefused("unknown", "There is no such request. Nothing was changed.")
        if not await self._stores.erasures.close(erasure.id, self._clock.now_ms()):
            raise ErasureRefused(
                "over", "It was refused, withdrawn or carried out already. Nothing was changed."
            )
        self._log.append_reducing(
            self._event(
                _WITHDRAWN[by.kind],
                Outcome.DONE,
                by,
                {"erasure": erasure.id},
                erasure.subject,
            )
        )
        return erasure

    async def hold(self, customer: Customer, kind: HoldKind, reason: str, by: Actor) -> Hold:
        """From now on nobody erases them, and no period of theirs expires. Raises ErasureRefused."""
        if customer.erased_at_ms is not None:
            raise ErasureRefused("erased", "They were erased. Nothing was changed.")
        hold = Hold(new_id("hld"), customer.id, kind, reason, by.id, self._clock.now_ms())
        facts: dict[str, Fact] = {"hold": hold.id, "kind": kind.value}
        intent = self._intent(EventName.OPERATOR_HOLD_PLACED, by, facts, customer.id, {"reason": reason})
        await self._register.carry_out([intent], lambda index: self._stores.holds.place(hold, index))
        return hold

    async def release(self, customer: Customer, kind: HoldKind, reason: str, by: Actor) -> int:
        """Lifts all holds of this kind; how many there were. Raises ErasureRefused if there was none."""
        standing = [hold for hold in await self._stores.holds.standing(customer.id) if hold.kind is kind]
        if not standing:
            raise ErasureRefused("none", "There is no such hold on them. Nothing was changed.")
        facts: dict[str, Fact] = {"kind": kind.value, "holds": " ".join(hold.id for hold in standing)}
        intent = self._intent(EventName.OPERATOR_HOLD_LIFTED, by, facts, customer.id, {"reason": reason})
        now = self._clock.now_ms()
        return await self._register.carry_out(
            [intent], lambda _: self._stores.holds.lift(customer.id, kind, by.id, now)
        )

    async def hindrance(self, customer: Customer) -> Hindrance | None:
        bonds = await self._stores.erasures.bonds(customer.id)
        return self.rule.hindrance(customer, bonds, self._clock.now_ms())

    async def _refuse_unless_it_may_be(self, customer: Customer, level: str, by: Actor, now: int) -> None:
        if customer.erased_at_ms is not None:
            raise ErasureRefused("erased", "They were erased already. Nothing was changed.")
        if customer.merged_into is not None:
            raise ErasureRefused(
                "merged",
                "This record was merged into another, and goes with that one. Nothing was changed. Name the other.",
            )
        bonds = await self._stores.erasures.bonds(customer.id)
        hindrance = self.rule.hindrance(customer, bonds, now)
        reason = "level" if level not in SUFFICIENT else hindrance
        if reason is None:
            return
        await self._log.append(
            self._event(_REQUESTED[by.kind], Outcome.REFUSED, by, {"reason": str(reason)}, customer.id)
        )
        if reason == "level":
            raise ErasureRefused(
                "level",
                "An erasure needs to know that the customer asks: assurance V2 or V3. Nothing was changed. "
                "Make sure who asks, and ask again with the proof.",
            )
        sentence = SENTENCES[Hindrance(reason)]
        if reason == Hindrance.RETENTION:
            ends = datetime.fromtimestamp(self.rule.kept_until_ms(customer, bonds) / 1_000, UTC)
            sentence = f"{sentence.rstrip('.')}: it ends on {ends:%Y-%m-%d at %H:%M} UTC."
        raise ErasureRefused(str(reason), f"{sentence} Nothing was changed.")

    def _intent(
        self,
        name: EventName,
        by: Actor,
        facts: Mapping[str, Fact],
        customer: CustomerId,
        theirs: Mapping[str, Fact],
    ) -> Event:
        intent = self._register.intent(name, by, facts, customer=customer)
        return replace(intent, personal={customer: theirs})

    def _event(
        self, name: EventName, outcome: Outcome, by: Actor, facts: Mapping[str, Fact], customer: CustomerId
    ) -> Event:
        return replace(self._register.intent(name, by, facts, customer=customer), outcome=outcome)


SENTENCES: Final = {
    Hindrance.SESSION: "They are in a session right now: wait until it has ended.",
    Hindrance.CASE: "They have an open case: close it first.",
    Hindrance.FLAG: "A session of theirs was flagged, and that is not old enough yet (retention.flags_days).",
    Hindrance.HOLD: "A legal hold keeps what is known about them.",
    Hindrance.INVESTIGATION: "An investigation needs what is known about them.",
    Hindrance.RETENTION: "The retention period of their region has not passed since the last contact.",
    Hindrance.COPY: (
        "A copy of the database from before customers' records were sealed lies in the data folder (tachiai.db. and "
        "four digits): delete it once you need it no more."
    ),
}
