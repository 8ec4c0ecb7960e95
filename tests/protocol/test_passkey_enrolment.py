"""A passkey by an enrolment link: instead of an app or beside it, for staff and customers, and what it replaces."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from audit.event import EventName, Outcome
from server.enrolments import EnrolledAlready, Enrolments
from server.passkey_enrolling import ALSO_WITHIN_MS
from tests.protocol.enrolment_people import OPERATOR, customer_of, hire, link_for
from tests.protocol.passkey_people import Keyring, PasskeyNewcomer, customer_with_passkey
from tests.protocol.server_people import in_verifying
from tests.protocol.server_stand import Stand, stand
from tests.soft_passkey import PRESENT, Credential, bytes_of
from verification.enrolment import Subject


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as server:
        yield server


async def passkeys_of(server: Stand, subject: Subject) -> list[str]:
    return [one.label for one in await server.foundation.stores.passkeys.of_owner(subject)]


async def test_a_new_agent_chooses_a_password_and_then_a_passkey_instead_of_an_app(server: Stand) -> None:
    subject = await hire(server)
    async with PasskeyNewcomer(server, Keyring()) as rin:
        await rin.claim(await link_for(server, subject))
        early = await rin.options()
        assert (early.status, early.body["code"]) == (409, "enrolment_not_now")
        assert (await rin.choose()).body["passkey"] is True
        done = await rin.add_passkey("front desk")
        assert (done.status, done.body["stage"], done.body["passkey"]) == (200, "done", False)
    assert await passkeys_of(server, subject) == ["front desk"]
    events = await server.recorded(EventName.AGENT_ENROLMENT_FINISHED)
    assert [event.outcome for event in events] == [Outcome.INTENT, Outcome.DONE]
    assert events[0].facts["method"] == "passkey"


async def test_after_the_app_a_passkey_may_be_added_once_and_soon(server: Stand) -> None:
    subject = await customer_of(server)
    for late, expected in ((0, 200), (ALSO_WITHIN_MS, 409)):
        async with PasskeyNewcomer(server, Keyring()) as newcomer:
            await newcomer.claim(await link_for(server, subject))
            await newcomer.scan()
            assert (await newcomer.confirm()).body["passkey"] is True
            server.clock.shift_ms += late
            assert (await newcomer.add_passkey()).status == expected
            assert (await newcomer.add_passkey()).status == 409
    assert await passkeys_of(server, subject) == []  # the second link replaced what the first had given
    (event, _) = await server.recorded(EventName.CUSTOMER_PASSKEY_REGISTERED)
    assert event.facts["enrolment"]


async def test_a_link_replaces_the_passkeys_that_somebody_had_before(server: Stand) -> None:
    former, new = Keyring(), Keyring()
    await customer_with_passkey(server, former)
    await customer_with_passkey(server, new)
    subject = await customer_of(server)
    assert len(await passkeys_of(server, subject)) == 1
    stores = server.foundation.stores
    assert await stores.passkeys.of_credential(former.latest.id) is None
    assert await stores.passkeys.of_credential(new.latest.id) is not None
    assert former.latest.handle == new.latest.handle
    assert await stores.authenticators.of_owner(subject.id) is None
    links = Enrolments(stores.enrolments, server.log, server.url)
    with pytest.raises(EnrolledAlready):
        await links.issue(subject, by=OPERATOR, now=server.clock.now_ms(), first=True)


async def test_what_does_not_hold_finishes_no_link(server: Stand) -> None:
    link = await link_for(server, await customer_of(server))
    keyring = Keyring()
    async with PasskeyNewcomer(server, keyring) as newcomer:
        await newcomer.claim(link)
        options = (await newcomer.options()).body
        credential = Credential("localhost", bytes_of(options["user"]["handle"]))
        challenge = bytes_of(options["challenge"])
        wrong = [
            credential.registration(challenge, "http://evil.example"),
            credential.registration(bytes(32), server.url),
            credential.registration(challenge, server.url, PRESENT),
            credential.registration(challenge, server.url),  # the one before has used the challenge up
        ]
        for passkey in wrong:
            body = {"label": "x", "passkey": passkey}
            answer = await newcomer.ask("POST", "/enrolment/passkey", body)
            assert answer.status == 409, answer.body
        assert (await newcomer.ask("GET", "/enrolment")).body["stage"] == "authenticator"
        assert (await newcomer.add_passkey()).body["stage"] == "recovery"
    refused = await server.recorded(EventName.CUSTOMER_PASSKEY_REFUSED)
    reasons = [event.facts["reason"] for event in refused]
    assert reasons == ["origin", "challenge", "user_verification", "challenge"]


async def test_one_passkey_sent_often_at_once_finishes_one_link(server: Stand) -> None:
    keyring = Keyring()
    async with PasskeyNewcomer(server, keyring) as newcomer:
        await newcomer.claim(await link_for(server, await customer_of(server)))
        options = (await newcomer.options()).body
        keyring.credentials.append(Credential("localhost", bytes_of(options["user"]["handle"])))
        answers = await asyncio.gather(*(newcomer.send_passkey(options) for _ in range(20)))
        assert sorted(answer.status for answer in answers) == [200] + [409] * 19


async def test_a_passkey_is_never_added_by_a_session_in_which_a_code_was_typed(server: Stand) -> None:
    async with in_verifying(server) as share:
        assert (await share.customer.type_code()).body["outcome"] == "verified"
        for path in ("/enrolment/passkey-options", "/customer/session/verification/passkey-options"):
            assert (await share.customer.ask("POST", path)).status in {404, 409}
