"""Who counts as two: nobody who could be both."""

from itertools import permutations

from support.identity import StaffId
from support.independence import LONGEST_MS, SHORTEST_MS, Giving, Independence, apart_of

ADMIN, MEI, BEN, CHIE, DAVE = (StaffId(f"sta_{name}") for name in ("admin", "mei", "ben", "chie", "dave"))


def test_whoever_gave_somebody_their_link_is_no_second_to_them_either_way_round() -> None:
    apart = Independence({Giving(MEI, ADMIN)})
    assert not apart.holds(ADMIN, MEI)
    assert not apart.holds(MEI, ADMIN)
    assert apart.holds(MEI, BEN)


def test_two_who_got_theirs_from_one_hand_are_one_through_however_many_hands() -> None:
    apart = Independence({Giving(MEI, ADMIN), Giving(BEN, CHIE), Giving(CHIE, ADMIN)})
    for first, second in permutations((ADMIN, MEI, BEN, CHIE), 2):
        assert not apart.holds(first, second)
    assert all(apart.holds(DAVE, other) for other in (ADMIN, MEI, BEN, CHIE))


def test_a_circle_of_givers_ends() -> None:
    apart = Independence({Giving(MEI, BEN), Giving(BEN, MEI)})
    assert not apart.holds(MEI, BEN)
    assert apart.holds(MEI, CHIE)


def test_nobody_is_a_second_to_themselves() -> None:
    assert not Independence(()).holds(MEI, MEI)


def test_the_setting_makes_it_longer_and_never_shorter() -> None:
    assert apart_of(0) == SHORTEST_MS
    assert apart_of(LONGEST_MS * 2) == LONGEST_MS
