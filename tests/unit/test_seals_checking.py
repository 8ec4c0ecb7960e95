"""What seals are for: whoever has today's keys cannot write anew what was sealed, drop seals, or begin anew unseen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.note import Signer
from audit.report import ExitCode
from audit.seals.checking import EVERY_RESTART, SealsSeen
from audit.seals.record import Reason, Restart, digest_of
from tests.unit.seals_by_hand import ORIGIN, HandMade, honest

T, R, I = ExitCode.TAMPERED, ExitCode.ROLLED_BACK, ExitCode.INCOMPLETE  # noqa: E741 - a table reads best in short
MINUTE_MS = 60_000
STRANGER = Signer.from_seed(ORIGIN, b"s" * 32)


def test_an_honest_chain_holds_and_is_remembered() -> None:
    made = honest()
    code, _, remembered = made.judged()
    assert code == ExitCode.GOOD
    assert remembered == made.seen()
    assert remembered.epoch == 3
    made.write(1)
    made.seal()
    assert made.judged(seen=remembered)[0] == ExitCode.GOOD


def test_what_was_seen_is_not_checked_twice_and_what_came_since_is() -> None:
    made = honest()
    seen = made.seen()
    made.write(1)
    made.seal()
    asked: list[int] = []

    class Counting(HandMade):
        def root(self, size: int) -> bytes | None:
            asked.append(size)
            return HandMade.root(self, size)

    assert Counting(made.leaves, made.records, made.now_ms).judged(seen=seen)[0] == ExitCode.GOOD
    assert asked == [20, 21], "the root that was seen covers those before it"


def test_no_seals_are_a_finding_and_none_any_more_a_rollback() -> None:
    made = honest()
    code, findings, _ = made.judged(content=b"")
    assert code == I
    assert "start it once with this version" in findings.found[0].sentence
    assert made.judged(content=b"", seen=made.seen())[0] == R


@pytest.mark.parametrize("place", [1, 2, 4])
def test_a_seal_that_another_key_made_does_not_hold(place: int) -> None:
    made = honest()
    made.records[place] = honest_but(place, STRANGER).records[place]
    code, findings, remembered = made.judged()
    assert (code, remembered) == (T, None)
    assert findings.found[0].file == "seals"
    assert findings.found[0].offset == sum(map(len, made.records[:place]))


def honest_but(place: int, signer: Signer) -> HandMade:
    made = HandMade()
    made.begin(Reason.NEW)
    for number in range(1, 5):
        made.write(5)
        made.seal(signer=signer if number == place else None)
    return made


@pytest.mark.parametrize("dropped", [0, 1, 2])
def test_a_record_missing_before_the_last_is_tampering(dropped: int) -> None:
    made = honest()
    del made.records[dropped]
    assert made.judged()[0] == T


def test_records_that_changed_places_or_stand_twice_are_tampering() -> None:
    for order in ([0, 2, 1, 3, 4], [0, 1, 1, 2, 3, 4], [1, 0, 2, 3, 4], [0, 1, 2, 3, 4, 4], [0, 0, 1]):
        made = honest()
        made.records = [made.records[place] for place in order]
        assert made.judged()[0] == T, order


def test_a_size_or_time_that_goes_back_is_tampering() -> None:
    smaller = honest()
    smaller.leaves = smaller.leaves[:12]
    smaller.seal()
    smaller.write(8)
    assert smaller.judged()[0] == T
    earlier = honest()
    earlier.now_ms -= 3_000_000
    earlier.seal()
    earlier.now_ms += 3_000_000
    assert earlier.judged()[0] == T


def test_seals_of_another_log_are_tampering() -> None:
    made = honest()
    content = made.content.replace(b"test.example/log", b"test.example/loh")
    assert made.judged(content=content)[0] == T


def test_a_chain_that_begins_as_a_restart_or_later_is_tampering() -> None:
    restarted = HandMade()
    restarted.begin(Reason.KEY_MISSING)
    assert restarted.judged()[0] == T
    late = HandMade(epoch=3)
    late.begin(Reason.NEW)
    assert late.judged()[0] == T
    twice = honest(1)
    twice.begin(Reason.NEW)
    assert twice.judged(accepted=EVERY_RESTART)[0] == T


def test_a_root_that_is_not_the_trees_is_tampering() -> None:
    made = honest()
    made.leaves[7] = b"another"
    code, findings, _ = made.judged()
    assert code == T
    assert findings.found[0].sentence == "the first 10 entries are not those that epoch 1 sealed"


def test_a_restart_is_asked_about_until_it_is_accepted_and_then_remembered() -> None:
    made = honest()
    before = made.seen()
    made.begin(Reason.KEY_MISSING)
    restart = Restart(4, digest_of(made.records[-1]))
    made.write(5)
    made.seal()
    code, findings, _ = made.judged(seen=before)
    assert code == I
    assert f"--accept-restart {restart}" in findings.found[0].sentence
    assert made.judged(accepted={Restart(3, restart.digest), Restart(4, bytes(32))})[0] == I
    code, _, remembered = made.judged(seen=before, accepted={restart})
    assert code == ExitCode.GOOD
    assert remembered == SealsSeen(4, digest_of(made.records[-1]), frozenset({restart}))
    made.seal()
    assert made.judged(seen=remembered)[0] == ExitCode.GOOD, "remembered"
    assert made.judged(seen=made.seen())[0] == I, "by who accepted it alone"


def test_an_accepted_restart_stands_for_seals_that_a_loss_took() -> None:
    """As after a restore of an older backup: the seals that came after it are gone with the machine."""
    made = honest()
    made.seal()
    made.seal()
    seen = made.seen()
    made.back_to(5)
    made.begin(Reason.KEY_MISSING)
    restart = Restart(4, digest_of(made.records[-1]))
    made.seal()
    assert made.judged(seen=seen)[0] == R
    code, _, remembered = made.judged(seen=seen, accepted={restart})
    assert code == ExitCode.GOOD
    assert remembered is not None
    assert made.judged(seen=SealsSeen(5, seen.digest, remembered.restarts), accepted={restart})[0] == R, (
        "an acceptance is good for once"
    )


def test_fewer_seals_than_were_seen_are_a_rollback() -> None:
    made = honest()
    seen = made.seen()
    made.back_to(4)
    code, findings, _ = made.judged(seen=seen)
    assert code == R
    assert "seals up to epoch 3 were seen before, and they end with epoch 2" in str(findings.found[0])


@pytest.mark.parametrize(("unsealed", "minutes", "code"), [(0, 99_999, 0), (1, 20, 0), (1, 21, I), (0, 0, 0)])
def test_entries_after_the_last_seal_may_wait_twenty_minutes(unsealed: int, minutes: int, code: int) -> None:
    made = honest()
    made.write(unsealed)
    assert made.judged(later_ms=minutes * MINUTE_MS)[0] == code


@pytest.mark.parametrize(("unsealed", "code"), [(10_000, 0), (10_001, I)])
def test_at_most_ten_thousand_entries_follow_the_last_seal(unsealed: int, code: int) -> None:
    made = honest()
    assert made.judged(size=len(made.leaves) + unsealed)[0] == code


def test_a_seal_ahead_of_the_verifiers_clock_is_a_finding_beyond_five_minutes() -> None:
    made = honest()
    assert made.judged(later_ms=-5 * MINUTE_MS)[0] == ExitCode.GOOD
    assert made.judged(later_ms=-5 * MINUTE_MS - 1)[0] == I


def test_a_seal_of_more_than_is_signed_is_looked_at_as_far_as_it_can_be() -> None:
    made = honest()
    assert made.judged(size=18)[0] == ExitCode.GOOD, "its entries are durable, and are those"
    made.leaves = made.leaves[:18]
    code, findings, _ = made.judged()
    assert code == I
    assert findings.found[0].entry == 18


def test_a_last_record_that_is_only_half_there_is_incomplete() -> None:
    made = honest()
    for cut in range(1, len(made.records[-1])):
        code, _, remembered = made.judged(content=made.content[:-cut])
        assert code == I
        assert remembered is None or remembered.epoch == 2


@given(
    epochs=st.integers(2, 6),
    entries=st.integers(0, 4),
    rewritten=st.integers(0, 99),
    kept=st.integers(0, 99),
    way=st.sampled_from(
        ["keeps", "drops", "drops and goes on", "begins anew", "replaces all", "restarts behind"]
    ),
    more=st.integers(0, 3),
    remembered=st.booleans(),
)
def test_whoever_has_todays_keys_cannot_change_what_was_sealed_before(
    epochs: int, entries: int, rewritten: int, kept: int, way: str, more: int, *, remembered: bool
) -> None:
    """The attacker has the log's signing key and the running epoch's key, and rewrites tree, seals and signatures as
    they like. Only what is replaced from the very first record on needs a memory of the verifier's to be found."""
    made = honest(epochs, entries + 1)
    seen = made.seen() if remembered or way == "replaces all" else None
    changed = rewritten % len(made.leaves)
    made.leaves[changed] = b"rewritten"
    code = {
        "keeps": T,
        "drops": R if seen else I,
        "drops and goes on": T,
        "begins anew": R if seen else I,
        "replaces all": R,
        "restarts behind": T,
    }[way]
    untouched = changed // (entries + 1)  # seals that the changed entry does not come before
    keep = 1 + min(kept % epochs, untouched)
    attack(made, way, keep, more)
    assert made.judged(seen=seen, later_ms=21 * MINUTE_MS)[0] == code


def attack(made: HandMade, way: str, keep: int, more: int) -> None:
    todays = made.key
    match way:
        case "drops":
            made.back_to(keep)
        case "drops and goes on":
            made.back_to(keep)
            made.seal(signer=todays)
        case "begins anew":
            made.back_to(keep)
            made.begin(Reason.KEY_MISSING)
        case "replaces all":
            made.back_to(0)
            made.begin(Reason.UNSEALED)
        case "restarts behind":
            made.begin(Reason.KEY_MISSING)
        case _:
            pass
    for _ in range(more if way != "drops" else 0):
        made.write(1)
        made.seal()
