"""Entries for people: read from memory and bundles, opened with the keys that still exist."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from audit.entry import (
    ORG,
    Leaf,
    LeafInvalid,
    Section,
    SectionClosed,
    key_ids,
    open_section,
    parse_leaf,
    section_secret,
)
from audit.event import Event, Fact
from audit.keystore import Keystore
from audit.payload import PayloadInvalid, decode_org, decode_subject
from audit.ports import OpenedEntry
from audit.public import PublicFolder
from audit.tail import Tail
from audit.tile import TILE_WIDTH


class EntryUnreadable(Exception):
    """An entry in the log is not what a writer of it sealed. Verify the log."""


class Reader:
    def __init__(self, origin: str, keystore: Keystore, public: PublicFolder, tail: Tail) -> None:
        self._origin = origin
        self._keystore = keystore
        self._public = public
        self._tail = tail

    def read(self, start: int, stop: int) -> list[OpenedEntry]:
        """Raises EntryUnreadable, PublicDamaged, KeystoreFailed, KeyUnavailable."""
        start = max(start, 0)
        return [self.open(index, leaf) for index, leaf in self._leaves(start, stop)]

    def open(self, index: int, data: bytes) -> OpenedEntry:
        try:
            return self._open(index, parse_leaf(data))
        except (LeafInvalid, SectionClosed, PayloadInvalid) as error:
            raise EntryUnreadable(f"entry {index} cannot be read: {error}; run the verifier") from error

    def _open(self, index: int, leaf: Leaf) -> OpenedEntry:
        event: Event | None = None
        personal: dict[str, Mapping[str, Fact]] = {}
        erased: list[str] = []
        for section, key_id in zip(leaf.sections, key_ids(leaf, self._keystore.locator), strict=True):
            payload = self._payload(leaf, section, key_id)
            if payload is None:
                erased.append(section.label)
            elif section.label == ORG:
                event = decode_org(payload)
            else:
                subject, facts = decode_subject(payload)
                personal[subject] = facts
        opened = None if event is None else replace(event, personal=personal)
        return OpenedEntry(index, leaf.entry_id, opened, tuple(erased))

    def _payload(self, leaf: Leaf, section: Section, key_id: bytes) -> bytes | None:
        key = self._keystore.find(key_id)
        if key is None:
            return None
        secret = section_secret(key.secret, self._origin, leaf.entry_id, section.label)
        return open_section(leaf, section, origin=self._origin, secret=secret)

    def _leaves(self, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
        first, held = self._tail.slice(start, stop)
        for number in range(start // TILE_WIDTH, -(-min(stop, first) // TILE_WIDTH)):
            base = number * TILE_WIDTH
            for index, leaf in enumerate(self._public.bundle(number, first), base):
                if start <= index < stop:
                    yield index, leaf
        yield from enumerate(held, max(start, first))
