"""Who makes a case of what an agent opened, and until when it can be one."""

from dataclasses import replace

import pytest

from support import provisional
from support.case import Case, CaseState, Origin
from support.case_rule import LIVE_FOR_MS, Act, Allowed, Reason, Refused, live, may_open
from support.identity import CaseId
from support.independence import Giving, Independence
from support.intake import IntakeRefused, reference
from support.provisional import Asked, Objection
from support.staff import Role, Staff
from tests.storage.desk_rows import AGENT, CUSTOMER, NOW, OTHER_AGENT

ASKED = Asked("K-88120", "Asked at the counter")
OPENED = provisional.opened(CaseId("cas_" + "A" * 22), b"12345", CUSTOMER.id, ASKED, AGENT, NOW)
SUPERVISOR = replace(OTHER_AGENT, role=Role.SUPERVISOR)
APART = Independence(frozenset())


def test_it_is_its_openers_and_shows_what_they_typed() -> None:
    assert (OPENED.origin, OPENED.provisional, OPENED.named) == (Origin.AGENT, True, "K-88120")
    assert OPENED.assigned_agent == OPENED.opened_by == AGENT.id
    assert OPENED.reference.startswith("P-")
    assert may_open(OPENED, AGENT, NOW, Act.SESSION) == Allowed(OPENED)
    assert may_open(OPENED, AGENT, NOW, Act.RECORD) == Refused(Reason.PROVISIONAL)


def test_whatever_happens_in_it_its_eight_hours_end_and_those_of_a_case_go_on() -> None:
    last = NOW + LIVE_FOR_MS - 1
    active = replace(OPENED, last_activity_ms=last)
    assert live(active, AGENT.id, last)
    assert not live(active, AGENT.id, last + 1)
    assert may_open(active, AGENT, last + 1, Act.SESSION) == Refused(Reason.INACTIVE)
    assert live(replace(active, provisional=False, ends_at_ms=None), AGENT.id, last + 1)


@pytest.mark.parametrize(
    ("case", "opener", "who", "expected"),
    [
        (OPENED, AGENT, SUPERVISOR, None),
        (OPENED, AGENT, replace(SUPERVISOR, role=Role.AGENT), Objection.ROLE),
        (OPENED, AGENT, replace(SUPERVISOR, role=Role.ADMIN), Objection.ROLE),
        (OPENED, AGENT, replace(SUPERVISOR, blocked_until_ms=NOW + 1), Objection.ROLE),
        (OPENED, None, SUPERVISOR, Objection.OTHER_TEAM),
        (OPENED, AGENT, replace(SUPERVISOR, team="Other"), Objection.OTHER_TEAM),
        (OPENED, replace(AGENT, role=Role.SUPERVISOR, team="Other"), SUPERVISOR, None),
        (OPENED, replace(AGENT, role=Role.SUPERVISOR), replace(AGENT, role=Role.SUPERVISOR), Objection.OWN),
        (replace(OPENED, assigned_agent=SUPERVISOR.id), AGENT, SUPERVISOR, Objection.OWN),
        (replace(OPENED, state=CaseState.CLOSED), AGENT, SUPERVISOR, Objection.NOT_OPEN),
        (replace(OPENED, provisional=False), AGENT, SUPERVISOR, Objection.NOT_OPEN),
        (replace(OPENED, ends_at_ms=NOW), AGENT, SUPERVISOR, Objection.NOT_OPEN),
    ],
)
def test_only_another_person_within_reach_approves_it(
    case: Case, opener: Staff | None, who: Staff, expected: Objection | None
) -> None:
    assert provisional.approval(case, opener, who, NOW, APART) is expected


def test_whoever_could_be_the_opener_is_no_other_person() -> None:
    for giving in (Giving(AGENT.id, SUPERVISOR.id), Giving(SUPERVISOR.id, AGENT.id)):
        apart = Independence(frozenset({giving}))
        assert provisional.approval(OPENED, AGENT, SUPERVISOR, NOW, apart) is Objection.TIED


def test_no_organisation_can_use_the_reference_of_a_stand_in() -> None:
    made = provisional.stand_in(CUSTOMER.id, "0" * 24, NOW)
    assert (made.display_name, made.fields, made.reference.startswith(provisional.STAND_IN)) == ("", (), True)
    with pytest.raises(IntakeRefused):
        reference(made.reference)
