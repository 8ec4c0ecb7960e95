"""Keys of records in memory: implements the port, for tests that need no log."""

import secrets
from collections.abc import Collection, Mapping


class MemoryRecordKeys:
    def __init__(self) -> None:
        self.keys: dict[str, bytes] = {}
        self.tombstones: set[str] = set()

    def made(self, subjects: Collection[str]) -> Mapping[str, bytes]:
        for subject in subjects:
            if subject not in self.tombstones:
                self.keys.setdefault(subject, secrets.token_bytes(32))
        return self.found(subjects)

    def found(self, subjects: Collection[str]) -> Mapping[str, bytes]:
        return {subject: self.keys[subject] for subject in subjects if subject in self.keys}

    def erased(self, subject: str) -> bool:
        return subject in self.tombstones

    def erase(self, subject: str) -> None:
        self.keys.pop(subject, None)
        self.tombstones.add(subject)
