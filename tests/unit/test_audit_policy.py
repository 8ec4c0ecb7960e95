"""The policy file: one form, names without a meaning, and a quorum that is what its words say."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.note import Kind, Signer
from audit.post_quantum import both
from audit.witnesses.policy import Policy, PolicyInvalid, parse_policy
from tests.unit.test_audit_note import mutated
from tests.unit.witness_people import SmallLog, policy_of, policy_text, witness_key

KEYS = [str(witness_key(number).verifier) for number in range(1, 8)]
EXAMPLE = f"""log {SmallLog().signer.verifier}

witness X1 {KEYS[0]}
witness X2 {KEYS[1]} https://x2.example/witness/
witness X3 {KEYS[2]}
group X-witnesses 2 X1 X2 X3

\t# the other organisation's
witness Y1 {KEYS[3]}
witness Y2 \t {KEYS[4]}\x20
group Y-witnesses any Y1 Y2

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def test_the_example_of_the_specification_means_what_it_says() -> None:
    policy = parse_policy(EXAMPLE.encode())
    assert [witness.url for witness in policy.witnesses] == [
        None,
        "https://x2.example/witness/",
        None,
        None,
        None,
    ]
    for met in ({"X1", "X2", "Y1"}, {"X2", "X3", "Y2"}, {"X1", "X2", "X3", "Y1", "Y2"}):
        assert policy.met_by(met)
    for too_few in (
        set(),
        {"X1", "X2"},
        {"X1", "Y1", "Y2"},
        {"X-witnesses", "Y-witnesses"},
        {"X-and-Y"},
        {"Z"},
    ):
        assert not policy.met_by(too_few)


def test_the_simplest_quorums() -> None:
    one = parse_policy(f"witness W {KEYS[0]}\nquorum W\n".encode())
    assert one.met_by({"W"})
    assert not one.met_by(set())
    assert parse_policy(b"quorum none\n").met_by(set())


def test_names_are_bytes_and_nothing_else() -> None:
    kelvin = "\u212a".encode()
    policy = parse_policy(
        b"witness K %b\nwitness %b %b\nwitness \xff %b\nquorum \xff\n"
        % (KEYS[0].encode(), kelvin, KEYS[1].encode(), KEYS[2].encode())
    )
    assert len({witness.name for witness in policy.witnesses}) == 3
    assert policy.met_by({policy.witnesses[2].name})
    assert not policy.met_by({"K", kelvin.decode()})
    assert policy.witnesses[2].shown == "\ufffd"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "newline"),
        ("\n", "no quorum"),
        ("quorum none", "newline"),
        ("quorum none\r\n", "control"),
        ("quorum none\x00\n", "control"),
        ("quorum none\nquorum none\n", "quorum already"),
        ("quorum W\n", "earlier line"),
        (f"quorum W\nwitness W {KEYS[0]}\n", "earlier line"),
        ("quorum\n", "a line is"),
        ("Quorum none\n", "a line is"),
        (f"witness none {KEYS[0]}\nquorum none\n", "taken"),
        (f"witness W {KEYS[0]}\nwitness W {KEYS[1]}\nquorum W\n", "taken"),
        (f"witness W {KEYS[0]}\nwitness V {KEYS[0]}\nquorum W\n", "earlier line"),
        (f"witness W {KEYS[0]} https://a https://b\nquorum W\n", "a line is"),
        (f"witness W {SmallLog().signer.verifier}\nquorum W\n", "cosignature"),
        (f"log {KEYS[0]}\nquorum none\n", "key"),
        (
            f"log {SmallLog().signer.verifier}\nlog {SmallLog().signer.verifier}\nquorum none\n",
            "earlier line",
        ),
        (f"witness W {KEYS[0]}\ngroup G 0 W\nquorum G\n", "how many"),
        (f"witness W {KEYS[0]}\ngroup G 2 W\nquorum G\n", "how many"),
        (f"witness W {KEYS[0]}\ngroup G 01 W\nquorum G\n", "how many"),
        (f"witness W {KEYS[0]}\ngroup G some W\nquorum G\n", "how many"),
        (f"witness W {KEYS[0]}\ngroup G any\nquorum W\n", "a line is"),
        (f"witness W {KEYS[0]}\ngroup G 2 W W\nquorum G\n", "counts once"),
        (f"witness W {KEYS[0]}\ngroup G any W\ngroup H any W\nquorum G\n", "counts once"),
        (f"witness W {KEYS[0]}\ngroup W any W\nquorum W\n", "taken"),
        (f"witness W {KEYS[0]}\ngroup G any G\nquorum G\n", "earlier line"),
        (f"witness W {KEYS[0]}\ngroup G any W none\nquorum G\n", "earlier line"),
        (f"witness W {KEYS[0]} https://{'a' * 8_192}\nquorum W\n", "longer"),
        ("#" * 600_000 + "\nquorum none\n", "at most"),
        ("witness W nonsense\nquorum W\n", "line 1"),
    ],
)
def test_whatever_is_not_a_policy_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(PolicyInvalid, match=reason):
        parse_policy(text.encode())


