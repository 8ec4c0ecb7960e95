"""Actions that need the highest assurance: proposing, approving, cancelling, releasing. The rules are support.action's.

What gives (a proposal, an approval, a release) is an entry first; what takes away (a cancellation, an expiry) is told
afterwards. Raises LogUnavailable and StoreUnavailable: then nothing was given.
"""

import contextlib
import hashlib
import secrets
from collections.abc import Mapping
from typing import Final

import msgspec

from audit.event import Actor, ActorKind, EventName, Fact
from audit.ports import AuditWriter
from server.administration.register import Register
from server.assured import Assured
from server.identity import new_id
from server.notices import NoticeKind, Notices
from server.outbox.message import WEBHOOK_LIFE_MS, Channel, Message
from server.problems import Problem, not_found
from server.second_pair import SecondPair
from server.storage.stores import Stores
from server.storage.transaction import Transaction
from session.conductor import Conductor
from session.events import StepUpAsked
from session.identity import SessionId
from session.model import Level, Session, State
from session.ports import Clock
from session.transitions import IllegalEvent
from support.action import (
    PROPOSAL_LIFE_MS,
    Action,
    ActionKind,
    ActionState,
    Objection,
    Step,
    approval,
    concerns,
    is_summary,
    may,
    still_good,
)
from support.identity import CaseId, CustomerId, StaffId, is_id
from support.staff import Staff
from verification.assurance import Protected

TOKEN_BYTES: Final = 16
WEBHOOK: Final = "action.released"
_SYSTEM: Final = Actor(ActorKind.SYSTEM)


class ActionRefused(Exception):
    """The rule, in a sentence. The attempt is recorded; nothing was changed."""

    def __init__(self, objection: Objection) -> None:
        super().__init__(_SENTENCES[objection])
        self.objection = objection


