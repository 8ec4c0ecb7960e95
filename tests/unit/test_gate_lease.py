"""The lease's law, over every order of renewals, revocations and time."""

from hypothesis import given
from hypothesis import strategies as st

from session.gate_port import LEASE_TTL_MS
from session.media.lease import Lease

EPOCHS = st.integers(0, 4)
MOMENTS = st.integers(0, 6_000)
LIVES = st.integers(-10, 3 * LEASE_TTL_MS)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("renew"), EPOCHS, MOMENTS, LIVES),
        st.tuples(st.just("revoke"), EPOCHS, st.just(0), st.just(0)),
    ),
    max_size=12,
)


@given(STEPS, MOMENTS)
def test_it_is_live_only_by_an_unrevoked_renewal_with_a_fresh_stamp(
    steps: list[tuple[str, int, int, int]], now_ms: int
) -> None:
    lease, revoked, renewals = Lease(), -1, []
    for act, epoch, stamp, life_ms in steps:
        if act == "renew":
            lease.renew(epoch, stamp, now_ms, life_ms)
            renewals.append((epoch, stamp, min(life_ms, LEASE_TTL_MS)))
        else:
            lease.revoke(epoch)
            revoked = max(revoked, epoch)
    if lease.live(now_ms):
        assert any(
            epoch > revoked and stamp <= now_ms < stamp + life_ms for epoch, stamp, life_ms in renewals
        )


@given(STEPS, MOMENTS, st.integers(LEASE_TTL_MS, 100_000))
def test_nobody_is_live_a_ttl_after_the_last_moment(
    steps: list[tuple[str, int, int, int]], now_ms: int, later_ms: int
) -> None:
    lease = Lease()
    for act, epoch, stamp, life_ms in steps:
        lease.renew(epoch, stamp, now_ms, life_ms) if act == "renew" else lease.revoke(epoch)
    assert not lease.live(now_ms + later_ms)


def test_a_late_revocation_of_an_older_grant_leaves_the_newer_one() -> None:
    lease = Lease()
    assert lease.renew(2, 100, 100)
    assert not lease.revoke(1)
    assert lease.live(101)


def test_a_lower_epoch_does_not_extend_a_higher_one() -> None:
    lease = Lease()
    lease.renew(2, 100, 100)
    assert not lease.renew(1, 900, 900)
    assert not lease.live(100 + LEASE_TTL_MS)


def test_an_ended_lease_can_never_be_granted_again() -> None:
    lease = Lease()
    lease.end()
    assert not lease.renew(1 << 62, 5, 5)
    assert not lease.live(5)


def test_a_short_life_ends_early_and_takes_nothing_away() -> None:
    lease = Lease()
    lease.renew(1, 100, 100, 700)
    assert lease.live(799)
    assert not lease.live(800)
    lease.renew(1, 200, 200)
    lease.renew(1, 300, 300, 50)
    assert lease.live(199 + LEASE_TTL_MS)
