"""A change in an account that waits is shown on its customer's own page, and cancelled there by them alone."""

from pathlib import Path

from audit.event import EventName
from tests.protocol.me_people import OTHER, on_own_page
from tests.protocol.passkey_people import Keyring, customer_with_passkey
from tests.protocol.server_stand import stand
from tests.protocol.test_actions_http import SUMMARY, scene


async def test_a_change_that_waits_is_seen_and_cancelled_by_its_customer_alone(tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        keyring = Keyring()
        await customer_with_passkey(server, keyring)
        async with (
            scene(server, keyring) as at,
            on_own_page(server) as haruto,
            on_own_page(server, OTHER) as emma,
        ):
            action = await at.proposed()
            (shown,) = (await haruto.ask("GET", "/me/actions")).body
            assert (shown["id"], shown["summary"], shown["due_at_ms"]) == (action["id"], SUMMARY, None)
            await at.confirm()
            assert (await at.approve(action["id"])).status == 200
            (held,) = (await haruto.ask("GET", "/me/actions")).body
            assert held["due_at_ms"] > server.clock.now_ms()
            assert (await emma.ask("GET", "/me/actions")).body == []
            for named in (action["id"], "act_AAAAAAAAAAAAAAAAAAAAAA", "x"):
                assert (await emma.ask("DELETE", f"/me/actions/{named}")).status == 404
            assert await at.state(action["id"]) == "approved"
            assert (await haruto.ask("DELETE", f"/me/actions/{action['id']}")).status == 204
            assert await at.state(action["id"]) == "cancelled"
            assert (await haruto.ask("DELETE", f"/me/actions/{action['id']}")).status == 409
            assert (await haruto.ask("GET", "/me/actions")).body == []
        assert await server.recorded(EventName.CUSTOMER_ACTION_CANCELLED)
