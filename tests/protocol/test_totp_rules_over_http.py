"""The customer's TOTP, rule by rule, where it needs pages and sessions: rules 8 to 11."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.storage.tables import authenticators
from tests.protocol.enrolment_people import Newcomer, customer_of, link_for
from tests.protocol.factor_people import mails
from tests.protocol.server_people import in_verifying
from tests.protocol.server_stand import Stand, stand
from tests.protocol.test_customer_factors import enrolled, session_of, type_recovery, wrong


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as server:
        yield server


async def test_rule_8_a_secret_is_pending_until_its_code_is_confirmed_and_that_code_is_used(
    server: Stand,
) -> None:
    link = await link_for(server, await customer_of(server))
    async with Newcomer(server) as newcomer:
        await newcomer.claim(link)
        shown = await newcomer.scan()
        assert shown.headers["Cache-Control"] == "no-store"
        async with session_of(server) as share:
            assert (await share.customer.type_code(newcomer.code())).body["outcome"] == "refused"
        confirming = newcomer.code()
        assert (await newcomer.send_code(confirming)).body["stage"] == "recovery"
        assert newcomer.secret.hex() not in str(await server.events())
        async with in_verifying(server) as share:
            assert (await share.customer.type_code(confirming)).body["outcome"] == "refused"


async def test_rule_9_a_used_recovery_code_tells_its_owner_and_says_how_many_are_left(server: Stand) -> None:
    newcomer, codes = await enrolled(server)
    await newcomer.session.close()
    assert await mails(server, "recovery_code_used") == []
    async with in_verifying(server) as share:
        assert (await type_recovery(share.customer, codes[9])).body["recovery_codes_left"] == 9
    told = await mails(server, "recovery_code_used")
    assert len(told) == 1
    assert "Codes left: 9" in told[0].text
    assert codes[9] not in told[0].text


async def test_rule_10_five_wrong_codes_end_the_session_and_the_agent_is_told_only_that(
    server: Stand,
) -> None:
    async with in_verifying(server) as share:
        left = [(await wrong(server, share)).body["attempts_left"] for _ in range(5)]
        assert left == [4, 3, 2, 1, 0]
        ended = await share.agent_socket.view("ended")
        assert ended["end"]["cause"] == "verification_failed"
        assert "code" not in str(ended["end"])


async def test_rule_11_without_an_authenticator_it_is_v0_and_the_answer_is_a_wrong_codes(
    server: Stand,
) -> None:
    async with server.foundation.database.writing() as connection:
        await connection.execute(authenticators.delete().where(authenticators.c.owner.like("cus_%")))
    async with in_verifying(server) as share:
        answer = await share.customer.type_code()
        assert answer.body == {
            "outcome": "refused",
            "attempts_left": 4,
            "level": None,
            "recovery_codes_left": None,
        }
        page = await share.customer.page("/without-app")
        assert "Without an authenticator app" in page.body
