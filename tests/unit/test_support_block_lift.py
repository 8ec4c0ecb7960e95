"""When it takes two to lift a block, and who the second one can be."""

import pytest

from support.block_lift import LIFE_MS, BlockLift, Objection, approval, two_needed
from support.identity import StaffId
from support.independence import Giving, Independence
from support.staff import Role, Staff

NOW_MS = 1_000_000
APART = Independence(())


def person(
    name: str, role: Role = Role.SECURITY, team: str = "Security", blocked: int | None = None
) -> Staff:
    return Staff(StaffId(name), name, name, name, team, role, blocked)


BLOCKED = person("blocked", Role.AGENT, "Help", NOW_MS + 1_000)
ASKER, OTHER = person("asker", Role.ADMIN), person("other")
LIFT = BlockLift("lft", BLOCKED.id, ASKER.id, "why", NOW_MS, NOW_MS + LIFE_MS)


def test_it_takes_two_of_one_team_or_where_that_was_chosen() -> None:
    assert not two_needed(BLOCKED, ASKER, always=False)
    assert two_needed(BLOCKED, ASKER, always=True)
    assert two_needed(BLOCKED, person("mate", Role.ADMIN, "Help"), always=False)


@pytest.mark.parametrize("role", [Role.SECURITY, Role.ADMIN])
def test_another_officer_of_another_team_approves(role: Role) -> None:
    assert approval(LIFT, BLOCKED, ASKER, person("other", role), NOW_MS, APART) is None


@pytest.mark.parametrize(
    ("officer", "objection"),
    [
        (ASKER, Objection.TWICE),
        (person("agent", Role.AGENT), Objection.NO_OFFICER),
        (person("supervisor", Role.SUPERVISOR), Objection.NO_OFFICER),
        (person("other", blocked=NOW_MS + 1), Objection.NO_OFFICER),
        (person("mate", team="Help"), Objection.TEAM),
    ],
)
def test_nobody_else_does(officer: Staff, objection: Objection) -> None:
    assert approval(LIFT, BLOCKED, ASKER, officer, NOW_MS, APART) is objection


def test_an_officer_who_is_blocked_does_not_lift_their_own() -> None:
    """Blocked officers cannot sign in; were one in all the same, this is the second wall."""
    officer = person("officer", blocked=NOW_MS + 1_000)
    lift = BlockLift("lft", officer.id, ASKER.id, "why", NOW_MS, NOW_MS + LIFE_MS)
    assert approval(lift, officer, ASKER, officer, NOW_MS, APART) is Objection.NO_OFFICER


def test_an_officers_block_is_lifted_by_two_others_of_the_same_team() -> None:
    officer = person("officer", blocked=NOW_MS + 1_000)
    lift = BlockLift("lft", officer.id, ASKER.id, "why", NOW_MS, NOW_MS + LIFE_MS)
    assert two_needed(officer, ASKER, always=False)
    assert approval(lift, officer, ASKER, OTHER, NOW_MS, APART) is None


def test_who_got_the_account_from_the_asker_is_no_other() -> None:
    tied = Independence((Giving(OTHER.id, ASKER.id),))
    assert approval(LIFT, BLOCKED, ASKER, OTHER, NOW_MS, tied) is Objection.TIED


def test_a_question_that_is_over_or_whose_asker_counts_no_more_is_answered_by_nobody() -> None:
    over = BlockLift("lft", BLOCKED.id, ASKER.id, "why", NOW_MS, NOW_MS + LIFE_MS, closed_at_ms=NOW_MS)
    free = person("blocked", Role.AGENT, "Help")
    for lift, blocked, asker, now in (
        (over, BLOCKED, ASKER, NOW_MS),
        (LIFT, person("blocked", Role.AGENT, "Help", NOW_MS + 2 * LIFE_MS), ASKER, NOW_MS + LIFE_MS),
        (LIFT, free, ASKER, NOW_MS),
        (LIFT, BLOCKED, None, NOW_MS),
        (LIFT, BLOCKED, person("asker", Role.ADMIN, blocked=NOW_MS + 1), NOW_MS),
        (LIFT, BLOCKED, person("asker", Role.AGENT), NOW_MS),
    ):
        assert approval(lift, blocked, asker, OTHER, now, APART) is Objection.NOT_OPEN
