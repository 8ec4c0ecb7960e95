"""Records of every kind: each event with each outcome, and those of which something is closed."""

from collections.abc import Iterator

from hypothesis import strategies as st

from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.export.record import LogRecord, record_of
from audit.ports import OpenedEntry

AT_MS = 1_763_935_200_000
VERSION = "0.1.0"
HOSTILE = 'a|b\\c=d\ne\rf\u2028g\u0085h"i\u0000j\U0001f600 k'


def an_entry(name: EventName, outcome: Outcome, index: int = 7) -> OpenedEntry:
    kind = ActorKind(name.value.split(":", 1)[0])
    event = Event(
        name,
        outcome,
        AT_MS,
        Actor(kind, "" if kind is ActorKind.SYSTEM else "who_1"),
        case="cas_1",
        session="ses_1",
        customer="cus_1",
        intent=None if outcome is Outcome.INTENT else 6,
        facts={"reason": HOSTILE, "count": -3, "right": True, "staff": "sta_2"},
        personal={"cus_1": {"note": HOSTILE}},
    )
    return OpenedEntry(index, bytes(range(16)), event)


def closed_entry(*, sealed: bool = False) -> OpenedEntry:
    names = ("org", "subject/0")
    return OpenedEntry(8, bytes(16), None, () if sealed else names, names if sealed else ())


def records() -> Iterator[LogRecord]:
    for name in EventName:
        for outcome in Outcome:
            yield record_of(an_entry(name, outcome))
    yield record_of(closed_entry())
    yield record_of(closed_entry(sealed=True))


TEXT = st.text()  # without surrogates, which no payload has
FACTS = st.dictionaries(
    st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,20}", fullmatch=True),
    st.one_of(TEXT, st.integers(-(2**53) + 1, 2**53 - 1), st.booleans()),
)


@st.composite
def any_record(draw: st.DrawFn) -> LogRecord:
    name = draw(st.sampled_from(EventName))
    event = Event(
        name,
        draw(st.sampled_from(Outcome)),
        draw(st.integers(0, 2**53 - 1)),
        Actor(draw(st.sampled_from(ActorKind)), draw(TEXT)),
        draw(st.none() | TEXT),
        draw(st.none() | TEXT),
        draw(st.none() | TEXT),
        draw(st.none() | st.integers(0, 2**53 - 1)),
        draw(FACTS),
        draw(st.dictionaries(TEXT, FACTS, max_size=2)),
    )
    return record_of(
        OpenedEntry(draw(st.integers(0, 2**53 - 1)), draw(st.binary(min_size=16, max_size=16)), event)
    )
