"""Whoever is erased is signed in nowhere from that moment on, and no way in that was open leads anywhere."""

from pathlib import Path

from audit.erasure.retention import DAY_MS
from tests.protocol.erasure_people import Scene, scene
from tests.protocol.me_people import enter, own_site
from tests.protocol.server_people import Browser


async def test_an_erasure_ends_sign_ins_and_ways_in(tmp_path: Path) -> None:
    async with scene(tmp_path) as found:
        await found.had_a_session()
        await found.approved()
        found.stand.clock.shift_ms += 7 * DAY_MS
        await _erased_meanwhile(found)


async def _erased_meanwhile(found: Scene) -> None:
    async with own_site(found.stand) as site, Browser(found.stand) as browser:
        used, unused = await site.token_for(), await site.token_for()
        assert (await enter(browser, used)).status == 201
        assert (await browser.ask("GET", "/me/history")).status == 200
        await found.stand.composed.services.erasures.erasing.carry_out_due()
        assert (await found.listed()).state == "done"
        assert (await browser.ask("GET", "/me")).status == 401
        assert (await enter(browser, unused)).status == 401
        assert (await site.post("/handoffs", {"customer": "K-30518"})).status == 404
