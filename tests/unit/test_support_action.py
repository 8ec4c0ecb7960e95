"""Actions that need the highest assurance: no order of steps releases one twice, too early, or unapproved."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.action import (
    LONGEST_SUMMARY,
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
from support.identity import CaseId, CustomerId, StaffId
from support.independence import Giving, Independence
from support.staff import Role, Staff

NOW = 1_790_000_000_000
HOLD_MS = 24 * 3_600_000
PROPOSED = Action(
    id="act_1",
    kind=ActionKind.CHANGE_PAYOUT_ADDRESS,
    summary="New payout account: DE00 5550 0000 0042",
    session="ses_1",
    case=CaseId("cas_1"),
    customer=CustomerId("cus_1"),
    proposed_by=StaffId("sta_aiko"),
    proposed_at_ms=NOW,
    expires_at_ms=NOW + PROPOSAL_LIFE_MS,
)


def agent(name: str, role: Role = Role.AGENT, blocked_until_ms: int | None = None) -> Staff:
    return Staff(StaffId(f"sta_{name}"), name, name, name, "Help", role, blocked_until_ms)


def approved(action: Action, at_ms: int) -> Action:
    return replace(
        action, state=ActionState.APPROVED, approved_by=StaffId("sta_ben"), due_at_ms=at_ms + HOLD_MS
    )


APART = Independence(())


def test_another_agent_or_a_supervisor_approves_and_nobody_else() -> None:
    assert approval(PROPOSED, agent("ben"), NOW, APART) is None
    assert approval(PROPOSED, agent("chie", Role.SUPERVISOR), NOW, APART) is None
    assert approval(PROPOSED, agent("aiko"), NOW, APART) is Objection.OWN
    assert approval(PROPOSED, agent("aiko", Role.SUPERVISOR), NOW, APART) is Objection.OWN
    for role in (Role.SECURITY, Role.ADMIN):
        assert approval(PROPOSED, agent("dave", role), NOW, APART) is Objection.NO_AGENT
    assert approval(PROPOSED, agent("ben", blocked_until_ms=NOW + 1), NOW, APART) is Objection.NO_AGENT
    assert approval(PROPOSED, agent("ben"), PROPOSED.expires_at_ms, APART) is Objection.NOT_OPEN


def test_an_approved_action_is_the_business_of_its_two_agents_and_of_supervisors() -> None:
    held = approved(PROPOSED, NOW)
    assert all(concerns(held, agent(name)) for name in ("aiko", "ben"))
    assert concerns(held, agent("chie", Role.SUPERVISOR))
    assert not concerns(held, agent("dan"))
    assert not concerns(PROPOSED, agent("ben"))


def test_one_of_two_blocked_agents_is_enough_to_stop_a_release() -> None:
    good, blocked = agent("ben"), agent("aiko", blocked_until_ms=NOW + 1)
    assert still_good(good, agent("aiko"), NOW)
    assert not still_good(good, blocked, NOW)
    assert not still_good(blocked, good, NOW)
    assert not still_good(None, good, NOW)


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "act_2"},
        {"session": "ses_2"},
        {"kind": ActionKind.CHANGE_EMAIL},
        {"summary": "New payout account: DE00 5550 0000 0043"},
    ],
)
def test_the_hash_is_of_this_very_action(changed: dict[str, str]) -> None:
    other = replace(PROPOSED, **changed)  # type: ignore[arg-type]  # one field of several types
    assert other.hash != PROPOSED.hash
    assert len(PROPOSED.hash) == 43
    assert approved(PROPOSED, NOW).hash == PROPOSED.hash


def test_parts_that_run_into_each_other_have_other_hashes() -> None:
    assert replace(PROPOSED, id="a", session="bc").hash != replace(PROPOSED, id="ab", session="c").hash


@pytest.mark.parametrize("text", ["", " a", "a ", "a\nb", "a\u202eb", "x" * (LONGEST_SUMMARY + 1)])
def test_a_summary_that_cannot_be_shown_as_it_is_is_none(text: str) -> None:
    assert not is_summary(text)


@dataclass
class Run:
    """What became of one action, whoever asks for what and when."""

    action: Action = PROPOSED
    now: int = NOW
    released: list[int] = field(default_factory=list)
    approved_at: int | None = None

    def step(self, step: Step) -> None:
        if may(self.action, step, self.now) is not None:
            return
        if step is Step.APPROVE:
            self.action, self.approved_at = approved(self.action, self.now), self.now
            return
        ended = {
            Step.CANCEL: ActionState.CANCELLED,
            Step.DECLINE: ActionState.DECLINED,
            Step.EXPIRE: ActionState.EXPIRED,
            Step.RELEASE: ActionState.RELEASED,
        }[step]
        self.action = replace(self.action, state=ended)
        if step is Step.RELEASE:
            self.released.append(self.now)


@given(
    st.lists(
        st.tuples(st.sampled_from(Step), st.sampled_from([0, 1, PROPOSAL_LIFE_MS, HOLD_MS])), max_size=12
    )
)
def test_no_order_of_steps_releases_twice_too_early_or_after_a_cancellation(
    steps: list[tuple[Step, int]],
) -> None:
    run = Run()
    for step, later_ms in steps:
        run.now += later_ms
        over = run.action.state not in {ActionState.PROPOSED, ActionState.APPROVED}
        before = run.action
        run.step(step)
        if over:
            assert run.action == before
    assert len(run.released) <= 1
    if run.released:
        assert run.approved_at is not None
        assert run.approved_at < PROPOSED.expires_at_ms
        assert run.released[0] >= run.approved_at + HOLD_MS


def test_an_agent_whose_factors_the_proposer_gave_is_no_second() -> None:
    tied = Independence({Giving(agent("ben").id, PROPOSED.proposed_by)})
    assert approval(PROPOSED, agent("ben"), NOW, tied) is Objection.TIED
