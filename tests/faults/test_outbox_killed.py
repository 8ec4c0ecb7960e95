"""A server that is killed after a mail was taken and before that was noted: the mail comes again, under its own id."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from server.clock import SystemClock
from server.storage.database import Database
from server.storage.migrating import migrate
from server.storage.stores import stores_on
from server.tasks import Tasks
from tests.protocol.outbox_stand import database_url, delivery_on, mail_message
from tests.protocol.outside_peers import MailPeer, listening
from tests.storage.memory_record_keys import MemoryRecordKeys

ROOT = Path(__file__).resolve().parents[2]


class LethalPeer(MailPeer):
    """Kills whoever sends, once it has taken the mail and before it says so."""

    victim: int = 0

    async def _take(self, content: bytes) -> None:
        await super()._take(content)
        if self.victim:
            os.kill(self.victim, signal.SIGKILL)


async def test_a_mail_that_was_sent_and_not_noted_is_sent_again_under_the_same_id(tmp_path: Path) -> None:
    url, clock = database_url(tmp_path), SystemClock()
    database = Database(url)
    await migrate(database)
    stores = stores_on(database, MemoryRecordKeys())
    message = mail_message(clock.now_ms())
    await stores.outbox.queue([message])
    peer = LethalPeer()
    async with listening(peer):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.faults.killed_sending", url, str(peer.port), cwd=ROOT
        )
        peer.victim = process.pid
        async with asyncio.timeout(60):
            assert await process.wait() == -signal.SIGKILL
        peer.victim = 0
        (kept,) = await stores.outbox.latest(readable=False)
        assert (kept.standing, kept.tries) == ("waiting", 1)
        tasks = Tasks()
        tasks.start(delivery_on(stores, clock, mail=peer).run(), name="outbox")
        async with asyncio.timeout(60):
            while (await stores.outbox.latest(readable=False))[0].standing != "sent":  # noqa: ASYNC110  # the database says so, and tells nobody
                await asyncio.sleep(0.05)
        await tasks.close()
    await database.close()
    first, second = peer.taken
    assert first["Message-ID"] == second["Message-ID"] == f"<{message.id}@kawa.example>"
    assert first.as_bytes() == second.as_bytes()