class Actions:
    def __init__(
        self,
        stores: Stores,
        log: AuditWriter,
        conductor: Conductor,
        assured: Assured,
        notices: Notices,
        clock: Clock,
        second: SecondPair,
        *,
        hold_ms: int,
        base_url: str,
    ) -> None:
        self._stores, self._store, self._conductor = stores, stores.actions, conductor
        self._assured, self._notices, self._clock = assured, notices, clock
        self.hold_ms, self._base_url, self._second_pair = hold_ms, base_url, second
        self._register = Register(log, clock)

    async def propose(self, session: Session, kind: ActionKind, summary: str, agent: Staff) -> Action:
        """The customer's page shows it from now on, and asks for a passkey over it. Raises Problem, IllegalEvent."""
        if not is_summary(summary):
            raise Problem(
                422, "does_not_fit", "Say what is to be changed in one line of at most 200 characters."
            )
        now = self._clock.now_ms()
        action = Action(
            id=new_id("act"),
            kind=kind,
            summary=summary,
            session=session.id,
            case=CaseId(session.case),
            customer=CustomerId(session.customer),
            proposed_by=agent.id,
            proposed_at_ms=now,
            expires_at_ms=now + PROPOSAL_LIFE_MS,
        )
        intent = self._register.intent(
            EventName.AGENT_ACTION_PROPOSED,
            _actor(agent),
            {**_facts(action), "action_sha256": action.hash},
            case=action.case,
            customer=action.customer,
        )

        async def effect(index: int) -> None:
            former = await self._store.of_session(session.id)
            await self._store.add(action, index)
            for one in (one for one in former if one.state is ActionState.PROPOSED):
                told: dict[str, Fact] = {**_facts(one), "reason": "replaced"}
                self._register.taken_away(_ENDED[ActorKind.AGENT], _actor(agent), told, case=one.case)

        await self._register.carry_out([intent], effect)
        try:
            await self._conductor.apply(session.id, StepUpAsked(Level.V3, action.hash, session.agent))
        except IllegalEvent:
            await self._end(action, ActionState.CANCELLED, _actor(agent), "not_now")
            raise
        return action

    async def asked_of(self, session: Session) -> Action | None:
        """The one that the customer's page asks about, or that the customer confirmed just now."""
        named = session.asked.action if session.asked else ""
        named = named or (session.assertion.action if session.assertion else "")
        found = await self._store.of_session(session.id) if named else []
        return next((action for action in found if action.hash == named), None)

    async def of_session(self, session: Session) -> list[Action]:
        return await self._store.of_session(session.id)

    async def unfinished(self, viewer: Staff) -> list[tuple[Action, bool]]:
        """What waits for a second agent, and what concerns the viewer and waits for its time; and whether the
        customer's proof holds now. Recorded before it is shown."""
        found = [
            action
            for action in await self._store.unfinished()
            if action.state is ActionState.PROPOSED or concerns(action, viewer)
        ]
        await self._register.look(EventName.AGENT_ACTIONS_READ, _actor(viewer), {"actions": len(found)})
        return [(action, await self._confirmed(action)) for action in found]

    async def approve(self, named: str, approver: Staff) -> Action:
        """Uses the customer's proof up. Raises ActionRefused, NotAssured, Problem."""
        action, now = await self._named(named), self._clock.now_ms()
        if (objection := approval(action, approver, now, await self._second_pair.now(now))) is not None:
            facts = {**_facts(action), "reason": objection.value}
            await self._register.refused(EventName.AGENT_ACTION_REFUSED, _actor(approver), facts)
            raise ActionRefused(objection)
        await self._must_be_confirmed(action)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        due = now + self.hold_ms
        intent = self._register.intent(
            EventName.AGENT_ACTION_APPROVED,
            _actor(approver),
            {**_facts(action), "due_ms": due},
            case=action.case,
            customer=action.customer,
        )

        async def told(within: Transaction) -> None:
            cancel = f"{self._base_url}/action#{token}"
            told_facts: dict[str, str | int] = {
                "at_ms": now,
                "action": action.summary,
                "due_ms": due,
                "cancel_url": cancel,
            }
            await self._tell(action, NoticeKind.ACTION_REQUESTED, told_facts, within)

        async def effect(index: int) -> None:
            await self._must_be_confirmed(action)  # it may have died while this waited for its record
            if not await self._store.approve(action, approver.id, due, _hash(token), index, now, told):
                raise ActionRefused(Objection.NOT_OPEN)

        await self._register.carry_out([intent], effect)
        return await self._named(named)

    async def cancel(self, named: str, agent: Staff) -> None:
        """By one of its agents, or a supervisor. Raises Problem, ActionRefused."""
        action = await self._named(named)
        if not agent.helps_customers or not concerns(action, agent):
            facts: dict[str, Fact] = {**_facts(action), "reason": Objection.NO_AGENT.value}
            await self._register.refused(EventName.AGENT_ACTION_REFUSED, _actor(agent), facts)
            raise ActionRefused(Objection.NO_AGENT)
        await self._end(action, ActionState.CANCELLED, _actor(agent), "agent")

    async def own(self, customer: CustomerId) -> list[Action]:
        """What waits in this customer's account; to them alone."""
        return await self._store.unfinished_of(customer)

    async def cancel_own(self, named: str, customer: CustomerId) -> None:
        """By the customer, signed in on their own page: it only takes away. Raises Problem, ActionRefused."""
        action = await self._named(named)
        if action.customer != customer:
            raise not_found()
        by = Actor(ActorKind.CUSTOMER, customer)
        await self._end(action, ActionState.CANCELLED, by, "customer")

    async def decline(self, session_id: SessionId) -> None:
        """The customer says no to what their page asks about. Nothing happens where it asks about no action."""
        session = await self._conductor.load(session_id)
        if session.state is State.ENDED or session.asked is None or not session.asked.action:
            return
        by = Actor(ActorKind.CUSTOMER, session.customer)
        for action in await self._store.of_session(session.id):
            if action.hash == session.asked.action:
                with contextlib.suppress(ActionRefused):  # it was over in this moment
                    await self._end(action, ActionState.DECLINED, by, "declined")

    async def cancel_all(self, customer: CustomerId) -> None:
        """What waits in the name of a customer who has just said that a factor of theirs is not theirs."""
        for action in await self._store.unfinished_of(customer):
            with contextlib.suppress(ActionRefused):  # it was over in this moment
                await self._end(action, ActionState.CANCELLED, Actor(ActorKind.CUSTOMER, customer), "factor")

    async def by_token(self, token: str) -> Action:
        """What the link in a customer's mail is about. Raises Problem."""
        found = await self._store.to_cancel(_hash(token)) if len(token) < 64 else None
        if found is None:
            raise not_found()
        return found

    async def cancel_by_token(self, token: str) -> Action:
        """By whoever has the customer's mail: it only takes away. Raises Problem, ActionRefused."""
        action = await self.by_token(token)
        by = Actor(ActorKind.CUSTOMER, action.customer)
        await self._end(action, ActionState.CANCELLED, by, "customer")
        return await self.by_token(token)

    async def released(self, after: int, at_most: int, by: Actor) -> list[tuple[int, Action]]:
        """Recorded before it is told."""
        found = await self._store.released_after(after, at_most)
        if found:
            listed: dict[str, Fact] = {"actions": len(found), "last": found[-1][0]}
            await self._register.look(EventName.KEY_ACTIONS_READ, by, listed)
        return found

    async def customer_reference(self, action: Action) -> str:
        """The organisation's own name for the customer; "" for somebody who is not there."""
        found = await self._stores.customers.find(action.customer)
        return found.reference if found is not None else ""

    async def follow_time(self) -> None:
        """Cancel what can come to nothing, by a block that is lifted later too; expire what is late; release."""
        now = self._clock.now_ms()
        for action in await self._store.unfinished():
            if reason := await self._why_void(action, now):
                with contextlib.suppress(ActionRefused):  # it was over in this moment
                    await self._end(action, ActionState.CANCELLED, _SYSTEM, reason)
        for action in await self._store.over(now):
            if may(action, Step.EXPIRE, now) is None:
                await self._end(action, ActionState.EXPIRED, _SYSTEM, "time")
            elif may(action, Step.RELEASE, now) is None:
                await self._release(action, now)

    async def _release(self, action: Action, now: int) -> None:
        if reason := await self._why_not_released(action, now):
            await self._end(action, ActionState.CANCELLED, _SYSTEM, reason)
            return
        intent = self._register.intent(
            EventName.SYSTEM_ACTION_RELEASED,
            _SYSTEM,
            _facts(action),
            case=action.case,
            customer=action.customer,
        )
        endpoints = [endpoint.id for endpoint in await self._stores.webhooks.standing()]

        async def effect(index: int) -> None:
            void = await self._why_not_released(
                action, now
            )  # it may have come while this waited for its record
            if void or not await self._store.end(action, ActionState.RELEASED, now, told, index):
                raise ActionRefused(Objection.NOT_OPEN)

        async def told(within: Transaction) -> None:
            await self._tell(action, NoticeKind.ACTION_DONE, {"at_ms": now, "action": action.summary}, within)
            if endpoints:
                await self._stores.outbox.queue(_webhooks(action, endpoints, now), within)

        await self._register.carry_out([intent], effect)

    async def _why_void(self, action: Action, now: int) -> str:
        if action.state is ActionState.PROPOSED:
            session = await self._conductor.load(SessionId(action.session))
            return "session_ended" if session.state is State.ENDED else ""
        people = [await self._stores.staff.find(named) for named in (action.proposed_by, _approver(action))]
        return "" if still_good(people[0], people[1], now) else "blocked"

    async def _why_not_released(self, action: Action, now: int) -> str:
        """ "" where nothing speaks against it."""
        if not action.summary:
            return "erased"
        if void := await self._why_void(action, now):
            return void
        agents = (action.proposed_by, _approver(action))
        if await self._stores.enrolments.any_used_since(agents, action.proposed_at_ms):
            return "agent_anew"  # whoever proposed or approved it may have been another
        lost = await self._stores.factor_caps.cap_of(action.customer, now) is not None
        lost = lost or await self._stores.factor_requests.weakening(action.customer, now)
        return "factor_lost" if lost else ""  # whoever confirmed it may have been another

    async def _end(self, action: Action, state: ActionState, by: Actor, reason: str) -> None:
        """Takes away: done first, told afterwards. Raises ActionRefused if it was over."""
        now = self._clock.now_ms()
        step = _STEPS.get(state)
        if step is not None and may(action, step, now) is not None:
            raise ActionRefused(Objection.NOT_OPEN)

        async def told(within: Transaction) -> None:
            if action.state is ActionState.APPROVED and action.summary:
                facts: dict[str, str | int] = {"at_ms": now, "action": action.summary}
                await self._tell(action, NoticeKind.ACTION_CANCELLED, facts, within)

        if not await self._store.end(action, state, now, told):
            raise ActionRefused(Objection.NOT_OPEN)
        name = _ENDED[by.kind]
        self._register.taken_away(name, by, {**_facts(action), "reason": reason}, case=action.case)

    async def _tell(
        self, action: Action, kind: NoticeKind, facts: Mapping[str, str | int], within: Transaction
    ) -> None:
        await self._notices.tell(action.customer, kind, facts, once=f"action/{action.id}", within=within)

    async def _confirmed(self, action: Action) -> bool:
        if action.state is not ActionState.PROPOSED:
            return False
        session = await self._conductor.load(SessionId(action.session))
        if session.state is State.ENDED:
            return False
        return self._assured.refusal(session, Protected.ACTION, action=action.hash) is None

    async def _must_be_confirmed(self, action: Action) -> None:
        """Raises NotAssured."""
        session = await self._conductor.load(SessionId(action.session))
        self._assured.must_hold(session, Protected.ACTION, action=action.hash)

    async def _named(self, named: str) -> Action:
        action = await self._store.find(named) if is_id(named, "act") else None
        if action is None:
            raise not_found()
        return action


