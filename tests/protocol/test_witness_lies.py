"""A witness that answers anything at all keeps the keeper of the log busy, and never stops it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from audit.event import EventName
from audit.payload import MAX_INTEGER
from audit.witnesses.exchange import SIZE_TYPE
from tests.protocol.witness_stand import WitnessStand
from tests.protocol.witnessed_log import OFTEN, kept
from tests.unit.audit_log_on_disk import LogOnDisk
from tests.unit.witness_people import witness_key


@asynccontextmanager
async def liar(folder: Path, claimed: int) -> AsyncIterator[WitnessStand]:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=409, body=f"{claimed}\n".encode(), content_type=SIZE_TYPE)

    application = web.Application()
    application.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield WitnessStand(folder, [str(witness_key(1).verifier)], runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def test_a_witness_that_claims_more_entries_than_an_entry_can_say_is_recorded_like_any_other(
    tmp_path: Path,
) -> None:
    await LogOnDisk(tmp_path / "site").fill(3)
    async with (
        liar(tmp_path / "liar", 9_999_999_999_999_999_999) as one,
        kept(tmp_path / "site", [one], pace=OFTEN) as here,
    ):
        (told,) = await here.told(EventName.SYSTEM_WITNESS_REFUSED)
        assert (told.facts["cause"], told.facts["seen"]) == ("larger", MAX_INTEGER)
