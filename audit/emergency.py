"""Where acts that take access away are recorded once the log itself has stopped (FORMAT.md, section 6)."""

import os
from pathlib import Path
from typing import Final

from audit.disk import Disk
from audit.entry import DataKey, MadeLater, Sealer
from audit.fitting import without_blobs
from audit.frame import EMERGENCY_MAGIC, encode_frame, scan_segment
from audit.keystore import ORGANISATION, Keystore
from audit.payload import Payload
from audit.plain_file import read_plain
from audit.tree import Frontier, leaf_hash

SIZE: Final = 262_144


class EmergencyDamaged(Exception):
    """The emergency segment was changed. The sentence names file and offset."""


class EmergencyFull(Exception):
    """There is no more room: the act took place and is not recorded here."""


class EmergencySegment:
    """Allocated beforehand, so that it can be written when nothing else can."""

    def __init__(self, path: Path, temporary: Path, disk: Disk) -> None:
        self._path = path
        self._temporary = temporary
        self._disk = disk
        self._descriptor = -1
        self._offset = 0
        self._frontier = Frontier()

    def leaves(self) -> list[bytes]:
        """What an earlier writer left. Raises EmergencyDamaged, OSError."""
        content = read_plain(self._path, SIZE)
        if content is None:
            return []
        scan = scan_segment(content, EMERGENCY_MAGIC)
        if scan.frame_after is not None:
            raise EmergencyDamaged(f"{self._path} was changed at byte {scan.damage}")
        leaves: list[bytes] = []
        frontier = Frontier()
        for frame, offset in zip(scan.frames, scan.offsets, strict=True):
            for leaf in frame.leaves:
                frontier.append(leaf_hash(leaf))
            if frame.first != len(leaves) or frame.root != frontier.root():
                raise EmergencyDamaged(f"{self._path} was changed at byte {offset}")
            leaves += frame.leaves
        return leaves

    def clear(self) -> None:
        """Fresh zeros, durable on return. Only after what `leaves` gave is durable elsewhere. Raises OSError."""
        self.close()
        self._disk.create(self._path, bytes(SIZE), temporary=self._temporary / "emergency")
        self._descriptor = os.open(self._path, os.O_RDWR)
        self._offset = 0
        self._frontier = Frontier()

    def record(self, payload: Payload, sealer: Sealer, keystore: Keystore) -> None:
        """One entry, durable on return. Uses only keys at hand; a person without one gets no section.
        Raises EmergencyFull, OSError."""
        key = keystore.latest(ORGANISATION)
        if key is None or self._descriptor < 0:
            raise EmergencyFull("there is no key or no segment to record with")
        parts: list[tuple[bytes | MadeLater, DataKey]] = [(payload.org, key)]
        for subject, content in without_blobs(payload).personal:
            if own := keystore.latest(subject):
                parts.append((content, own))
        _, leaf = sealer.seal(self._frontier.size, parts)
        grown = self._frontier.copy()
        grown.append(leaf_hash(leaf))
        frame = encode_frame(self._frontier.size, grown.root(), [leaf], EMERGENCY_MAGIC)
        if self._offset + len(frame) > SIZE:
            raise EmergencyFull("the emergency segment is full")
        self._disk.write_at(self._descriptor, frame, self._offset)
        self._offset += len(frame)
        self._frontier = grown

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
