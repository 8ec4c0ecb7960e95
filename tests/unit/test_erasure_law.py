"""When somebody may be erased: approvals, hindrances, retention by region, periods that are over."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.erasure.expiry import first_kept
from audit.erasure.retention import DAY_MS, Retention, RetentionInvalid
from audit.keystore import PERIOD_MS
from server.retention_rules import retention_broken
from server.setting_groups import RetentionSettings
from support.erasure import Bonds, Erasure, Hindrance, HoldKind, approval, hindrance
from support.identity import CustomerId, StaffId
from support.independence import Giving, Independence
from support.reset import Objection, Step
from support.staff import Role, Staff

NOW = 1_800_000_000_000
ERASURE = Erasure(
    "era_1",
    CustomerId("cus_1"),
    "host:root",
    "V2",
    NOW,
    due_at_ms=NOW + 7 * DAY_MS,
    expires_at_ms=NOW + 37 * DAY_MS,
)
OFFICER = Staff(StaffId("sta_1"), "aya", "Aya Kondo", "S-1", "Security", Role.SECURITY)
OTHER = replace(OFFICER, id=StaffId("sta_2"), number="S-2")
APART = Independence(())


def test_two_different_officers_approve() -> None:
    assert approval(ERASURE, OFFICER, None, NOW, APART) is Step.FIRST
    once = replace(ERASURE, first_officer=OFFICER.id, first_at_ms=NOW)
    assert approval(once, OFFICER, OFFICER, NOW, APART) is Objection.TWICE
    assert approval(once, OTHER, OFFICER, NOW, APART) is Step.SECOND
    blocked = replace(OFFICER, blocked_until_ms=NOW + 1)
    assert approval(once, OTHER, blocked, NOW, APART) is Step.FIRST, "who is blocked has approved nothing"
    assert approval(ERASURE, blocked, None, NOW, APART) is Objection.NO_OFFICER
    assert approval(ERASURE, replace(OFFICER, role=Role.AGENT), None, NOW, APART) is Objection.NO_OFFICER


def test_what_is_over_cannot_be_approved() -> None:
    for over in (
        replace(ERASURE, closed_at_ms=NOW),
        replace(ERASURE, intent_index=7),
        replace(ERASURE, expires_at_ms=NOW),
        replace(ERASURE, first_officer=OFFICER.id, second_officer=OTHER.id),
    ):
        assert approval(over, OFFICER, None, NOW, APART) is Objection.NOT_OPEN


def test_an_approved_one_waits_for_as_long_as_something_hinders_it() -> None:
    approved = replace(ERASURE, first_officer=OFFICER.id, second_officer=OTHER.id)
    assert approved.open(NOW + 1_000 * DAY_MS)
    assert not ERASURE.open(NOW + 1_000 * DAY_MS)


def in_the_way(bonds: Bonds, *, kept_until_ms: int = NOW) -> Hindrance | None:
    return hindrance(bonds, kept_until_ms=kept_until_ms, flags_open_ms=30 * DAY_MS, now_ms=NOW)


def test_each_bond_hinders_by_itself() -> None:
    free = Bonds(last_contact_ms=0)
    assert in_the_way(free) is None
    assert in_the_way(replace(free, live_session=True)) is Hindrance.SESSION
    assert in_the_way(replace(free, open_case=True)) is Hindrance.CASE
    assert in_the_way(replace(free, latest_flag_ms=NOW - 30 * DAY_MS + 1)) is Hindrance.FLAG
    assert in_the_way(replace(free, latest_flag_ms=NOW - 30 * DAY_MS)) is None
    assert in_the_way(replace(free, holds=frozenset({HoldKind.LEGAL}))) is Hindrance.HOLD
    assert in_the_way(replace(free, holds=frozenset({HoldKind.INVESTIGATION}))) is Hindrance.INVESTIGATION
    assert in_the_way(free, kept_until_ms=NOW + 1) is Hindrance.RETENTION


def test_a_region_has_days_of_its_own_then_its_countrys_then_the_default() -> None:
    rule = Retention.parse(30, ["JP=2555", "US-CA=365"])
    assert [rule.days(region) for region in ("JP", "JP-13", "US-CA", "US", "")] == [2555, 2555, 365, 30, 30]
    assert rule.ends_ms("JP", 5) == 5 + 2555 * DAY_MS


@pytest.mark.parametrize(
    "text", ["JP", "jp=5", "JP=-1", "JP=36501", "JP=1.5", "JPN=5", "JP=5 ", "=5", "JP=١"]
)
def test_what_is_no_region_with_its_days_is_refused(text: str) -> None:
    with pytest.raises(RetentionInvalid):
        Retention.parse(0, [text])


def test_a_region_stands_once() -> None:
    with pytest.raises(RetentionInvalid, match="twice"):
        Retention.parse(0, ["JP=5", "JP=6"])


@given(st.integers(0, 2**45), st.integers(0, 36_500))
def test_a_period_is_kept_until_its_last_moment_is_old_enough(now: int, days: int) -> None:
    kept = first_kept(now, days)
    assert kept * PERIOD_MS <= now - days * DAY_MS, "every period before has ended by then"
    assert (kept + 1) * PERIOD_MS > now - days * DAY_MS, "this one has not"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (RetentionSettings(wait_days=0), "wait_days"),
        (RetentionSettings(wait_days=91), "wait_days"),
        (RetentionSettings(flags_days=-1), "flags_days"),
        (RetentionSettings(regions=["XX"]), "JP=2555"),
        (RetentionSettings(destroy_after_days=29), "destroy_after_days"),
        (RetentionSettings(regions=["JP=2555"], destroy_after_days=365), "must be kept for 2555 days"),
        (RetentionSettings(destroy_organisation_after_days=400), "both are set"),
        (RetentionSettings(destroy_after_days=500, destroy_organisation_after_days=400), "not below"),
    ],
)
def test_settings_that_contradict_each_other_are_told(settings: RetentionSettings, sentence: str) -> None:
    assert sentence in " ".join(retention_broken(settings))


def test_usual_settings_hold() -> None:
    assert not list(retention_broken(RetentionSettings()))
    assert not list(
        retention_broken(RetentionSettings(destroy_after_days=400, destroy_organisation_after_days=400))
    )


def test_an_officer_whose_factors_the_first_one_gave_is_no_second() -> None:
    once = replace(ERASURE, first_officer=OFFICER.id, first_at_ms=NOW)
    tied = Independence({Giving(OTHER.id, OFFICER.id)})
    assert approval(once, OTHER, OFFICER, NOW, tied) is Objection.TIED
