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
    """`event` is None once the organisation's key of that period is gone; `erased` names the sections (`subject/0`,
    ...) that no key opens any more: their persons are missing from `event.personal`."""

    index: int
    entry_id: bytes
    event: Event | None
    erased: tuple[str, ...] = ()


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
    """Wraps data keys. Implementations name the key's version in what they return, so that keys can be rotated."""

    @property
    def folder(self) -> str | None:
        """Where the key lies as a file, so that a log can refuse to lie in the same place; None if it does not."""
        ...

    def wrap(self, secret: bytes, context: bytes) -> bytes: ...

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Raises KeyUnavailable (from `audit.keystore`) if no version of the key opens it for this context."""
        ...
