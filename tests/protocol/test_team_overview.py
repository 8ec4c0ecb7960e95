"""The overview by team, as an officer gets it: recorded first, figures beside each chart, no script of its own."""

import re
from pathlib import Path

from audit.event import EventName
from server.storage.flags import StoredFlag
from tests.protocol.server_people import Browser, in_sharing
from tests.protocol.server_stand import stand
from tests.protocol.staff_passkey_people import staff_id


async def test_it_counts_sessions_flags_and_customers_and_the_look_is_on_record(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, in_sharing(server), Browser(server) as officer:
        agent = await staff_id(server, "agent")
        for index, action in ((900_000, "block"), (900_001, "flag")):
            row = StoredFlag(index, server.clock.now_ms(), "burst", agent, 1.0, "flag.burst", action)
            assert await server.foundation.stores.flags.add(row)
        await officer.sign_in("officer", "security")
        before = [event.name for event in await server.events()]
        page = await officer.page("/security/overview?lang=en")
        assert page.status == 200
        looked = [event.name for event in await server.events()]
        for name in (EventName.OFFICER_SESSIONS_READ, EventName.OFFICER_FLAGS_READ):
            assert looked.count(name) == before.count(name) + 1
        text = str(page.body)
        found = await server.foundation.stores.staff.find(agent)
        assert found is not None
        cells = re.findall(rf'<tr role="row"><td[^>]*>{found.team}</td>(.*?)</tr>', text)
        assert re.findall(r">(\d+)<", cells[0]) == ["1", "1", "2", "1"]
        assert text.count('<svg class="chart" role="img"') == text.count("<desc>") == 2
        assert "2 flags in 28 days" in text
        assert "1 so far today" in text


async def test_without_the_log_nothing_is_shown(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, Browser(server) as officer:
        await officer.sign_in("officer", "security")
        server.disk.full = True
        page = await officer.page("/security/overview")
        assert page.status == 503
        assert "<svg" not in str(page.body)
