"""Who approves that somebody enrols anew: two different officers, neither of them the person concerned."""

from dataclasses import replace
from itertools import product

import pytest

from support.identity import StaffId
from support.independence import Giving, Independence
from support.reset import LIFE_MS, Objection, Reset, Step, approval
from support.staff import Role, Staff

NOW = 1_800_000_000_000
OPEN = Reset("rst_1", "sta_agent", "host:root", NOW, NOW + LIFE_MS)


def officer(name: str, role: Role = Role.SECURITY, blocked_until_ms: int | None = None) -> Staff:
    return Staff(StaffId(f"sta_{name}"), name, name, name, "Security", role, blocked_until_ms)


CHIE, DAVE = officer("chie"), officer("dave", Role.ADMIN)
APART = Independence(())


def test_the_first_and_the_second_are_two() -> None:
    assert approval(OPEN, CHIE, None, NOW, APART) is Step.FIRST
    after = replace(OPEN, first_officer=CHIE.id)
    assert approval(after, DAVE, CHIE, NOW, APART) is Step.SECOND
    assert approval(after, CHIE, CHIE, NOW, APART) is Objection.TWICE


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
def test_only_officers_approve(role: Role) -> None:
    assert approval(OPEN, officer("mori", role), None, NOW, APART) is Objection.NO_OFFICER
    assert (
        approval(replace(OPEN, first_officer=CHIE.id), officer("mori", role), CHIE, NOW, APART)
        is Objection.NO_OFFICER
    )


def test_nobody_approves_their_own_whether_first_or_second() -> None:
    own = replace(OPEN, subject=CHIE.id)
    assert approval(own, CHIE, None, NOW, APART) is Objection.OWN
    assert approval(replace(own, first_officer=DAVE.id), CHIE, DAVE, NOW, APART) is Objection.OWN


def test_who_is_blocked_approves_nothing_and_has_approved_nothing() -> None:
    blocked = replace(CHIE, blocked_until_ms=NOW + 1)
    after = replace(OPEN, first_officer=CHIE.id)
    assert approval(OPEN, blocked, None, NOW, APART) is Objection.NO_OFFICER
    assert approval(after, DAVE, blocked, NOW, APART) is Step.FIRST
    assert approval(after, DAVE, replace(CHIE, role=Role.AGENT), NOW, APART) is Step.FIRST


@pytest.mark.parametrize(
    "over",
    [
        replace(OPEN, expires_at_ms=NOW),
        replace(OPEN, closed_at_ms=NOW),
        replace(OPEN, first_officer=CHIE.id, second_officer=DAVE.id),
    ],
)
def test_what_is_over_is_not_approved_by_anybody(over: Reset) -> None:
    for someone, first in product((CHIE, DAVE), (None, CHIE, DAVE)):
        assert approval(over, someone, first, NOW, APART) is Objection.NOT_OPEN


def test_an_officer_whose_factors_the_first_one_gave_is_no_second() -> None:
    after = replace(OPEN, first_officer=CHIE.id)
    for one in (Giving(DAVE.id, CHIE.id), Giving(CHIE.id, DAVE.id)):
        assert approval(after, DAVE, CHIE, NOW, Independence({one})) is Objection.TIED
