"""Exports that nobody goes on with give their places to others, and are on record as failed."""

from pathlib import Path

import pytest

from audit.event import Actor, ActorKind, EventName, Outcome
from audit.export.formats import Format
from audit.search.query import Query
from server.exports import AT_ONCE, Asked, Exports, ExportsBusy
from tests.protocol.server_stand import stand

OFFICER = Actor(ActorKind.OFFICER, "sta_1")
ASKED = Asked(Format.JSONL, Query())
NAME = EventName.OFFICER_LOG_EXPORTED


async def test_whoever_stops_taking_pieces_does_not_keep_others_out(tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        exports = Exports(server.log, server.foundation.log_folder, server.clock, idle_s=0.0)
        left = [await exports.begin(ASKED, OFFICER, NAME) for _ in range(AT_ONCE)]
        assert all(one.over for one in left[:-1]), "each gave its place to the next"
        fresh = await exports.begin(ASKED, OFFICER, NAME)
        assert (left[-1].abandoned, fresh.over, exports.under_way) == (True, False, 1)
        events = [entry.event for entry in await server.log.read(0, 10_000) if entry.event is not None]
        told = [event.outcome for event in events if event.name is NAME]
        assert (told.count(Outcome.INTENT), told.count(Outcome.FAILED)) == (AT_ONCE + 1, AT_ONCE)
        fresh.abandon()
        assert exports.under_way == 0


async def test_whoever_still_takes_them_keeps_their_place(tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        exports = Exports(server.log, server.foundation.log_folder, server.clock)
        taken = [await exports.begin(ASKED, OFFICER, NAME) for _ in range(AT_ONCE)]
        with pytest.raises(ExportsBusy):
            await exports.begin(ASKED, OFFICER, NAME)
        while not taken[0].over:
            await taken[0].piece()
        assert not taken[0].abandoned
        (await exports.begin(ASKED, OFFICER, NAME)).abandon()
        for one in taken:
            one.abandon()
