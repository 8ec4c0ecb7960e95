"""What the rest of the house asks of the log."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from audit.event import Event


class LogUnavailable(Exception):
    """The entry is not known to be durable: whatever was to follow must not happen. It may yet be in the log."""


@dataclass(frozen=True, slots=True)
class Appended:
    """`index` counts from 0; `entry_id` is 16 random bytes."""

    index: int
    entry_id: bytes


@dataclass(frozen=True, slots=True)
class OpenedEntry:
    """`event` is None once the organisation's key of that period is gone from here; `erased` names the sections
    (`subject/0`, ...) that no key opens any more, `sealed` those that only an auditor's key opens: their persons are
    missing from `event.personal`. One of the two names `org` where `event` is None."""

    index: int
    entry_id: bytes
    event: Event | None
    erased: tuple[str, ...] = ()
    sealed: tuple[str, ...] = ()


Listener = Callable[[OpenedEntry], None]


class AuditWriter(Protocol):
    """Durable before told. One writer per log."""

    async def append(self, event: Event) -> Appended:
        """Returns only when the entry is durable. Raises LogUnavailable (within 2 s), or EventInvalid for an event
        that can never be recorded."""
        ...

    async def append_all(self, events: Sequence[Event]) -> list[Appended]:
        """All or none, with consecutive indices. Raises as `append`."""
        ...

    def append_reducing(self, event: Event) -> None:
        """For acts that take access away. Never raises, never waits, recorded as soon as anything can be; a remark is
        left out where the log has stopped."""
        ...

    @property
    def healthy(self) -> bool:
        """False while appends would fail: nothing that gives access may go on."""
        ...


class AuditReader(Protocol):
    async def read(self, start: int, stop: int) -> list[OpenedEntry]:
        """Durable entries start <= index < stop, in order; those beyond the end are left out."""
        ...

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """`listener` is called on the event loop for each entry once it is durable, in order, before its writer
        goes on. Returns the way to unsubscribe."""
        ...


class KeyEncryptionKey(Protocol):
    """Wraps data keys. Implementations name the key's version in what they return (`audit.keys.wrapping.version_of`),
    so that keys can be rotated. Each may wait for somebody else's machine, a second or two: never call it under a lock
    that others need."""

    @property
    def folder(self) -> str | None:
        """Where the key lies as a file, so that a log can refuse to lie in the same place; None if it does not."""
        ...

    def wrap(self, secret: bytes, context: bytes) -> bytes:
        """Raises KeyUnavailable (from `audit.keystore`)."""
        ...

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Raises KeyUnavailable if no version of the key opens it for this context."""
        ...

    def wrap_all(self, secrets_: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """For each (secret, context), in order. Raises KeyUnavailable: then none."""
        ...

    def unwrap_all(self, wraps: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """For each (wrapped, context), in order. Raises KeyUnavailable: then none."""
        ...


class RotatingKek(Protocol):
    """What changes a KEK's versions. Every step is durable on return; each raises KeyUnavailable."""

    @property
    def version(self) -> str:
        """The newest one's name: what is wrapped now is wrapped under it."""
        ...

    def versions(self) -> list[str]:
        """The names of all that still open something, the newest last."""
        ...

    def rewrap_all(self, wraps: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """(wrapped, context) each under the newest version."""
        ...

    def add_version(self) -> str:
        """Makes a newer one and names it."""
        ...

    def retire(self, version: str) -> None:
        """Destroys that version: whatever is wrapped under it opens no more. The newest one is refused."""
        ...
