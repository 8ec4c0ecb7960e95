"""After a loss nothing counts for more than V1, whatever is shown; and the ring of the authenticators' keys, as the
operator turns it."""

from pathlib import Path

import pytest

from audit.event import EventName, Outcome
from server.administration.errors import ActRefused
from server.administration.ring_acts import RetireAuthenticatorKey, RotateAuthenticators
from server.resealing import SETTLED_AFTER_MS
from server.storage.factor_caps import cap
from session.events import StepUpAsked
from session.identity import SessionId
from session.model import Level
from support.identity import CustomerId
from tests.protocol.administration_ways import WAYS, way
from tests.protocol.enrolment_people import customer_of
from tests.protocol.passkey_people import Keyring, asked, customer_with_passkey, prove
from tests.protocol.server_people import Share, in_verifying
from tests.protocol.server_stand import Stand, stand
from tests.soft_passkey import bytes_of

WEEK_MS = 7 * 86_400_000


async def shown(server: Stand, share: Share, keyring: Keyring) -> tuple[str, str | None]:
    challenge = bytes_of((await asked(share.customer))["challenge"])
    answer = await prove(share, keyring.latest.assertion(challenge, server.url))
    return answer.body["outcome"], answer.body["level"]


async def capped(server: Stand) -> None:
    customer = CustomerId((await customer_of(server)).id)
    async with server.foundation.database.writing() as connection:
        await cap(connection, customer, server.clock.now_ms() + WEEK_MS, "lost")
        await cap(connection, customer, server.clock.now_ms() + 1, "lost")  # nobody shortens it


async def test_under_a_cap_a_passkey_counts_for_v1_and_shows_no_screen(tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        keyring = Keyring()
        await customer_with_passkey(server, keyring)
        await capped(server)
        async with in_verifying(server) as share:
            assert await shown(server, share, keyring) == ("verified", "V1")
            view = await share.customer_socket.view("consenting")
            assert "screen" not in view["proposal"]["surfaces"]


async def test_under_a_cap_more_than_v1_is_refused_and_costs_no_try(tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        keyring = Keyring()
        await customer_with_passkey(server, keyring)
        await capped(server)
        async with in_verifying(server) as share:
            conductor = server.composed.services.conductor
            await conductor.apply(SessionId(share.session), StepUpAsked(Level.V2))
            assert await shown(server, share, keyring) == ("refused", None)
            assert (await conductor.load(SessionId(share.session))).code_failures == 0


@pytest.mark.parametrize("name", WAYS)
async def test_the_ring_is_turned_with_a_server_and_without_and_each_time_on_record(
    tmp_path: Path, name: str
) -> None:
    async with way(tmp_path, name) as host:
        made = await host.do(RotateAuthenticators())
        assert (made.key, made.keys, made.broken) == (2, [1, 2], 0)
        assert made.changed == made.authenticators > 0
        if host.server is not None:
            with pytest.raises(ActRefused, match="a moment ago"):
                await host.do(RetireAuthenticatorKey(number=1))
            host.server.clock.shift_ms += SETTLED_AFTER_MS
            async with in_verifying(host.server) as share:
                assert (await share.customer.type_code()).body["outcome"] == "verified"
        with pytest.raises(ActRefused, match="seals every new"):
            await host.do(RetireAuthenticatorKey(number=2))
        assert (await host.do(RetireAuthenticatorKey(number=1))).keys == [2]
        events = await host.events()
    told = [one for one in events if one.name is EventName.OPERATOR_AUTHENTICATORS_RESEALED]
    assert sum(one.outcome is Outcome.DONE for one in told) == 2
    assert [one.facts["retired"] for one in told if one.outcome is Outcome.DONE] == [0, 1]
