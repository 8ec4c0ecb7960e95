"""Whether the seals hold over the tree: what an outsider asks of `public/seals` (FORMAT.md, section 12). Pure.

Rules, numbered as there: 1 the first record is a genesis of epoch 0; 2 each seal is signed by the key that the record
before announced, and epochs have no gap; 3 a later genesis is a restart, which somebody has to accept; 4 records are
tied by hashes, and neither size nor time goes back; 5 each root is the tree's.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Final

from audit.note import Verifier
from audit.report import ExitCode, Findings
from audit.seals.record import (
    MAX_SEALS,
    NO_RECORD,
    Placed,
    Reason,
    Record,
    RecordCutShort,
    RecordInvalid,
    Restart,
    check_signature,
    digest_of,
    epoch_verifier,
    parse_record,
    split_records,
)

FILE: Final = "seals"
MOST_UNSEALED: Final = 10_000
OLDEST_MS: Final = 20 * 60 * 1000
EARLIEST_MS: Final = 5 * 60 * 1000

RootAt = Callable[[int], bytes | None]


@dataclass(frozen=True, slots=True)
class SealsSeen:
    """What a verifier remembers after a good verification: the last record's epoch and hash, and accepted restarts."""

    epoch: int
    digest: bytes
    restarts: frozenset[Restart] = frozenset()


class EveryRestart(Container[Restart]):
    """For whoever made the log, and asks only whether it holds together."""

    def __contains__(self, restart: object) -> bool:
        return isinstance(restart, Restart)


EVERY_RESTART: Final = EveryRestart()


def check_seals(
    content: bytes | None,
    *,
    log_verifier: Verifier,
    root_at: RootAt,
    size: int,
    now_ms: int | None,
    seen: SealsSeen | None,
    accepted: Container[Restart],
    findings: Findings,
) -> SealsSeen | None:
    """`content` is the file's, None where there is none. `root_at` gives the root over the first n entries, or None
    where that cannot be known; `size` is the signed size. `now_ms` is the verifier's clock in UTC milliseconds; with
    None nobody asks how old the last seal is. Returns what to remember, None if the chain does not hold.

    Signatures before the record that was seen are not checked again, since the hashes tie them to it, nor are roots,
    since its own root covers them.
    """
    if not content:
        _name_missing(seen, findings)
        return None
    if len(content) > MAX_SEALS:
        sentence = f"the seals have {len(content)} bytes, and at most {MAX_SEALS} are possible"
        findings.add(ExitCode.TAMPERED, sentence, file=FILE, offset=MAX_SEALS)
        return None
    known = -1 if seen is None else _place_of(seen, content)
    restarts = frozenset() if seen is None else seen.restarts
    chain = _Chain(log_verifier, root_at, size, known, accepted, restarts, findings)
    whole = chain.run(content)
    if seen is not None and known < 0 and not chain.replaces(seen):
        _name_forgotten(seen, chain, findings)
    if not whole or chain.last is None:
        return None
    _check_end(chain.last, size, now_ms, findings)
    return SealsSeen(chain.last.epoch, chain.digest, frozenset(chain.restarts))


class _Broken(Exception):
    """What follows cannot be judged."""


