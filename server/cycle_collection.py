"""Keeps short the pauses that Python makes to find garbage in cycles: everybody's message waits for one.

A collection walks every object there is: half a second with a thousand live sessions, and again whenever a quarter more
had come. So whatever outlives one is set aside (`gc.freeze`), and the next walks only what came since. What is set
aside is still freed as soon as nothing refers to it; only garbage in cycles stays, until the complete collection.
"""

import asyncio
import contextlib
import gc
from collections.abc import Iterator, Mapping
from typing import Final

COMPLETE_EVERY_S: Final = 600.0
_OLDEST: Final = 2


@contextlib.contextmanager
def short_collections(complete_every_s: float = COMPLETE_EVERY_S) -> Iterator[None]:
    """For the whole process while the context is open, on a running loop: so for one that serves and does nothing else.
    Afterwards nothing is set aside any more."""
    timer = _Timer(complete_every_s)
    gc.callbacks.append(_set_survivors_aside)
    gc.freeze()
    try:
        yield
    finally:
        timer.stop()
        gc.callbacks.remove(_set_survivors_aside)
        gc.unfreeze()


class _Timer:
    """Now and then everything is looked through again, at the price of one long pause."""

    def __init__(self, every_s: float) -> None:
        self._loop, self._every_s = asyncio.get_running_loop(), every_s
        self._next = self._loop.call_later(every_s, self._complete)

    def stop(self) -> None:
        self._next.cancel()

    def _complete(self) -> None:
        gc.unfreeze()
        gc.collect()
        self._next = self._loop.call_later(self._every_s, self._complete)


def _set_survivors_aside(phase: str, found: Mapping[str, int]) -> None:
    if phase == "stop" and found["generation"] == _OLDEST:
        gc.freeze()
