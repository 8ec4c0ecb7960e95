"""Entries for people: read from memory and bundles, opened with the keys that still exist."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from audit.blobs import BlobDamaged, put_together
from audit.entry import (
    ORG,
    DataKey,
    Leaf,
    LeafInvalid,
    SectionClosed,
    key_ids,
    open_section,
    parse_leaf,
    section_secret,
)
from audit.event import Event, Fact
from audit.keystore import Closed
from audit.payload import PayloadInvalid, decode_org, decode_subject
from audit.plain_file import NotPlain
from audit.ports import OpenedEntry
from audit.public import PublicFolder
from audit.tail import Tail
from audit.tile import TILE_WIDTH


class EntryUnreadable(Exception):
    """An entry in the log is not what a writer of it sealed. Verify the log."""


@dataclass(frozen=True, slots=True)
class OwnSection:
    """A person's section of an entry, with the secret that opens it and nothing else."""

    leaf: bytes
    label: str
    secret: bytes


@dataclass(frozen=True, slots=True)
class Revealed:
    """An entry with the secret of each of its sections that a key here opens, by label."""

    leaf: bytes
    secrets: Mapping[str, bytes]
    opened: OpenedEntry


class Keys(Protocol):
    """What opens sections: the server's key store, or an auditor's key over a copy of it."""

    locator: bytes

    def look_all(self, key_ids: Collection[bytes]) -> dict[bytes, DataKey | Closed]:
        """Each of them. Raises KeystoreFailed, KeyUnavailable."""
        ...


class Reader:
    def __init__(self, origin: str, keystore: Keys, public: PublicFolder, tail: Tail) -> None:
        self._origin = origin
        self._keystore = keystore
        self._public = public
        self._tail = tail

    def read(self, start: int, stop: int) -> list[OpenedEntry]:
        """Raises EntryUnreadable, PublicDamaged, KeystoreFailed, KeyUnavailable."""
        start = max(start, 0)
        return self._open_all(list(self._leaves(start, stop)))

    def read_at(self, indices: Collection[int]) -> list[OpenedEntry]:
        """Those of them that there are, in order. Raises as `read`."""
        return self._open_all(self._chosen(indices))

    def reveal(self, indices: Collection[int]) -> list[Revealed]:
        """Those of them that there are, in order. Raises as `read`."""
        chosen = self._chosen(indices)
        return [
            Revealed(data, self._secrets(data), opened)
            for (_, data), opened in zip(chosen, self._open_all(chosen), strict=True)
        ]

    def _chosen(self, indices: Collection[int]) -> list[tuple[int, bytes]]:
        wanted = set(indices)
        bundles = sorted({index // TILE_WIDTH for index in wanted if index >= 0})
        return [
            (index, leaf)
            for bundle in bundles
            for index, leaf in self._leaves(bundle * TILE_WIDTH, (bundle + 1) * TILE_WIDTH)
            if index in wanted
        ]

    def _secrets(self, data: bytes) -> dict[str, bytes]:
        leaf = parse_leaf(data)
        ids = key_ids(leaf, self._keystore.locator)
        keys = self._keystore.look_all(ids)
        return {
            section.label: section_secret(key.secret, self._origin, leaf.entry_id, section.label)
            for section, key in zip(leaf.sections, (keys[key_id] for key_id in ids), strict=True)
            if not isinstance(key, Closed)
        }

    def own_section(self, index: int, subject: str) -> OwnSection | None:
        """None where the entry has none of this person's, or its key was erased. Raises as `read`."""
        for _, data in self._leaves(index, index + 1):
            with _told(index):
                return self._own_section(data, subject)
        return None

    def _own_section(self, data: bytes, subject: str) -> OwnSection | None:
        leaf = parse_leaf(data)
        ids = key_ids(leaf, self._keystore.locator)
        keys = self._keystore.look_all(ids[1:])
        for section, key_id in zip(leaf.sections[1:], ids[1:], strict=True):
            key = keys[key_id]
            if isinstance(key, Closed):
                continue
            secret = section_secret(key.secret, self._origin, leaf.entry_id, section.label)
            opened = open_section(leaf, section, origin=self._origin, secret=secret)
            if decode_subject(opened)[0] == subject:
                return OwnSection(data, section.label, secret)
        return None

    def open(self, index: int, data: bytes) -> OpenedEntry:
        return self._open_all([(index, data)])[0]

    def _open_all(self, entries: Sequence[tuple[int, bytes]]) -> list[OpenedEntry]:
        """The keys of all of them are looked up together: each time may mean a call to another machine."""
        leaves: list[tuple[int, Leaf, list[bytes]]] = []
        for index, data in entries:
            with _told(index):
                leaf = parse_leaf(data)
                leaves.append((index, leaf, key_ids(leaf, self._keystore.locator)))
        keys = self._keystore.look_all({key_id for _, _, ids in leaves for key_id in ids})
        opened: list[OpenedEntry] = []
        for index, leaf, ids in leaves:
            with _told(index):
                opened.append(self._open(index, leaf, [keys[key_id] for key_id in ids]))
        return opened

    def _open(self, index: int, leaf: Leaf, keys: Sequence[DataKey | Closed]) -> OpenedEntry:
        event: Event | None = None
        personal: dict[str, Mapping[str, Fact]] = {}
        closed: dict[Closed, list[str]] = {Closed.ERASED: [], Closed.SEALED: []}
        for section, key in zip(leaf.sections, keys, strict=True):
            if isinstance(key, Closed):
                closed[key].append(section.label)
                continue
            secret = section_secret(key.secret, self._origin, leaf.entry_id, section.label)
            payload = open_section(leaf, section, origin=self._origin, secret=secret)
            if section.label == ORG:
                event = decode_org(payload)
            else:
                subject, facts = decode_subject(payload)
                personal[subject] = put_together(facts, secret, self._public.blob)
        opened = None if event is None else replace(event, personal=personal)
        erased, sealed = (tuple(closed[why]) for why in (Closed.ERASED, Closed.SEALED))
        return OpenedEntry(index, leaf.entry_id, opened, erased, sealed)

    def _leaves(self, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
        first, held = self._tail.slice(start, stop)
        for number in range(start // TILE_WIDTH, -(-min(stop, first) // TILE_WIDTH)):
            base = number * TILE_WIDTH
            for index, leaf in enumerate(self._public.bundle(number, first), base):
                if start <= index < stop:
                    yield index, leaf
        yield from enumerate(held, max(start, first))


@contextmanager
def _told(index: int) -> Iterator[None]:
    try:
        yield
    except (LeafInvalid, SectionClosed, PayloadInvalid, BlobDamaged, NotPlain) as error:
        raise EntryUnreadable(f"entry {index} cannot be read: {error}; run the verifier") from error
