"""A process that sends what waits in a database until it is killed, with the database's URL and the server's port."""

import asyncio
import sys

from server.clock import SystemClock
from server.storage.database import Database
from server.storage.stores import stores_on
from tests.protocol.outbox_stand import delivery_on
from tests.protocol.outside_peers import MailPeer
from tests.storage.memory_record_keys import MemoryRecordKeys


async def main(url: str, port: int) -> None:
    stores = stores_on(Database(url), MemoryRecordKeys())
    peer = MailPeer(port=port)
    await delivery_on(stores, SystemClock(), mail=peer, try_within_s=1.0, lease_life_s=2.5).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
