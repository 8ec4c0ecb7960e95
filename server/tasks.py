"""Tasks with an owner. A task that fails is logged and remembered, so that health can tell; none is lost."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog


class Tasks:
    """Owns background tasks until `close`. `failed` maps a task's name to the sentence of its failure."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self._closing = False
        self.failed: dict[str, str] = {}
        self._log = structlog.get_logger("tasks")

    def start(self, coroutine: Coroutine[Any, Any, None], *, name: str) -> "asyncio.Task[None]":
        """Run `coroutine` until it ends, fails or `close` is called."""
        task = asyncio.get_running_loop().create_task(coroutine, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    async def close(self) -> None:
        """Cancel all and wait until each has ended."""
        self._closing = True
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    @property
    def names(self) -> list[str]:
        return sorted(task.get_name() for task in self._running)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            return
        self.failed[task.get_name()] = f"{type(error).__name__}"
        self._log.error("task failed", task=task.get_name(), exc_info=error)
