"""An event as payloads that fit into a leaf: what is too large in a person's facts goes into blobs. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from audit.blobs import MAX_BLOB, PREFIX, SIZE, Kept, told_apart
from audit.entry import MAX_LEAF, sealed_size
from audit.event import Event, Fact
from audit.payload import EventInvalid, Payload, decode_subject, encode_event, encode_subject

SMALLEST: Final = 1_024  # bytes; less would gain nothing
_LONGEST_NAME: Final = 64 - len(PREFIX) - len(SIZE)
_UNNAMED: Final = "0" * 64  # as long as the name that the file will have


def fitted(event: Event) -> Payload:
    """Blobs only where the leaf would be too large, the largest text first. Raises EventInvalid."""
    if any(name.startswith(PREFIX) for facts in event.personal.values() for name in facts):
        raise EventInvalid(
            f"a fact about a person does not begin with {PREFIX}: such names are the log's own"
        )
    payload = encode_event(event)
    if leaf_size(payload) <= MAX_LEAF:
        return payload
    kept: dict[str, dict[str, bytes]] = {}
    for content, subject, fact in _largest(event):
        kept.setdefault(subject, {})[fact] = content
        payload = replace(encode_event(_without(event, kept)), kept=kept)
        if leaf_size(payload) <= MAX_LEAF:
            return payload
    raise EventInvalid("an entry has at most 65,535 bytes; put the rest elsewhere and record its hash")


def leaf_size(payload: Payload) -> int:
    return sealed_size([len(payload.org), *(len(part) for _, part in payload.personal)])


def named(content: bytes, kept: Kept, names: Mapping[str, str]) -> bytes:
    """A person's payload of `fitted` with the names that the files have."""
    subject, facts = decode_subject(content)
    own = {fact for name in kept for fact in (PREFIX + name, PREFIX + name + SIZE)}
    return encode_subject(subject, told_apart(_but(facts, own), kept, names))


def without_blobs(payload: Payload) -> Payload:
    """For where there is no place for files: what would be in them is left out, and the section says so."""
    if not payload.kept:
        return payload
    personal = [
        (subject, _shortened(content) if subject in payload.kept else content)
        for subject, content in payload.personal
    ]
    return Payload(payload.org, tuple(personal))


def _shortened(content: bytes) -> bytes:
    subject, facts = decode_subject(content)
    left: dict[str, Fact] = {name: value for name, value in facts.items() if not name.startswith(PREFIX)}
    return encode_subject(subject, left | {"shortened": True})


def _largest(event: Event) -> list[tuple[bytes, str, str]]:
    """(text, subject, name) of what may go into a blob. Raises EventInvalid for more than one can hold."""
    found: list[tuple[bytes, str, str]] = []
    for subject, facts in event.personal.items():
        for name, value in facts.items():
            if isinstance(value, str) and len(name) <= _LONGEST_NAME and not name.endswith(SIZE):
                content = value.encode()
                if len(content) > MAX_BLOB:
                    raise EventInvalid(
                        f"the fact {name} has more than {MAX_BLOB} bytes; record its hash instead"
                    )
                if len(content) >= SMALLEST:
                    found.append((content, subject, name))
    return sorted(found, key=lambda one: (-len(one[0]), one[1], one[2]))


def _without(event: Event, kept: Mapping[str, Kept]) -> Event:
    personal = {
        subject: told_apart(facts, own, dict.fromkeys(own, _UNNAMED))
        if (own := kept.get(subject, {}))
        else facts
        for subject, facts in event.personal.items()
    }
    return replace(event, personal=personal)


def _but(facts: Mapping[str, Fact], names: set[str]) -> dict[str, Fact]:
    return {name: value for name, value in facts.items() if name not in names}
