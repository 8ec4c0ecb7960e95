"""The pauses of Python's collector while a server serves: what outlived one collection is not walked by the next."""

import asyncio
import gc
import weakref

import pytest

from server.cycle_collection import short_collections

SOON_S = 0.01
WITHIN_S = 20.0


class Knot:
    """Garbage that only the collector finds."""

    def __init__(self) -> None:
        self.itself = self


async def test_what_was_there_at_the_start_is_walked_by_no_collection() -> None:
    kept = [Knot() for _ in range(1_000)]
    with short_collections():
        assert gc.get_freeze_count() > len(kept)
        assert len(gc.get_objects()) < len(kept)


async def test_what_comes_later_is_set_aside_by_the_next_collection() -> None:
    with short_collections():
        kept = [Knot() for _ in range(1_000)]
        before = gc.get_freeze_count()
        gc.collect()
        assert gc.get_freeze_count() >= before + len(kept)


async def test_young_garbage_is_collected_as_ever() -> None:
    with short_collections():
        knot = weakref.ref(Knot())
        gc.collect(0)
        assert knot() is None


async def test_garbage_among_what_was_set_aside_goes_with_the_complete_collection() -> None:
    knot = Knot()
    gone = asyncio.Event()
    weakref.finalize(knot, gone.set)
    with short_collections(complete_every_s=SOON_S):
        gc.collect()
        assert not gone.is_set()
        del knot
        async with asyncio.timeout(WITHIN_S):
            await gone.wait()
        assert gc.get_freeze_count() > 0


async def test_what_is_set_aside_is_freed_at_once_where_no_cycle_holds_it() -> None:
    class Plain:
        pass

    plain = Plain()
    gone = weakref.ref(plain)
    with short_collections():
        del plain
        assert gone() is None


async def test_afterwards_nothing_is_set_aside() -> None:
    with pytest.raises(RuntimeError, match="stopped"), short_collections():
        raise RuntimeError("stopped")
    assert gc.get_freeze_count() == 0
