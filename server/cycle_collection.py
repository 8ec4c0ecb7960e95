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
    loop = asyncio.get_running_loop()

    def complete() -> None:
        """Everything is looked through again, at the price of one long pause."""
        nonlocal next_one
        gc.unfreeze()
        gc.collect()
        next_one = loop.call_later(complete_every_s, complete)

    next_one = loop.call_later(complete_every_s, complete)
    gc.callbacks.append(_set_survivors_aside)
    gc.freeze()
    try:
        yield
    finally:
        next_one.cancel()
        gc.callbacks.remove(_set_survivors_aside)
        gc.unfreeze()


def _set_survivors_aside(phase: str, found: Mapping[str, int]) -> None:
    if phase == "stop" and found["generation"] == _OLDEST:
        gc.freeze()
