"""The case rule: every way in which a case is not live is refused, with its reason, and nothing else opens."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.case import Case, CaseState
from support.case_rule import LIVE_FOR_MS, Act, Allowed, Reason, Refused, live, may_open
from support.identity import StaffId, is_id
from support.staff import Role, Staff
from tests.storage.desk_rows import AGENT, CASE, NOW, OFFICER, OTHER_AGENT, made_id

PROVISIONAL = replace(CASE, provisional=True, opened_by=AGENT.id)
everybody = st.builds(
    Staff,
    id=st.sampled_from([AGENT.id, OTHER_AGENT.id]),
    role=st.sampled_from(Role),
    blocked_until_ms=st.none() | st.integers(NOW - 5, NOW + 5),
)
every_case = st.builds(
    Case,
    assigned_agent=st.sampled_from([None, AGENT.id, OTHER_AGENT.id, StaffId("")]),
    last_activity_ms=st.integers(NOW - LIVE_FOR_MS - 5, NOW + 100_000),
)


@pytest.mark.parametrize(
    ("case", "staff", "reason"),
    [
        (None, AGENT, Reason.NO_CASE),
        (CASE, replace(AGENT, role=Role.SECURITY), Reason.ROLE),
        (CASE, replace(AGENT, role=Role.ADMIN), Reason.ROLE),
        (CASE, OFFICER, Reason.ROLE),
        (CASE, replace(AGENT, blocked_until_ms=NOW + 1), Reason.BLOCKED),
        (CASE, OTHER_AGENT, Reason.NOT_ASSIGNED),
        (replace(CASE, assigned_agent=None), AGENT, Reason.NOT_ASSIGNED),
        (replace(CASE, state=CaseState.CLOSED), AGENT, Reason.CLOSED),
        (replace(CASE, last_activity_ms=NOW - LIVE_FOR_MS), AGENT, Reason.INACTIVE),
        (replace(CASE, last_activity_ms=NOW + 60_001), AGENT, Reason.INACTIVE),
        (PROVISIONAL, AGENT, Reason.PROVISIONAL),
    ],
)
def test_what_is_not_live_is_refused_with_its_reason(case: Case | None, staff: Staff, reason: Reason) -> None:
    assert may_open(case, staff, NOW) == Refused(reason)


@pytest.mark.parametrize(
    ("case", "staff", "act"),
    [
        (CASE, AGENT, Act.RECORD),
        (CASE, AGENT, Act.SESSION),
        (CASE, replace(AGENT, role=Role.SUPERVISOR), Act.RECORD),
        (CASE, replace(AGENT, blocked_until_ms=NOW), Act.RECORD),
        (replace(CASE, last_activity_ms=NOW - LIVE_FOR_MS + 1), AGENT, Act.RECORD),
        (replace(CASE, last_activity_ms=NOW + 60_000), AGENT, Act.RECORD),
        (PROVISIONAL, AGENT, Act.SESSION),
    ],
)
def test_a_live_case_opens_for_its_agent(case: Case, staff: Staff, act: Act) -> None:
    assert may_open(case, staff, NOW, act) == Allowed(case)


@given(every_case, everybody, st.sampled_from(Act))
def test_nothing_opens_without_all_conditions(case: Case, staff: Staff, act: Act) -> None:
    decided = may_open(case, staff, NOW, act)
    if isinstance(decided, Allowed):
        assert staff.role in {Role.AGENT, Role.SUPERVISOR}
        assert not staff.blocked(NOW)
        assert case.assigned_agent == staff.id
        assert case.state is CaseState.OPEN
        assert NOW - case.last_activity_ms < LIVE_FOR_MS
        assert act is Act.SESSION or not case.provisional
        assert live(case, staff.id, NOW)


@given(every_case, everybody)
def test_a_record_opens_only_where_a_session_may(case: Case, staff: Staff) -> None:
    if isinstance(may_open(case, staff, NOW, Act.RECORD), Allowed):
        assert may_open(case, staff, NOW, Act.SESSION) == Allowed(case)


def test_a_case_of_nobody_is_live_for_nobody() -> None:
    assert not live(replace(CASE, assigned_agent=None), "", NOW)


@pytest.mark.parametrize(
    "text",
    ["", "cas_", CASE.id + "x", CASE.id[:-1], "cus" + CASE.id[3:], CASE.id[:-1] + "é", CASE.id[:-1] + "\n"],
)
def test_what_is_no_id_is_not_looked_up(text: str) -> None:
    assert not is_id(text, "cas")
    assert is_id(made_id("cas"), "cas")
