"""Keys for what is about to be sealed, also while the key-encryption key's provider is silent.

Entries whose keys are at hand go on then. Others are refused at once and not one after the other after a wait, until a
thread of this module's has reached the provider again. An act that takes access away is never refused: it is sealed
with the keys at hand, and a person without one gets no section.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Final

from audit.entry import DataKey
from audit.kek import KekSilent, KeyUnavailable
from audit.keystore import ORGANISATION, PERIOD_MS, Keystore
from audit.writer import Job

AGAIN_S: Final = 1.0
MOST_AWAITED: Final = 64
SILENT: Final = (
    "a key for this entry cannot be had: the key-encryption key does not answer; ask again shortly"
)

Parties = set[tuple[str, int]]
Keys = dict[tuple[str, int], DataKey]


class KeySupply:
    """`tell` gets a sentence for the operator when keys begin to be missing, and when they are there again. `supply` is
    for the writer's one thread."""

    def __init__(self, keystore: Keystore, tell: Callable[[str], None]) -> None:
        self._keystore, self._tell = keystore, tell
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._awaited: Parties = set()
        self._blocked = False
        self._asking: threading.Thread | None = None

    @property
    def blocked(self) -> bool:
        """Whether no entry at all can be sealed: the organisation's key of today is missing."""
        return self._blocked

    def supply(self, jobs: Sequence[Job]) -> tuple[list[Job], Keys, list[Job], str]:
        """The jobs that can be sealed with their keys, and those that cannot with the reason. Raises KeystoreFailed."""
        everybody = {party for job in jobs for party in parties_of(job)}
        keys, reason = self._keys(everybody)
        self._blocked = any(subject == ORGANISATION for subject, _ in everybody - keys.keys()) and bool(
            reason
        )
        if not reason:
            return list(jobs), keys, [], ""
        able: list[Job] = []
        refused: list[Job] = []
        makeshift: Keys = {}
        for job in jobs:
            own = parties_of(job)
            if own <= keys.keys() or (job.future is None and self._makeshift(own - keys.keys(), makeshift)):
                able.append(job)
            else:
                refused.append(job)
        return able, makeshift | keys, refused, reason

    def close(self) -> None:
        self._closing.set()
        if (asking := self._asking) is not None:
            asking.join(AGAIN_S * 3)

    def _keys(self, parties: Parties) -> tuple[Keys, str]:
        """What there is, and why something is missing; "" where nothing is but persons who were erased."""
        keys = self._keystore.at_hand(parties)
        missing = parties - keys.keys()
        if not missing:
            return keys, ""
        with self._lock:
            silent = bool(self._awaited)
        if not silent:
            try:
                return keys | self._keystore.keys(missing), ""
            except KekSilent as error:
                self._tell(f"what needs a new key is refused until the key-encryption key answers: {error}")
            except KeyUnavailable:
                return self._one_by_one(keys, missing)
        self._await(missing)
        return keys, SILENT

    def _one_by_one(self, keys: Keys, missing: Parties) -> tuple[Keys, str]:
        """One key that does not open keeps only its own entries out."""
        reason = ""
        for party in sorted(missing):
            try:
                keys |= self._keystore.keys([party])
            except KeyUnavailable as error:
                reason = f"a key for this entry cannot be used: {error}"
                self._tell(reason)
        return keys, reason

    def _makeshift(self, parties: Parties, keys: Keys) -> bool:
        """Adds to `keys` what seals an act that nobody waits for; False if not even the organisation has a key."""
        latest = self._keystore.latest(ORGANISATION)
        if latest is None:
            return False
        for subject, at_ms in parties:
            own = latest if subject == ORGANISATION else self._keystore.latest(subject)
            if own is not None:
                keys[subject, at_ms] = own
        return True

    def _await(self, parties: Parties) -> None:
        with self._lock:
            for subject, at_ms in sorted(parties):
                if subject == ORGANISATION or len(self._awaited) < MOST_AWAITED:
                    self._awaited.add((subject, at_ms // PERIOD_MS * PERIOD_MS))
            if self._asking is None:
                self._asking = threading.Thread(target=self._ask, name="audit-key-supply", daemon=True)
                self._asking.start()

    def _ask(self) -> None:
        while not self._closing.wait(AGAIN_S):
            with self._lock:
                awaited = set(self._awaited)
            try:
                self._keystore.keys(awaited)
            except KekSilent:
                continue
            except Exception as error:  # noqa: BLE001 - it answers; whoever needs the key that does not open is told why
                self._tell(f"the key-encryption key answers, and a key cannot be used: {error}")
            else:
                self._tell("the key-encryption key answers again")
            with self._lock:
                self._awaited.clear()
                self._blocked = False
                self._asking = None
            return


def parties_of(job: Job) -> Parties:
    """Whose keys seal the job's entries, as `Keystore.keys` asks for them."""
    found: Parties = set()
    for event, payload in zip(job.events, job.payloads, strict=True):
        found.add((ORGANISATION, event.at_ms))
        found.update((subject, event.at_ms) for subject, _ in payload.personal)
    return found
