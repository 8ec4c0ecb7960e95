"""Laws over all entries in their order: structure, no id twice, no gap in what an emitter sent. Pure."""

from audit.entry import LeafInvalid, inspect_leaf
from audit.report import ExitCode, Findings

_BUCKETS = 256
_ID = 16
_RECORD = _ID + 8


class EntryLaws:
    """About 24 bytes of memory for each entry: ids are random, so they fall into buckets of their first byte."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._ids = [bytearray() for _ in range(_BUCKETS)]
        self._next: dict[bytes, int] = {}
        self._lost = False

    def lose(self) -> None:
        """Some entries cannot be seen: what follows them may begin anywhere in its emitter's numbers."""
        self._next.clear()
        self._lost = True

    def see(self, index: int, data: bytes, file: str, offset: int) -> None:
        try:
            entry_id, emitter_id, emitter_seq, _ = inspect_leaf(data)
        except LeafInvalid as error:
            self._findings.add(
                ExitCode.TAMPERED, f"entry {index}: {error}", entry=index, file=file, offset=offset
            )
            return
        self._ids[entry_id[0]] += entry_id + index.to_bytes(8, "big")
        expected = self._next.get(emitter_id, emitter_seq if self._lost else 0)
        self._next[emitter_id] = emitter_seq + 1
        if emitter_seq != expected:
            sentence = f"entry {index} is number {emitter_seq} of its emitter, and number {expected} was next"
            self._findings.add(ExitCode.TAMPERED, sentence, entry=index, file=file, offset=offset)

    def finish(self) -> None:
        """Names each entry whose id an earlier one has."""
        for bucket in self._ids:
            seen: dict[bytes, int] = {}
            for start in range(0, len(bucket), _RECORD):
                entry_id = bytes(bucket[start : start + _ID])
                index = int.from_bytes(bucket[start + _ID : start + _RECORD], "big")
                if entry_id in seen:
                    sentence = f"entry {index} has the id of entry {seen[entry_id]}"
                    self._findings.add(ExitCode.TAMPERED, sentence, entry=index)
                seen.setdefault(entry_id, index)