def test_one_key_under_two_names_or_kinds_is_one_witness() -> None:
    again = Signer.from_seed("another.example/name", bytes([1]) * 32, Kind.COSIGNATURE)
    with pytest.raises(PolicyInvalid, match="earlier line"):
        policy_of(witness_key(1), again)


def test_sixty_four_of_each_are_possible_and_one_more_is_not() -> None:
    log = [Signer.from_seed(f"log{n}", n.to_bytes(32, "big")).verifier for n in range(65)]
    witness = [Signer.from_seed(f"w{n}", n.to_bytes(32, "big"), Kind.COSIGNATURE).verifier for n in range(65)]
    logs = [f"log {key}" for key in log]
    witnesses = [f"witness W{n} {key}" for n, key in enumerate(witness)]
    groups = ["group G0 any W0"] + [f"group G{n} any G{n - 1}" for n in range(1, 65)]

    def parsed(*parts: list[str]) -> Policy:
        return parse_policy("\n".join([*itertools.chain(*parts), "quorum none", ""]).encode())

    whole = parsed(logs[:64], witnesses[:64], groups[:64])
    assert (len(whole.logs), len(whole.witnesses), len(whole.groups)) == (64, 64, 64)
    for parts in ((logs,), (witnesses,), (witnesses[:1], groups)):
        with pytest.raises(PolicyInvalid, match="at most 64"):
            parsed(*parts)


@given(st.integers(1, 6), st.data())
def test_a_group_has_seen_what_enough_of_its_members_have(count: int, data: st.DataObject) -> None:
    least = data.draw(st.integers(1, count))
    names = data.draw(st.sets(st.sampled_from([f"W{number}" for number in range(1, count + 1)])))
    policy = policy_of(*(witness_key(number) for number in range(1, count + 1)), least=str(least))
    assert policy.met_by(names) == (len(names) >= least)
    assert policy.met_by(names | {"stranger"}) == policy.met_by(names)


@given(st.data())
def test_more_witnesses_never_make_a_quorum_unmet(data: st.DataObject) -> None:
    policy = parse_policy(EXAMPLE.encode())
    names = [witness.name for witness in policy.witnesses]
    some = data.draw(st.sets(st.sampled_from(names)))
    more = some | data.draw(st.sets(st.sampled_from(names)))
    assert policy.met_by(more) >= policy.met_by(some)
    asked = (len(some & {"X1", "X2", "X3"}) >= 2) and bool(some & {"Y1", "Y2"})
    assert policy.met_by(some) == asked


def test_a_policy_is_for_its_own_logs_and_without_any_for_whichever_is_meant() -> None:
    ours, other = SmallLog(), SmallLog("log.example/b")
    policy = policy_of(witness_key(1), log=ours)
    assert policy.accepts(ours.signer.verifier)
    assert policy.accepts(both(ours.signer, ours.second))
    assert not policy.accepts(other.signer.verifier)
    assert policy_of(witness_key(1)).accepts(other.signer.verifier)


def test_ten_thousand_mutants_are_refused_or_parsed_and_nothing_else() -> None:
    chance = random.Random(3)  # noqa: S311 - the same mutants every time
    parsed = 0
    for _ in range(10_000):
        try:
            policy = parse_policy(mutated(EXAMPLE.encode(), chance))
        except PolicyInvalid:
            continue
        parsed += 1
        assert policy.met_by({witness.name for witness in policy.witnesses})
    assert 0 < parsed < 10_000


def test_the_text_that_other_tests_use_is_a_policy() -> None:
    assert (
        parse_policy(policy_text(witness_key(1), url="https://w{}.example")).witnesses[0].url
        == "https://w1.example"
    )
