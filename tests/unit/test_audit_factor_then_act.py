"""A way to verify that is new, and what it opens asked for within a day."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.detectors import Action, Flag, StateInvalid, TargetKind
from audit.detectors.factor_then_act import REFRACTORY_MS, WINDOW_MS, FactorThenAct
from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.payload import encode_event
from audit.ports import OpenedEntry
from tests.unit.audit_log_on_disk import NOW_MS

E = EventName
STAFF = Actor(ActorKind.AGENT, "sta_1")


class Days:
    """A log of one customer's days, told as they come."""

    def __init__(self) -> None:
        self.detector = FactorThenAct()
        self.entries: list[OpenedEntry] = []
        self.now = NOW_MS

    def tell(self, name: EventName, outcome: Outcome, customer: str = "cus_1", **facts: Fact) -> list[Flag]:
        event = Event(name, outcome, self.now, STAFF, customer=customer, facts=facts)
        index = len(self.entries)
        self.entries.append(OpenedEntry(index, index.to_bytes(16, "big"), event))
        return list(self.detector.observe(self.entries[-1]))

    def renewed(
        self,
        name: EventName = E.AGENT_ENROLMENT_ISSUED,
        customer: str = "cus_1",
        outcome: Outcome = Outcome.DONE,
    ) -> None:
        assert self.tell(name, outcome, customer) == []

    def proposed(self, customer: str = "cus_1") -> list[Flag]:
        return self.tell(E.AGENT_ACTION_PROPOSED, Outcome.INTENT, customer, action=f"act_{len(self.entries)}")


def test_an_action_within_a_day_of_a_new_factor_is_a_flag_on_that_request_and_says_how_soon() -> None:
    days = Days()
    days.renewed()
    days.now += 90 * 60_000
    (flag,) = days.proposed()
    assert (flag.target, flag.target_kind, flag.action) == ("act_1", TargetKind.CUSTOMER_REQUEST, Action.FLAG)
    assert (flag.reason_key, dict(flag.reason_facts)) == (
        "flag.factor_then_act",
        {"customer": "cus_1", "minutes": 90},
    )
    assert (flag.score, flag.entries) == (22.5, (0, 1))
    system = Actor(ActorKind.SYSTEM)
    encode_event(Event(E.SYSTEM_FLAG_RAISED, Outcome.DONE, NOW_MS, system, facts=flag.facts()))


@pytest.mark.parametrize(
    "name",
    [
        E.OPERATOR_ENROLMENT_ISSUED,
        E.KEY_ENROLMENT_ISSUED,
        E.CUSTOMER_ENROLMENT_FINISHED,
        E.CUSTOMER_PASSKEY_REGISTERED,
        E.OFFICER_FACTOR_REQUEST_CARRIED_OUT,
    ],
)
def test_every_way_to_a_new_factor_counts_and_another_change_is_told_as_one(name: EventName) -> None:
    days = Days()
    days.renewed(name)
    days.now += WINDOW_MS - 1
    (flag,) = days.tell(E.OPERATOR_FACTOR_REQUEST_MADE, Outcome.INTENT, request="frq_1")
    assert (flag.target, flag.reason_key) == ("frq_1", "flag.factor_then_act.again")


def test_a_day_later_before_it_for_another_customer_and_what_came_to_nothing_are_none() -> None:
    days = Days()
    assert days.proposed() == []
    days.renewed(outcome=Outcome.INTENT)
    days.renewed(outcome=Outcome.FAILED)
    assert days.proposed() == []
    days.renewed()
    assert days.proposed("cus_2") == []
    assert days.tell(E.AGENT_ACTION_PROPOSED, Outcome.REFUSED, action="act_x") == []
    assert days.tell(E.CUSTOMER_DEVICE_REMEMBERED, Outcome.DONE) == []
    days.now += WINDOW_MS
    assert days.proposed() == []


def test_a_flag_rests_for_five_days_even_if_the_factor_is_new_again() -> None:
    days = Days()
    days.renewed()
    assert len(days.proposed()) == 1
    days.now += REFRACTORY_MS - 1
    days.renewed()
    assert days.proposed() == []
    days.now += 1
    assert len(days.proposed()) == 1


def test_at_most_twenty_thousand_customers_are_remembered_the_oldest_forgotten_first() -> None:
    days = Days()
    for turn in range(20_001):
        days.renewed(customer=f"cus_{turn}")
    assert days.proposed("cus_0") == []
    assert len(days.proposed("cus_1")) == 1


def test_a_foreign_state_is_refused() -> None:
    for state in (b"{}", b"\xff", b'{"version":2,"last":1,"customers":[]}'):
        with pytest.raises(StateInvalid):
            FactorThenAct().restore(state)


@given(
    st.lists(
        st.tuples(st.booleans(), st.sampled_from(["cus_1", "cus_2"]), st.integers(0, 3 * WINDOW_MS)),
        max_size=30,
    ),
    st.integers(0, 30),
)
def test_kept_and_taken_up_again_it_says_the_same_and_nothing_twice(
    steps: list[tuple[bool, str, int]], cut: int
) -> None:
    days, whole = Days(), list[Flag]()
    for renews, customer, later in steps:
        days.now += later
        if renews:
            days.renewed(customer=customer)
        else:
            whole += days.proposed(customer)
    first, second = FactorThenAct(), FactorThenAct()
    before = [flag for entry in days.entries[:cut] for flag in first.observe(entry)]
    second.restore(first.state())
    assert [flag for entry in days.entries[:cut] for flag in second.observe(entry)] == []  # doubled and late
    assert second.state() == first.state()
    assert before + [flag for entry in days.entries[cut:] for flag in second.observe(entry)] == whole
    third = FactorThenAct()
    assert [flag for entry in days.entries for _ in range(2) for flag in third.observe(entry)] == whole
