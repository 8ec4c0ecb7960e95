"""An introduction on the live socket, by two pages that were written from its document."""

import json
from pathlib import Path

from audit.event import EventName
from tests.protocol.introduction_stand import meeting, next_view
from tests.protocol.server_stand import stand
from verification.badge import BadgeKey, check

KEYS = "/.well-known/tachiai-badge-keys"


async def test_two_pages_settle_on_one_transcript_and_the_same_words(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, meeting(server) as met:
        agent, customer = met.pages()
        await met.exchange(agent, customer)
        assert agent.words == customer.words is not None
        await met.share.customer_socket.send({"type": "words.match", "run": 1})
        while not (await next_view(met.share.agent_socket))["exchange"]["customer_matched"]:
            continue
        await met.share.agent_socket.send({"type": "words.match", "run": 1})
        view = await met.share.customer_socket.view("verifying")
        assert (view["introduction"], view["exchange"]["transcript"]) == ("words", customer.transcript)
        (settled, _) = await server.recorded(EventName.SYSTEM_EXCHANGE_SETTLED)
        assert settled.facts["transcript"] == customer.transcript


async def test_the_badge_is_checked_with_the_published_key_which_is_in_the_log(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, meeting(server) as met:
        published = json.loads((await met.share.customer.page(KEYS)).body)
        keys = [
            BadgeKey(key["id"], key["public"], key["from_ms"], key["until_ms"]) for key in published["keys"]
        ]
        badge = check(met.badge["document"], met.badge["signature"], keys, server.clock.now_ms())
        assert (badge.number, badge.case, badge.device_key) == ("A-104", "C-2041", met.share.agent.device.jwk)
        assert published["revoked"] == []
        (entry,) = await server.recorded(EventName.SYSTEM_ISSUER_PUBLISHED)
        assert entry.facts["public"] == keys[0].public
        await met.share.agent.ask("DELETE", "/logins/current")
        after = json.loads((await met.share.customer.page(KEYS)).body)
        assert after["revoked"] == [json.loads(met.badge["document"])["id"]]
