"""Between the law of a session and the policy of assurance, which do not know each other.

Every protected act on the server asks `Assured`, with the thing by its name; nothing else compares levels.
"""

from collections.abc import Iterable, Mapping

from server.principals import StaffPrincipal
from server.setting_groups import AssuranceSettings
from session.model import Level, Scope, Session, State, Verification
from session.ports import Circumstances, Clock
from support.masking import FieldKind
from verification.assurance import (
    MINUTE_MS,
    Assurance,
    Bindings,
    Policy,
    Protected,
    Refusal,
    Result,
    holds,
)


class NotAssured(Exception):
    """The customer has not proved who they are well enough for this, or not lately, or not to this agent."""

    def __init__(self, refusal: Refusal) -> None:
        needed = refusal.level.value if refusal.level else "more than there is"
        super().__init__(
            f"This needs a customer who has just proved who they are ({needed}) in a live session of this case with "
            "you. Nothing was shown or changed. Ask them in the session."
        )
        self.refusal = refusal


class Assured:
    def __init__(
        self, policy: Policy, sensitive: Iterable[FieldKind], circumstances: Circumstances, clock: Clock
    ) -> None:
        self.policy, self._sensitive = policy, frozenset(sensitive)
        self._circumstances, self._clock = circumstances, clock

    def refusal(self, session: Session, thing: Protected, *, action: str = "") -> Refusal | None:
        """Why `thing` is not allowed in this session now; None if it is. `action`: the hash, for ACTION alone."""
        now = self._clock.now_ms()
        live = self._circumstances.login_live(session.agent_login, now) and self._circumstances.case_live(
            session.case, session.agent, now
        )
        found = session.assertion if thing is Protected.ACTION else session.verification
        bindings = bindings_of(session, live=live, action=action)
        return holds(result_of(session, found), self.policy.need(thing), now, bindings)

    def must_hold(self, session: Session, thing: Protected, *, action: str = "") -> None:
        """Raises NotAssured."""
        if (refusal := self.refusal(session, thing, action=action)) is not None:
            raise NotAssured(refusal)

    def locked(self, case: str, staff: StaffPrincipal, sessions: Iterable[Session]) -> frozenset[FieldKind]:
        """The kinds of fields that this sign-in does not see in the clear in this case now, of live `sessions`."""
        theirs = (found for found in sessions if found.case == case and found.agent_login == staff.login)
        if any(self.refusal(found, Protected.SENSITIVE) is None for found in theirs):
            return frozenset()
        return self._sensitive


def assured_from(settings: AssuranceSettings, circumstances: Circumstances, clock: Clock) -> Assured:
    """Of settings that were judged."""
    sensitive = (FieldKind(kind) for kind in settings.sensitive_kinds)
    return Assured(policy_from(settings), sensitive, circumstances, clock)


def policy_from(settings: AssuranceSettings) -> Policy:
    """Of settings that were judged."""
    return Policy(
        tab=Assurance(settings.tab),
        window=Assurance(settings.window),
        sensitive=Assurance(settings.sensitive),
        life_ms=settings.minutes * MINUTE_MS,
        action_life_ms=settings.action_minutes * MINUTE_MS,
    )


def surface_levels(policy: Policy) -> Mapping[Scope, Level]:
    """What showing each surface needs, the smallest first."""
    things = {Scope.TAB: Protected.TAB, Scope.WINDOW: Protected.WINDOW, Scope.SCREEN: Protected.SCREEN}
    needs = {surface: policy.need(thing) for surface, thing in things.items()}
    return {surface: Level(need.level.value) for surface, need in needs.items() if need is not None}


def bindings_of(session: Session, *, live: bool, action: str = "") -> Bindings | None:
    """Between whom this session is, now; None where a verification in it counts for nothing any more. `live`: the
    agent's sign-in and the case are."""
    if session.state is State.ENDED or session.blocked or session.device is None or not live:
        return None
    return Bindings(
        session=session.id,
        case=session.case,
        customer=session.customer,
        device=session.device.id,
        agent=session.agent,
        login=session.agent_login,
        transcript=session.transcript,
        action=action,
    )


def result_of(session: Session, found: Verification | None) -> Result | None:
    """A verification that `session` holds, as the policy reads it."""
    if found is None:
        return None
    bindings = Bindings(
        session=session.id,
        case=found.case,
        customer=found.customer,
        device=found.device,
        agent=found.agent,
        login=found.login,
        transcript=found.transcript,
        action=found.action,
    )
    return Result(found.method, Assurance(found.level.value), found.at, found.until, bindings)
