"""Intent entries: appended before anything is given, and closed whatever becomes of them. Part of the shell.

An append that raised, or whose caller went away, may be in the log all the same, or come into it later. The log tells
of every entry once it is durable; what nobody waits for any more is closed as failed then.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from audit.event import Event, Outcome
from audit.ports import LogUnavailable, OpenedEntry
from session import recording
from session.errors import NotRecorded
from session.ports import Clock, HeardLog

GIVEN_UP_AT_MOST: Final = 1_024  # a log that stopped never tells of them; the next start closes what it finds


@dataclass(slots=True, eq=False)
class _Asked:
    event: Event
    index: int | None = None


class Intents:
    def __init__(self, log: HeardLog, clock: Clock) -> None:
        self._log, self._clock = log, clock
        self._waited_for: list[_Asked] = []
        self._given_up: deque[_Asked] = deque(maxlen=GIVEN_UP_AT_MOST)
        log.subscribe(self._hear)

    async def append(self, intended: Event) -> int:
        """The index of the durable entry. Raises NotRecorded: then whatever was to follow must not happen."""
        asked = _Asked(intended)
        self._waited_for.append(asked)
        try:
            return (await self._log.append(intended)).index
        except LogUnavailable as error:
            self._give_up(asked)
            raise NotRecorded(
                "This could not be put on record, so it was not done. Please try again."
            ) from error
        except BaseException:
            self._give_up(asked)
            raise
        finally:
            self._waited_for.remove(asked)

    def done(self, intended: Event | None, index: int | None) -> None:
        """It took effect. Never waits: whoever is cancelled now must not leave an intent open."""
        self._close(intended, index, Outcome.DONE)

    def failed(self, intended: Event | None, index: int | None, reason: str) -> None:
        self._close(intended, index, Outcome.FAILED, reason)

    def _close(self, intended: Event | None, index: int | None, result: Outcome, reason: str = "") -> None:
        if intended is None or index is None:
            return
        facts = {"reason": reason} if reason else {}
        now = self._clock.now_ms()
        self._log.append_reducing(recording.outcome(intended, index, result, now, **facts))

    def _give_up(self, asked: _Asked) -> None:
        if asked.index is None:
            self._given_up.append(asked)
        else:
            self.failed(asked.event, asked.index, "not_in_time")

    def _hear(self, entry: OpenedEntry) -> None:
        if entry.event is None or entry.event.outcome is not Outcome.INTENT:
            return
        for asked in self._given_up:
            if asked.event is entry.event:
                self._given_up.remove(asked)
                self.failed(asked.event, entry.index, "not_in_time")
                return
        for asked in self._waited_for:
            if asked.index is None and asked.event is entry.event:
                asked.index = entry.index
                return
