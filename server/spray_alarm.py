"""Tells the log where guesses are sprayed over many accounts; the detector `spraying` makes a flag of it.

What was typed, from where and for whom is held as a keyed hash only, in this process's memory, for ten minutes. The key
is made anew by each process and kept nowhere.
"""

import hashlib
import secrets
from typing import Final

from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.ports import AuditWriter
from verification.spraying import WINDOW_MS, SprayWatch

_HASHED_BYTES: Final = 12


class SprayAlarm:
    def __init__(self, log: AuditWriter) -> None:
        self._log, self._watch = log, SprayWatch()
        self._key = secrets.token_bytes(32)

    def refused(self, *, source: str, account: str, guess: str, now: int) -> None:
        """A code or password was refused. Waits for nothing; `account` is any name, known or not."""
        hashed = {"source": source, "account": account, "guess": guess}
        noticed = self._watch.failed(
            **{name: self._hash(name, value) for name, value in hashed.items()}, now_ms=now
        )
        for one in noticed:
            self._log.append_reducing(
                Event(
                    name=EventName.SYSTEM_SPRAYING_NOTICED,
                    outcome=Outcome.DONE,
                    at_ms=now,
                    actor=Actor(ActorKind.SYSTEM),
                    facts={
                        "pattern": one.pattern.value,
                        "source": one.what[:8] if one.pattern.value == "source" else "",
                        "accounts": one.accounts,
                        "sources": one.sources,
                        "minutes": WINDOW_MS // 60_000,
                    },
                )
            )

    def _hash(self, kind: str, value: str) -> str:
        text = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, key=self._key, digest_size=_HASHED_BYTES).hexdigest()
