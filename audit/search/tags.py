"""Tags: what stands in the index for a value of a field, and the keys that make them (FORMAT.md, section 18).

What names a customer is tagged under a key of that customer's, so that nobody can ask for them any more once it is
destroyed. Everything else is tagged under the index's own.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from audit.event import ActorKind, Event
from audit.keystore import Keystore
from audit.ports import OpenedEntry
from audit.search.block import TAG
from audit.search.query import Query, subjects_of

_TAGS: Final = b"tachiai/index/v1/tags"
_BLOCKS: Final = b"tachiai/index/v1/blocks"
_SUBJECT: Final = b"tachiai/index/v1/subject"
_KEY: Final = 32


class Tagger:
    """Raises KeystoreFailed and KeyUnavailable wherever it needs a key."""

    def __init__(self, keystore: Keystore) -> None:
        secret = keystore.index_key()
        self._keystore = keystore
        self._own = _derived(secret, _TAGS)
        self.block_key = _derived(secret, _BLOCKS)
        self._forgotten: set[str] = set()

    def forget(self, subject: str) -> list[bytes]:
        """From now on nothing is tagged for them; the tags that they have, where their key still is."""
        self._forgotten.add(subject)
        record = self._keystore.find_record_keys([subject]).get(subject)
        return [] if record is None else _subject_tags(_derived(record.secret, _SUBJECT), subject)

    def postings(self, entries: Sequence[OpenedEntry]) -> dict[bytes, int]:
        """For each tag the places of its entries among these, as the bits of a number."""
        events = [(1 << place, entry.event) for place, entry in enumerate(entries) if entry.event is not None]
        subjects = self._made({subject for _, event in events for subject in subjects_of(event)})
        pairs: dict[tuple[str, str, str], int] = {}
        for bit, event in events:
            for pair in _pairs(event):
                pairs[pair] = pairs.get(pair, 0) | bit
        found: dict[bytes, int] = {}
        for (subject, field, value), mask in pairs.items():
            key = subjects.get(subject) if subject else self._own
            if key is not None:
                tag = _tag(key, field, value)
                found[tag] = found.get(tag, 0) | mask
        return found

    def groups(self, query: Query) -> list[list[bytes]]:
        """What an entry must have for the query: of each group one tag. Where a customer has no key no tag tells
        anything, and their field makes no group."""
        values = {
            "kind": query.kind,
            "case": query.case,
            "session": query.session,
            "event": query.event,
            "outcome": query.outcome,
        }
        groups = [[_tag(self._own, field, value)] for field, value in values.items() if value is not None]
        if query.customer is not None:
            people = [query.customer, *sorted(query.others)]
            keys = [(one, key) for one in people if (key := self._found(one)) is not None]
            if len(keys) == len(people):
                groups.append([_tag(key, "customer", one) for one, key in keys])
        if query.actor is not None and not self._lost(query.actor):
            key = self._found(query.actor)
            own = [_tag(self._own, "actor", query.actor)]
            groups.append(own if key is None else [*own, _tag(key, "actor", query.actor)])
        return groups

    def _lost(self, actor: str) -> bool:
        """Whether tags for this actor may have been made and cannot be made any more."""
        return actor in self._forgotten or self._keystore.erased(actor)

    def _found(self, subject: str) -> bytes | None:
        if subject in self._forgotten:
            return None
        record = self._keystore.find_record_keys([subject]).get(subject)
        return None if record is None else _derived(record.secret, _SUBJECT)

    def _made(self, subjects: Iterable[str]) -> Mapping[str, bytes]:
        wanted = sorted(set(subjects) - self._forgotten)
        keys = self._keystore.make_record_keys(wanted) if wanted else {}
        return {subject: _derived(key.secret, _SUBJECT) for subject, key in keys.items()}


def _pairs(event: Event) -> Iterable[tuple[str, str, str]]:
    """(whose key, or "" for the index's, field, value)"""
    yield "", "event", event.name
    yield "", "outcome", event.outcome
    yield "", "kind", event.actor.kind
    if event.case is not None:
        yield "", "case", event.case
    if event.session is not None:
        yield "", "session", event.session
    if event.actor.id:
        yield event.actor.id if event.actor.kind is ActorKind.CUSTOMER else "", "actor", event.actor.id
    for subject in subjects_of(event):
        yield subject, "customer", subject


def _subject_tags(key: bytes, subject: str) -> list[bytes]:
    return [_tag(key, "customer", subject), _tag(key, "actor", subject)]


def _tag(key: bytes, field: str, value: str) -> bytes:
    return hmac.digest(key, field.encode() + b"\0" + value.encode(), "sha256")[:TAG]


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return hmac.digest(secret, purpose, "sha512")[:_KEY]
