"""What is asked on the event loop waits for no search and no disk."""

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from tests.unit.audit_log_on_disk import an_event
from tests.unit.searched_log import WIDTH, searched

WATCHED_S = 1.0


async def test_how_far_the_index_is_can_be_told_while_the_disk_holds_it_up(tmp_path: Path) -> None:
    async with searched(tmp_path) as one:
        await one.log.append_all([an_event(number) for number in range(2 * WIDTH)])
        assert await one.search.catch_up()
        async with asyncio.TaskGroup() as tasks:
            with closing(sqlite3.connect(one.file, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")  # whoever writes now waits for as long as SQLite is patient
                filling = tasks.create_task(one.fill())
                worst, until = 0.0, time.monotonic() + WATCHED_S
                while time.monotonic() < until:
                    asked = time.monotonic()
                    one.search.standing()
                    worst = max(worst, time.monotonic() - asked)
                    await asyncio.sleep(0.01)
                assert not filling.done(), "the disk still holds it up"
                other.execute("ROLLBACK")
        assert worst < WATCHED_S / 2
