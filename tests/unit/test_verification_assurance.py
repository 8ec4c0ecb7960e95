"""What a level unlocks, for how long and between whom. No combination of the unknown is allowed."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.assurance import (
    LONGEST_ACTION_LIFE_MS,
    LONGEST_LIFE_MS,
    MINUTE_MS,
    Assurance,
    Bindings,
    Method,
    Policy,
    Protected,
    Result,
    Why,
    holds,
    methods_for,
)

NOW = 1_790_000_000_000
POLICY = Policy()
BINDINGS = Bindings(session="ses", case="cas", customer="cus", device="dev", agent="sta", login="log")
ACTION = replace(BINDINGS, action="A" * 43)
BINDING_NAMES = [field.name for field in fields(Bindings)]


def result(level: Assurance, bindings: Bindings = BINDINGS, *, at: int = NOW) -> Result:
    return Result("totp", level, at, at + POLICY.life(level), bindings)


@pytest.mark.parametrize(
    ("thing", "needed"),
    [
        ("tab", Assurance.V1),
        ("window", Assurance.V1),
        ("screen", Assurance.V2),
        ("sensitive", Assurance.V2),
    ],
)
def test_each_thing_is_unlocked_from_its_level_on(thing: str, needed: Assurance) -> None:
    for level in Assurance:
        refusal = holds(result(level), POLICY.need(thing), NOW, BINDINGS)
        assert (refusal is None) == level.at_least(needed), level


def test_an_action_needs_v3_for_that_very_action() -> None:
    need = POLICY.need("action")
    assert holds(result(Assurance.V3, ACTION), need, NOW, ACTION) is None
    for level in (Assurance.V0, Assurance.V1, Assurance.V2):
        assert holds(result(level, ACTION), need, NOW, ACTION) is not None
    other = holds(result(Assurance.V3, ACTION), need, NOW, replace(ACTION, action="B" * 43))
    assert other is not None
    assert (other.why, other.binding) == (Why.OTHER_BINDING, "action")
    assert holds(result(Assurance.V3), need, NOW, BINDINGS) is not None


def test_what_was_confirmed_for_an_action_shows_no_screen() -> None:
    for bindings in (BINDINGS, ACTION):
        assert holds(result(Assurance.V3, ACTION), POLICY.need("screen"), NOW, bindings) is not None


@pytest.mark.parametrize("thing", ["", "camera", "TAB", "V0"])
def test_what_the_policy_does_not_know_is_never_allowed(thing: str) -> None:
    refusal = holds(result(Assurance.V3), POLICY.need(thing), NOW, BINDINGS)
    assert refusal is not None
    assert refusal.why is Why.UNKNOWN_THING


@pytest.mark.parametrize("name", BINDING_NAMES)
def test_each_binding_counts(name: str) -> None:
    moved = replace(BINDINGS, **{name: "another"})
    refusal = holds(result(Assurance.V2, moved), POLICY.need("tab"), NOW, BINDINGS)
    assert refusal is not None
    assert (refusal.why, refusal.binding) == (Why.OTHER_BINDING, name)


@pytest.mark.parametrize("name", [name for name in BINDING_NAMES if name not in {"transcript", "action"}])
def test_an_empty_binding_counts_for_nothing(name: str) -> None:
    empty = replace(BINDINGS, **{name: ""})
    assert holds(result(Assurance.V2, empty), POLICY.need("tab"), NOW, empty) is not None


@pytest.mark.parametrize(
    ("level", "bindings", "thing", "life"),
    [
        (Assurance.V1, BINDINGS, "tab", LONGEST_LIFE_MS),
        (Assurance.V2, BINDINGS, "screen", LONGEST_LIFE_MS),
        (Assurance.V3, ACTION, "action", LONGEST_ACTION_LIFE_MS),
    ],
)
def test_a_result_counts_from_its_making_to_just_before_its_end(
    level: Assurance, bindings: Bindings, thing: str, life: int
) -> None:
    found, need = result(level, bindings), POLICY.need(thing)
    assert holds(found, need, NOW - 1, bindings) is not None
    assert holds(found, need, NOW, bindings) is None
    assert holds(found, need, NOW + life - 1, bindings) is None
    assert holds(found, need, NOW + life, bindings) is not None


def test_a_result_that_claims_a_longer_life_does_not_count() -> None:
    claimed = replace(result(Assurance.V2), until_ms=NOW + LONGEST_LIFE_MS + 1)
    assert holds(claimed, POLICY.need("tab"), NOW, BINDINGS) is not None


def test_a_shorter_life_counts_for_results_made_before_it_was_set() -> None:
    short = Policy(life_ms=MINUTE_MS)
    found = result(Assurance.V1, at=NOW - MINUTE_MS)
    assert holds(found, POLICY.need("tab"), NOW, BINDINGS) is None
    assert holds(found, short.need("tab"), NOW, BINDINGS) is not None


def test_without_a_session_or_a_result_nothing_is_allowed() -> None:
    for thing in Protected:
        assert holds(None, POLICY.need(thing), NOW, BINDINGS) is not None
        assert holds(result(Assurance.V3), POLICY.need(thing), NOW, None) is not None


@pytest.mark.parametrize(
    "broken",
    [
        {"tab": Assurance.V0},
        {"window": Assurance.V0},
        {"sensitive": Assurance.V0},
        {"tab": Assurance.V3},
        {"life_ms": LONGEST_LIFE_MS + 1},
        {"life_ms": 0},
        {"action_life_ms": LONGEST_ACTION_LIFE_MS + 1},
    ],
)
def test_nobody_chooses_less_than_the_policy_lets(broken: dict[str, Assurance | int]) -> None:
    with pytest.raises(ValueError, match=r"needs one of|lasts between"):
        Policy(**broken)  # type: ignore[arg-type]  # one of several types


def test_only_what_reaches_a_level_is_offered_for_it() -> None:
    offered = tuple(Method)
    assert methods_for(Assurance.V1, offered) == offered
    assert methods_for(Assurance.V2, offered) == (Method.PASSKEY,)
    assert methods_for(Assurance.V3, (Method.TOTP, Method.RECOVERY_CODE)) == ()


levels = st.sampled_from(Assurance)
texts = st.sampled_from(["", "a", "b"])
any_bindings = st.builds(Bindings, **dict.fromkeys(BINDING_NAMES, texts))


@given(
    level=levels,
    thing=st.sampled_from([*Protected, "camera"]),
    of=any_bindings,
    wanted=st.one_of(st.none(), any_bindings),
    at=st.integers(-1, LONGEST_LIFE_MS + 1),
    life=st.integers(0, LONGEST_LIFE_MS + 1),
)
def test_whatever_is_allowed_is_strong_fresh_and_for_these_people(
    level: Assurance, thing: str, of: Bindings, wanted: Bindings | None, at: int, life: int
) -> None:
    found = Result("passkey", level, NOW - at, NOW - at + life, of)
    need = POLICY.need(thing)
    if holds(found, need, NOW, wanted) is not None:
        return
    assert need is not None
    assert of == wanted
    assert level.at_least(need.level)
    assert 0 <= at < life <= LONGEST_LIFE_MS
    assert (thing == "action") == bool(of.action)
