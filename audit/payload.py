"""An event as the bytes that are sealed, and back: canonical JSON, one payload a party (FORMAT.md, section 3). Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

import msgspec

from audit.event import SCHEMA_VERSION, Actor, ActorKind, Event, EventName, Fact, Outcome

MAX_INTEGER: Final = 2**53 - 1
MAX_SUBJECTS: Final = 15

_FACT_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}", re.ASCII)
_FACT_TYPES: Final = frozenset({str, int, bool})
_Struct = TypeVar("_Struct", bound=msgspec.Struct)
_ENCODER: Final = msgspec.json.Encoder(order="sorted")


class EventInvalid(ValueError):
    """The event cannot be recorded as it stands; the sentence says which part and why."""


class PayloadInvalid(Exception):
    """Opened bytes that are not a payload in its one canonical form."""


@dataclass(frozen=True, slots=True)
class Payload:
    """`personal` is sorted by subject: (subject's id, payload). `kept` are a subject's facts that go into blobs: for
    each name the text in UTF-8 (`audit.fitting`)."""

    org: bytes
    personal: tuple[tuple[str, bytes], ...]
    kept: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)


class _Actor(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    kind: ActorKind
    id: str = ""


class _Org(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    v: int
    name: EventName
    outcome: Outcome
    at: int
    actor: _Actor
    case: str | None = None
    session: str | None = None
    customer: str | None = None
    intent: int | None = None
    facts: dict[str, str | int | bool] = {}


class _Subject(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    v: int
    subject: str
    facts: dict[str, str | int | bool]


_ORG: Final = msgspec.json.Decoder(_Org, strict=True)
_SUBJECT: Final = msgspec.json.Decoder(_Subject, strict=True)


def encode_event(event: Event) -> Payload:
    """Raises EventInvalid for names, numbers or text that the format has no place for."""
    if len(event.personal) > MAX_SUBJECTS:
        raise EventInvalid(f"an event speaks of at most {MAX_SUBJECTS} persons")
    _check_types(event)
    org = _Org(
        v=SCHEMA_VERSION,
        name=event.name,
        outcome=event.outcome,
        at=event.at_ms,
        actor=_Actor(kind=event.actor.kind, id=event.actor.id),
        case=event.case,
        session=event.session,
        customer=event.customer,
        intent=event.intent,
        facts=_checked(event.facts),
    )
    personal = tuple(
        (subject, encode_subject(subject, facts))
        for subject, facts in sorted(event.personal.items(), key=_by_subject)
    )
    return Payload(_encoded(org), personal)


def encode_subject(subject: str, facts: Mapping[str, Fact]) -> bytes:
    """A person's payload. Raises EventInvalid."""
    return _encoded(_Subject(v=SCHEMA_VERSION, subject=subject, facts=_checked(facts)))


def decode_org(data: bytes) -> Event:
    """The event without anybody's personal facts. Raises PayloadInvalid."""
    org = _decoded(_ORG, data)
    _must_be_known(org.v)
    actor = Actor(org.actor.kind, org.actor.id)
    return Event(
        org.name, org.outcome, org.at, actor, org.case, org.session, org.customer, org.intent, facts=org.facts
    )


def decode_subject(data: bytes) -> tuple[str, Mapping[str, Fact]]:
    """A person's id and what the entry knows of that person. Raises PayloadInvalid."""
    section = _decoded(_SUBJECT, data)
    _must_be_known(section.v)
    return section.subject, section.facts


def _must_be_known(version: int) -> None:
    if version != SCHEMA_VERSION:
        raise PayloadInvalid(
            f"the entry's vocabulary has version {version}; this release knows {SCHEMA_VERSION}"
        )


def _check_types(event: Event) -> None:
    """Annotations bind only those who check them, and what is written here can never be taken back."""
    texts: list[object] = [event.actor.id, *event.personal]
    texts += [text for text in (event.case, event.session, event.customer) if text is not None]
    if any(type(text) is not str for text in texts):
        raise EventInvalid("ids are text")
    numbers: list[object] = [event.at_ms, 0 if event.intent is None else event.intent]
    if any(type(number) is not int or not 0 <= number <= MAX_INTEGER for number in numbers):
        raise EventInvalid("times and indices are whole numbers from 0 to 2^53 - 1")


def _checked(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    for name, value in facts.items():
        if not _FACT_NAME.fullmatch(name):
            raise EventInvalid(
                "a fact's name is 1 to 64 ASCII letters, digits, '_', '.', '-', a letter first"
            )
        if type(value) not in _FACT_TYPES:
            raise EventInvalid(f"the fact {name} is neither text nor a whole number nor true or false")
        if isinstance(value, int) and not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise EventInvalid(f"the fact {name} is beyond 2^53 - 1")
    return dict(facts)


def _encoded(struct: msgspec.Struct) -> bytes:
    try:
        return _ENCODER.encode(struct)
    except (UnicodeEncodeError, TypeError, msgspec.ValidationError) as error:
        raise EventInvalid(
            "the event holds what is neither text nor a whole number nor true or false"
        ) from error


def _decoded(decoder: "msgspec.json.Decoder[_Struct]", data: bytes) -> _Struct:
    try:
        struct = decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PayloadInvalid("the opened section is not a payload of this version") from error
    if _ENCODER.encode(struct) != data:
        raise PayloadInvalid("the opened section is not in its canonical form")
    return struct


def _by_subject(item: tuple[str, Mapping[str, Fact]]) -> bytes:
    return item[0].encode("utf-8", "surrogatepass")
