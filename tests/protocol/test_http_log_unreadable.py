"""A log that cannot be read is said to be so: a sentence for the officer, and never an error of the server's."""

from pathlib import Path

import pytest

from audit.event import EventName
from audit.kek import KekSilent
from audit.keystore import KeystoreFailed
from audit.tile import TILE_WIDTH, tile_path
from server.foundation import system_event
from server.refusals import problem_of
from tests.protocol.server_people import Browser
from tests.protocol.server_stand import stand


async def test_a_damaged_bundle_is_not_shown_and_named_as_such(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, Browser(server) as officer:
        await officer.sign_in("officer", "security")
        while server.log.size <= TILE_WIDTH:
            await server.log.append(system_event(EventName.SYSTEM_DEMO_PREPARED, server.clock.now_ms()))
        await server.log.await_signed(TILE_WIDTH)
        bundle = server.foundation.log_folder / "public" / tile_path("entries", 0)
        whole = bundle.read_bytes()
        bundle.write_bytes(whole[: len(whole) // 2])
        answer = await officer.ask("GET", "/security/log?before=10")
        assert (answer.status, answer.body["code"]) == (503, "log_unreadable")
        assert "Verify" in answer.body["detail"]
        bundle.write_bytes(whole)
        assert (await officer.ask("GET", "/security/log?before=10")).status == 200


@pytest.mark.parametrize("error", [KekSilent("it is silent"), KeystoreFailed("disk")])
def test_keys_that_do_not_answer_are_a_refusal_for_a_while(error: Exception) -> None:
    problem = problem_of(error)
    assert problem is not None
    assert (problem.status, problem.code) == (503, "keys_unavailable")
