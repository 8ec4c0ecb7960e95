"""Leaves and payloads: round trips, key commitment, one canonical form, and mutants."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.entry import (
    DataKey,
    LeafInvalid,
    LeafTooLarge,
    Sealer,
    SectionClosed,
    key_ids,
    label_of,
    open_section,
    parse_leaf,
    sealed_size,
    section_keys,
    section_secret,
)
from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.frame import decode_frame, encode_frame, scan_segment
from audit.payload import EventInvalid, PayloadInvalid, decode_org, decode_subject, encode_event
from audit.tree import leaf_hash
from tests.unit.audit_log_on_disk import an_event
from tests.unit.test_audit_note import mutated

ORIGIN = "test.example/log"
KEYS = [DataKey(bytes([number]) * 16, bytes([number + 100]) * 32) for number in range(16)]
VECTORS = Path(__file__).with_name("audit_vectors.json")


def sealer(random_source: Callable[[int], bytes] = lambda size: bytes(range(size))) -> Sealer:
    return Sealer(ORIGIN, b"e" * 16, b"l" * 32, random_source)


def opened(data: bytes, position: int, key: DataKey, origin: str = ORIGIN) -> bytes:
    leaf = parse_leaf(data)
    section = leaf.sections[position]
    secret = section_secret(key.secret, origin, leaf.entry_id, section.label)
    return open_section(leaf, section, origin=origin, secret=secret)


@given(st.lists(st.binary(max_size=500), min_size=1, max_size=16), st.integers(0, 2**64 - 1))
def test_every_section_opens_to_what_was_sealed(payloads: list[bytes], seq: int) -> None:
    entry_id, data = sealer().seal(seq, list(zip(payloads, KEYS, strict=False)))
    leaf = parse_leaf(data)
    assert (leaf.entry_id, leaf.emitter_id, leaf.emitter_seq) == (entry_id, b"e" * 16, seq)
    assert [opened(data, place, key) for place, key in enumerate(KEYS[: len(payloads)])] == payloads
    assert len(data) == sealed_size([len(payload) for payload in payloads])
    assert key_ids(leaf, b"l" * 32) == [key.key_id for key in KEYS[: len(payloads)]]


def test_a_section_opens_with_no_other_key_origin_or_place() -> None:
    _, data = sealer().seal(1, [(b"org", KEYS[0]), (b"person", KEYS[1])])
    with pytest.raises(SectionClosed, match="not sealed under this key"):
        opened(data, 0, KEYS[1])
    with pytest.raises(SectionClosed):
        opened(data, 0, KEYS[0], origin="other")
    leaf = parse_leaf(data)
    secret = section_secret(KEYS[0].secret, ORIGIN, leaf.entry_id, "org")
    for changed in (
        replace(leaf, emitter_seq=2),
        replace(leaf, emitter_id=b"f" * 16),
        replace(leaf, entry_id=b"x" * 16),
    ):
        with pytest.raises(SectionClosed, match="not what was sealed"):
            open_section(changed, leaf.sections[0], origin=ORIGIN, secret=secret)
    with pytest.raises(SectionClosed, match="not what was sealed"):
        open_section(leaf, replace(leaf.sections[0], label="subject/0"), origin=ORIGIN, secret=secret)


def test_a_ciphertext_cannot_be_shown_under_a_second_key() -> None:
    """The commitment is compared before anything is decrypted, so a second key needs a second preimage."""
    _, data = sealer().seal(1, [(b"org", KEYS[0])])
    leaf = parse_leaf(data)
    with pytest.raises(SectionClosed, match="not sealed under this key"):
        open_section(leaf, leaf.sections[0], origin=ORIGIN, secret=b"s" * 32)
    secret = section_secret(KEYS[0].secret, ORIGIN, leaf.entry_id, "org")
    assert section_keys(secret)[1] == leaf.sections[0].commitment


def test_two_entries_of_one_person_share_nothing_that_an_outsider_sees() -> None:
    chance = random.Random(3)  # noqa: S311 - the same mutants every time
    leaves = [
        parse_leaf(sealer(chance.randbytes).seal(n, [(b"x", KEYS[0]), (b"y", KEYS[1])])[1]) for n in (0, 1)
    ]
    for place in range(2):
        first, second = (leaf.sections[place] for leaf in leaves)
        assert first.key_ref != second.key_ref
        assert first.commitment != second.commitment
        assert first.ciphertext != second.ciphertext


def test_an_entry_that_would_be_too_large_is_refused() -> None:
    with pytest.raises(LeafTooLarge):
        sealer().seal(0, [(bytes(65_408), KEYS[0])])
    with pytest.raises(LeafTooLarge):
        sealer().seal(0, [(bytes(30_000), KEYS[0]), (bytes(40_000), KEYS[1])])
    assert len(sealer().seal(0, [(bytes(65_000), KEYS[0])])[1]) <= 65_535


def test_ten_thousand_mutants_of_a_leaf_are_refused_or_still_closed() -> None:
    chance = random.Random(2)  # noqa: S311 - the same mutants every time
    _, data = sealer().seal(7, [(b"org" * 30, KEYS[0]), (b"person", KEYS[1])])
    good = parse_leaf(data)
    for _ in range(10_000):
        mutant = mutated(data, chance)
        try:
            leaf = parse_leaf(mutant)
        except LeafInvalid:
            continue
        assert (leaf == good) == (mutant == data)
        assert [section.label for section in leaf.sections] == [
            label_of(n) for n in range(len(leaf.sections))
        ]


def test_ten_thousand_mutants_of_a_frame_are_no_frame() -> None:
    chance = random.Random(4)  # noqa: S311 - the same mutants every time
    data = encode_frame(5, b"r" * 32, [b"one", b"two" * 40])
    for _ in range(10_000):
        mutant = mutated(data, chance)
        found = decode_frame(mutant, 0)
        assert found is None or mutant.startswith(data)
        scan = scan_segment(mutant + bytes(16))
        assert scan.damage is not None or scan.frames or not mutant.strip(b"\0")


def test_a_scan_sees_the_frame_behind_the_damage() -> None:
    frames = [encode_frame(n, b"r" * 32, [b"leaf %d" % n]) for n in range(3)]
    segment = bytearray(b"".join(frames) + bytes(100))
    segment[len(frames[0]) + 60] ^= 1
    scan = scan_segment(bytes(segment))
    assert len(scan.frames) == 1
    assert scan.end == scan.damage == len(frames[0])
    assert scan.frame_after == len(frames[0]) + len(frames[1])


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
FACTS = st.dictionaries(
    st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,20}", fullmatch=True),
    st.one_of(TEXT, st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1)),
    max_size=6,
)
EVENTS = st.builds(
    Event,
    st.sampled_from(EventName),
    st.sampled_from(Outcome),
    st.integers(0, 2**53 - 1),
    st.builds(Actor, st.sampled_from(ActorKind), TEXT),
    st.none() | TEXT,
    st.none() | TEXT,
    st.none() | TEXT,
    st.none() | st.integers(0, 2**53 - 1),
    FACTS,
    st.dictionaries(TEXT, FACTS, max_size=4),
)


@given(EVENTS)
@settings(max_examples=300)
def test_an_event_comes_back_from_its_payloads_as_it_was(event: Event) -> None:
    payload = encode_event(event)
    personal = dict(decode_subject(data) for _, data in payload.personal)
    assert replace(decode_org(payload.org), personal=personal) == event
    assert [subject for subject, _ in payload.personal] == sorted(event.personal, key=str.encode)


@given(EVENTS)
def test_a_payload_is_canonical_json_and_no_other_form_is_read(event: Event) -> None:
    data = encode_event(event).org
    plain = json.loads(data)
    assert json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == data
    for other in (b" " + data, data + b"\n", json.dumps(plain, indent=1).encode()):
        with pytest.raises(PayloadInvalid):
            decode_org(other)


@pytest.mark.parametrize(
    "change",
    [
        {"at_ms": -1},
        {"at_ms": 1.5},
        {"intent": 2**53},
        {"case": 5},
        {"customer": b"x"},
        {"actor": Actor(ActorKind.AGENT, "\ud800")},
        {"facts": {"no spaces": 1}},
        {"facts": {"list": [1]}},
        {"facts": {"none": None}},
        {"facts": {"far": -(2**53)}},
        {"personal": {f"s{number}": {} for number in range(16)}},
        {"personal": {"s": {"fraction": 0.1}}},
    ],
)
def test_an_event_that_the_format_has_no_place_for_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(EventInvalid):
        encode_event(replace(an_event(), **change))  # type: ignore[arg-type]  # wrong on purpose


def test_the_vectors_of_the_format_come_out() -> None:
    """The same that FORMAT.md prints: a second implementation can check itself against them."""
    vectors = json.loads(VECTORS.read_text())
    source = iter([bytes.fromhex(vectors["entry_id"])])
    seal = Sealer(
        vectors["origin"],
        bytes.fromhex(vectors["emitter_id"]),
        bytes.fromhex(vectors["locator"]),
        lambda _: next(source),
    )
    event = Event(
        EventName.CUSTOMER_CONSENT_GRANTED,
        Outcome.DONE,
        1_763_935_200_000,
        Actor(ActorKind.CUSTOMER, "cu-1"),
        case="ca-1",
        session="se-1",
        customer="cu-1",
        intent=16,
        facts={"scope": "tab", "minutes": 10},
        personal={"cu-1": {"language": "ja", "text": "画面"}},
    )
    payload = encode_event(event)
    keys = [DataKey(bytes.fromhex(one["key_id"]), bytes.fromhex(one["secret"])) for one in vectors["keys"]]
    parts = list(zip([payload.org, *(data for _, data in payload.personal)], keys, strict=True))
    _, leaf = seal.seal(vectors["emitter_seq"], parts)
    assert payload.org.decode() == vectors["org"]
    assert payload.personal[0][1].decode() == vectors["subject"]
    assert leaf.hex() == vectors["leaf"]
    assert leaf_hash(leaf).hex() == vectors["leaf_hash"]
    assert encode_frame(0, leaf_hash(leaf), [leaf]).hex() == vectors["frame"]