class _Chain:
    """Goes through the records once. `known` is where the record begins that was seen before, -1 for none."""

    def __init__(
        self,
        log_verifier: Verifier,
        root_at: RootAt,
        size: int,
        known: int,
        accepted: Container[Restart],
        accepted_before: frozenset[Restart],
        findings: Findings,
    ) -> None:
        self._log_verifier, self._root_at, self._size, self._known = log_verifier, root_at, size, known
        self._accepted, self._accepted_before, self._findings = accepted, accepted_before, findings
        self.last: Record | None = None
        self.digest = NO_RECORD
        self.restarts: list[Restart] = []
        self._fresh: list[Restart] = []

    def run(self, content: bytes) -> bool:
        """False where the chain is broken; the finding says where."""
        try:
            for placed in split_records(content):
                self._step(placed)
        except RecordCutShort as error:
            sentence = f"{error}: a start of the server completes it"
            self._findings.add(ExitCode.INCOMPLETE, sentence, file=FILE, offset=error.offset)
        except RecordInvalid as error:
            self._findings.add(ExitCode.TAMPERED, str(error), file=FILE, offset=error.offset)
            return False
        except _Broken:
            return False
        return True

    def replaces(self, seen: SealsSeen) -> bool:
        """Whether an accepted restart stands where the seals that were seen have been, as after a restore."""
        return any(restart.epoch <= seen.epoch for restart in self._fresh)

    def _step(self, placed: Placed) -> None:
        record = self._read(placed)
        self._check_place(record, placed)
        if placed.offset >= self._known:
            self._check_root(record, placed)
        self.last, self.digest = record, digest_of(placed.data)
        if record.reason is not None and placed.offset:
            self._restart(Restart(record.epoch, self.digest), record.reason, placed)

    def _read(self, placed: Placed) -> Record:
        try:
            record = parse_record(placed.data)
            if placed.offset > self._known:
                check_signature(placed.data, self._verifier(record))
        except RecordInvalid as error:
            raise RecordInvalid(f"a seal does not hold: {error}", placed.offset) from error
        return record

    def _verifier(self, record: Record) -> Verifier:
        if record.reason is not None or self.last is None:
            return self._log_verifier
        return epoch_verifier(self._log_verifier.name, self.last.key)

    def _check_place(self, record: Record, placed: Placed) -> None:
        last = self.last
        epoch = 0 if last is None else last.following
        if record.origin != self._log_verifier.name:
            self._broken(f"a seal of another log ({record.origin}) stands here", placed)
        if record.before != self.digest:
            self._broken("a seal does not go on from the one before: one was changed or is missing", placed)
        if record.epoch != epoch:
            self._broken(f"the seals should go on with epoch {epoch}, not {record.epoch}", placed)
        if (record.reason is None or record.reason.is_restart) == (last is None):
            self._broken("the seals do not begin as they must", placed)
        if last is not None and (record.size < last.size or record.at_ms < last.at_ms):
            self._broken(f"the seal of epoch {epoch} has a smaller size or time than the one before", placed)

    def _check_root(self, record: Record, placed: Placed) -> None:
        last = self.last
        if (
            placed.offset > self._known
            and last is not None
            and (record.size, record.root) == (last.size, last.root)
        ):
            return
        root = self._root_at(record.size)
        if root is None and record.size > self._size:
            sentence = f"{record.size} entries were sealed, and {self._size} are signed here"
            self._findings.add(
                ExitCode.INCOMPLETE, sentence, entry=self._size, file=FILE, offset=placed.offset
            )
        elif root not in (None, record.root):
            self._broken(
                f"the first {record.size} entries are not those that epoch {record.epoch} sealed", placed
            )

    def _restart(self, restart: Restart, reason: Reason, placed: Placed) -> None:
        if restart in self._accepted_before or restart in self._accepted:
            self.restarts.append(restart)
            if restart not in self._accepted_before:
                self._fresh.append(restart)
            return
        sentence = (
            f"the seals began anew with epoch {restart.epoch} ({reason}): if the log's keeper told you why, "
            f"accept it with --accept-restart {restart}"
        )
        self._findings.add(ExitCode.INCOMPLETE, sentence, file=FILE, offset=placed.offset)

    def _broken(self, sentence: str, placed: Placed) -> None:
        self._findings.add(ExitCode.TAMPERED, sentence, file=FILE, offset=placed.offset)
        raise _Broken


def _place_of(seen: SealsSeen, content: bytes) -> int:
    """Where the record begins that was the last one before; -1 if it is not there."""
    try:
        return next((one.offset for one in split_records(content) if one.digest == seen.digest), -1)
    except RecordInvalid:
        return -1


def _name_missing(seen: SealsSeen | None, findings: Findings) -> None:
    if seen is None:
        sentence = (
            "there are no seals: the log was made before there were any; start it once with this version"
        )
        findings.add(ExitCode.INCOMPLETE, sentence, file=FILE)
    else:
        sentence = f"seals up to epoch {seen.epoch} were seen before, and none are here"
        findings.add(ExitCode.ROLLED_BACK, sentence, file=FILE)


def _name_forgotten(seen: SealsSeen, chain: _Chain, findings: Findings) -> None:
    if chain.last is not None and chain.last.epoch < seen.epoch:
        sentence = (
            f"seals up to epoch {seen.epoch} were seen before, and they end with epoch {chain.last.epoch}"
        )
    else:
        sentence = f"the seals are not those that were seen up to epoch {seen.epoch}"
    findings.add(ExitCode.ROLLED_BACK, sentence, file=FILE)


def _check_end(last: Record, size: int, now_ms: int | None, findings: Findings) -> None:
    unsealed = size - last.size
    if unsealed > MOST_UNSEALED:
        sentence = f"{unsealed} entries follow the last seal, and at most {MOST_UNSEALED} may"
        findings.add(ExitCode.INCOMPLETE, sentence, entry=last.size, file=FILE)
    if now_ms is None:
        return
    if last.at_ms > now_ms + EARLIEST_MS:
        seconds = (last.at_ms - now_ms) // 1000
        sentence = f"the last seal is {seconds} s ahead of this clock: one of the two is wrong"
        findings.add(ExitCode.INCOMPLETE, sentence, file=FILE)
    elif unsealed > 0 and now_ms - last.at_ms > OLDEST_MS:
        minutes = (now_ms - last.at_ms) // 60_000
        sentence = (
            f"{unsealed} entries follow the last seal, which is {minutes} minutes old: nothing keeps them from being "
            "written anew; start the log again"
        )
        findings.add(ExitCode.INCOMPLETE, sentence, entry=last.size, file=FILE)
