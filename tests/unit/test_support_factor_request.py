"""The law of changes to customers' factors: no way leads around two people, the hold, or the customer's no."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from support.factor_request import (
    ASKED_FOR_MS,
    LONGEST_HOLD_MS,
    RIPE_FOR_MS,
    SHORTEST_HOLD_MS,
    FactorRequest,
    How,
    Kind,
    Objection,
    Phase,
    Step,
    Voucher,
    carrying_out,
    hold_of,
    vouching,
)
from support.identity import CustomerId, StaffId
from support.independence import Independence
from support.staff import Role, Staff

NOW = 1_800_000_000_000
CUSTOMER = CustomerId("cus_" + "A" * 22)
PEOPLE = [
    Staff(StaffId("sta_" + letter * 22), letter, letter, letter, "Team", role)
    for letter, role in zip(
        "abcdef",
        [Role.AGENT, Role.SUPERVISOR, Role.SUPERVISOR, Role.SECURITY, Role.ADMIN, Role.AGENT],
        strict=True,
    )
]
MOMENTS = [0, 1, 3_600_000, ASKED_FOR_MS, SHORTEST_HOLD_MS - 1, SHORTEST_HOLD_MS, RIPE_FOR_MS]

acts = st.lists(
    st.tuples(
        st.sampled_from(["vouch", "carry", "refuse", "block"]),
        st.integers(0, len(PEOPLE) - 1),
        st.booleans(),
        st.sampled_from(MOMENTS),
    ),
    max_size=12,
)
APART = Independence(())


def asked(kind: Kind, chosen_ms: int = 0) -> FactorRequest:
    return FactorRequest("frq_x", kind, CUSTOMER, "host:root", NOW, hold_of(kind, chosen_ms))


@given(st.sampled_from(Kind), acts)
def test_whatever_people_do_nothing_is_done_without_two_who_vouched_the_hold_and_silence(
    kind: Kind, tried: list[tuple[str, int, bool, int]]
) -> None:
    request, now, people, refused = asked(kind), NOW, list(PEOPLE), False
    vouched: list[tuple[StaffId, int]] = []
    for act, who, in_session, later in tried:
        now += later
        staff = people[who]
        if act == "vouch":
            step = vouching(request, staff, APART, in_session=in_session, now_ms=now)
            if isinstance(step, Step):
                request = request.vouched(step, Voucher(staff.id, now, How.IN_PERSON))
                vouched.append((staff.id, now))
                assert staff.role in {Role.SUPERVISOR, Role.SECURITY, Role.ADMIN}
                assert not in_session
        elif act == "refuse" and request.open(now):
            request, refused = replace(request, closed_at_ms=now), True
        elif act == "block":
            people[who] = replace(staff, blocked_until_ms=2**53)
        elif act == "carry":
            objection = carrying_out(request, staff, people, in_session=in_session, now_ms=now)
            if objection is None:
                assert not refused and not in_session  # noqa: PT018  # neither may be so
                must_be_right(kind, vouched, people, now)
                request = replace(request, done_at_ms=now)
        assert request.open(now) == (request.phase(now) in {Phase.ASKED, Phase.HELD, Phase.RIPE})


def must_be_right(kind: Kind, vouched: list[tuple[StaffId, int]], people: list[Staff], now: int) -> None:
    """Of what was carried out: two, who are still there, and the hold since the second one."""
    ids = {one for one, _ in vouched}
    assert len(ids) == len(vouched) == 2
    assert now - max(at for _, at in vouched) >= (SHORTEST_HOLD_MS if kind.weakens else 0)
    assert all(one.blocked_until_ms is None for one in people if one.id in ids)


@given(st.sampled_from([Kind.LOST, Kind.REMOVAL]), st.integers(-(10**12), 10**12))
def test_no_setting_makes_the_hold_shorter_than_three_days(kind: Kind, chosen: int) -> None:
    assert SHORTEST_HOLD_MS <= hold_of(kind, chosen) <= LONGEST_HOLD_MS
    assert hold_of(Kind.FIRST, chosen) == 0


def test_one_person_is_not_two_and_an_agent_is_nobody() -> None:
    agent, supervisor, other = PEOPLE[:3]
    request = asked(Kind.LOST)
    assert vouching(request, agent, APART, in_session=False, now_ms=NOW) is Objection.ROLE
    once = replace(request, first=Voucher(supervisor.id, NOW, How.VIDEO))
    assert vouching(once, supervisor, APART, in_session=False, now_ms=NOW) is Objection.TWICE
    assert vouching(once, other, APART, in_session=True, now_ms=NOW) is Objection.IN_SESSION
    assert vouching(once, other, APART, in_session=False, now_ms=NOW) is Step.SECOND
    assert vouching(once, other, APART, in_session=False, now_ms=NOW + ASKED_FOR_MS) is Objection.NOT_OPEN


def test_it_is_held_then_ripe_then_over() -> None:
    first, second = PEOPLE[1:3]
    request = replace(
        asked(Kind.LOST),
        first=Voucher(first.id, NOW, How.VIDEO),
        second=Voucher(second.id, NOW + 5, How.LETTER),
    )
    due = NOW + 5 + SHORTEST_HOLD_MS
    moments = [(due - 1, Phase.HELD), (due, Phase.RIPE), (due + RIPE_FOR_MS, Phase.EXPIRED)]
    assert [request.phase(at) for at, _ in moments] == [phase for _, phase in moments]

    def tried(at: int, people: list[Staff]) -> Objection | None:
        return carrying_out(request, PEOPLE[3], people, in_session=False, now_ms=at)

    assert tried(due - 1, PEOPLE) is Objection.HELD
    assert tried(due, PEOPLE) is None
    assert tried(due, [first]) is Objection.VOUCHER_GONE
    assert tried(due, [first, replace(second, role=Role.AGENT)]) is Objection.VOUCHER_GONE
    assert tried(due + RIPE_FOR_MS, PEOPLE) is Objection.NOT_OPEN