def refusal_of(error: ActionRefused) -> Problem:
    return Problem(409, f"action_{error.objection.value}", str(error))


def _webhooks(action: Action, endpoints: list[str], now: int) -> list[Message]:
    data = {"action": action.id, "kind": action.kind.value, "released_at_ms": now}
    body = msgspec.json.encode({"type": WEBHOOK, "timestamp_ms": now, "data": data})
    return [
        Message(
            id=new_id("msg"),
            once=f"{WEBHOOK}/{action.id}",
            part=part,
            channel=Channel.WEBHOOK,
            about=WEBHOOK,
            body=body,
            created_at_ms=now,
            last_at_ms=now + WEBHOOK_LIFE_MS,
            endpoint=endpoint,
        )
        for part, endpoint in enumerate(endpoints)
    ]


def _facts(action: Action) -> dict[str, Fact]:
    return {"action": action.id, "kind": action.kind.value, "session": action.session}


def _actor(agent: Staff) -> Actor:
    return Actor(ActorKind.AGENT, agent.id)


def _approver(action: Action) -> StaffId:
    return action.approved_by or StaffId("")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


_STEPS: Final = {ActionState.CANCELLED: Step.CANCEL, ActionState.DECLINED: Step.DECLINE}
_ENDED: Final = {
    ActorKind.AGENT: EventName.AGENT_ACTION_CANCELLED,
    ActorKind.CUSTOMER: EventName.CUSTOMER_ACTION_CANCELLED,
    ActorKind.SYSTEM: EventName.SYSTEM_ACTION_EXPIRED,
}
_SENTENCES: Final = {
    Objection.NOT_OPEN: "This was decided, cancelled or ran out meanwhile. Nothing was changed. Load the page again.",
    Objection.TOO_EARLY: "Its time has not come yet. Nothing was changed.",
    Objection.TIED: (
        "Whoever proposed it and you got your way to sign in from each other, or from the same person, not long "
        "ago. So you are no second pair of eyes here. Nothing was changed; this was recorded. Somebody else decides."
    ),
    Objection.OWN: "Nobody approves what they proposed. Nothing was changed. Another agent decides.",
    Objection.NO_AGENT: "Only its own agents and supervisors may do this. Nothing was changed.",
}
