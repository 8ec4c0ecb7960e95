"""Laws over all entries in their order: structure, no id twice, no gap in what an emitter sent."""

from collections.abc import Mapping

from audit.entry import LeafInvalid, inspect_leaf
from audit.report import ExitCode, Findings
from audit.verifying.bundle_scan import Scanned
from audit.verifying.id_ledger import IdLedger


class EntryLaws:
    """`emitters` are the next numbers of those that sent something before the first entry that is seen here."""

    def __init__(self, findings: Findings, emitters: Mapping[bytes, int] | None = None) -> None:
        self._findings = findings
        self._ledger = IdLedger()
        self._next: dict[bytes, int] = dict(emitters or {})
        self._lost = False

    @property
    def emitters(self) -> dict[bytes, int]:
        """The next number of each emitter after all that was seen."""
        return dict(self._next)

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
        self._ledger.add(index, entry_id)
        expected = self._next.get(emitter_id, emitter_seq if self._lost else 0)
        self._next[emitter_id] = emitter_seq + 1
        if emitter_seq != expected:
            sentence = f"entry {index} is number {emitter_seq} of its emitter, and number {expected} was next"
            self._findings.add(ExitCode.TAMPERED, sentence, entry=index, file=file, offset=offset)

    def see_all(self, number: int, scanned: Scanned) -> bool:
        """A whole bundle's entries at once; False, and nothing is seen, if a number of an emitter is not its next."""
        following = dict(self._next) if len(scanned.runs) > 1 else self._next
        for emitter, first, count in scanned.runs:
            if first != following.get(emitter, first if self._lost else 0):
                return False
            following[emitter] = first + count
        self._next = following
        self._ledger.add_bundle(number, scanned.ids)
        return True

    def finish(self) -> None:
        """Names each entry whose id an earlier one has."""
        for index, earlier in self._ledger.doubles():
            self._findings.add(ExitCode.TAMPERED, f"entry {index} has the id of entry {earlier}", entry=index)
        self._ledger.close()
