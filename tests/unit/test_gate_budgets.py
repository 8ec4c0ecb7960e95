from session.media.budgets import (
    ALL_STRANGERS_CHECKS,
    RELAY_CHECKS,
    STRANGER_CHECKS,
    Budget,
    Strangers,
)


def test_a_budget_is_used_up_within_its_second_and_whole_again_in_the_next() -> None:
    budget = Budget(3)
    assert [budget.take(1_000 + 100 * each) for each in range(5)] == [True, True, True, False, False]
    assert budget.take(2_000)


def test_one_strangers_flood_leaves_others_theirs() -> None:
    strangers = Strangers()
    flood = [strangers.take("192.0.2.1", 5) for _ in range(10 * STRANGER_CHECKS)]
    assert sum(flood) == STRANGER_CHECKS
    assert strangers.take("192.0.2.2", 5)
    assert strangers.take("192.0.2.1", 1_005)


def test_all_addresses_of_an_ipv6_network_are_one_stranger() -> None:
    strangers = Strangers()
    flood = [strangers.take(f"2001:db8:0:1::{each:x}", 5) for each in range(2 * STRANGER_CHECKS)]
    assert sum(flood) == STRANGER_CHECKS
    assert strangers.take("2001:db8:0:2::1", 5)
    assert strangers.take("fe80::1%eth0", 5)


def test_a_flood_from_everywhere_is_bounded_too() -> None:
    strangers = Strangers()
    hosts = [f"10.{each >> 8 & 255}.{each & 255}.1" for each in range(2 * ALL_STRANGERS_CHECKS)]
    assert sum(strangers.take(host, 5) for host in hosts) == ALL_STRANGERS_CHECKS


def test_behind_a_turn_server_each_relay_is_one_stranger_and_a_flood_of_one_leaves_others_theirs() -> None:
    strangers = Strangers(relays=("192.0.2.1", "2001:db8::1"))
    for host in ("192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1"):
        flood = [strangers.take(host, 5, 50_001) for _ in range(10 * STRANGER_CHECKS)]
        assert sum(flood) == RELAY_CHECKS
        assert strangers.take(host, 5, 50_002)
    assert sum(strangers.take("192.0.2.9", 5, each) for each in range(2 * STRANGER_CHECKS)) == STRANGER_CHECKS


def test_all_the_relays_that_strangers_may_have_cannot_use_up_what_is_for_all() -> None:
    """96 is the number in docs/strict-networks.md: eight users with twelve relays each."""
    assert 96 * RELAY_CHECKS < ALL_STRANGERS_CHECKS
