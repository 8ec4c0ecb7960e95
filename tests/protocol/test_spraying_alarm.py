"""One password tried on many names: a flag says so, and nothing that is kept tells name, address or guess."""

import json
from pathlib import Path

import msgspec

from audit.event import EventName
from tests.protocol.racing import BEHIND_A_PROXY
from tests.protocol.server_people import Browser
from tests.protocol.server_stand import stand

GUESS, ADDRESS = "spring-in-kyoto-2026", "203.0.113.77"
NAMES = ("agent", "agent2", "sprayed-a", "sprayed-b", "sprayed-c", "sprayed-d")


async def test_a_password_sprayed_over_names_is_flagged_in_a_sentence(tmp_path: Path) -> None:
    async with stand(tmp_path, settings=BEHIND_A_PROXY) as server, Browser(server) as sprayer:
        for name in NAMES:
            body = {"door": "agent", "username": name, "password": GUESS, "code": "000000"}
            answer = await sprayer.ask("POST", "/logins", body, headers={"X-Forwarded-For": ADDRESS})
            assert answer.status == 401
        noticed = await server.recorded(EventName.SYSTEM_SPRAYING_NOTICED)
        assert {event.facts["pattern"] for event in noticed} == {"source", "guess"}
        flags = await server.recorded(EventName.SYSTEM_FLAG_RAISED)
        assert {event.facts["detector"] for event in flags} == {"spraying"}
        told = msgspec.json.encode(await server.events()).decode() + server.written.getvalue()
    for secret in (GUESS, ADDRESS, "sprayed-a", json.dumps("000000")):
        assert secret not in told
