"""What a customer was proved by is shut, by wrong codes or because there may be a copy: whatever rests on it ends."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from audit.event import EventName
from server.typed_codes import TypedCode
from session.identity import SessionId
from session.model import Session, State
from tests.protocol.enrolment_people import customer_of
from tests.protocol.passkey_people import Keyring, challenge_for, customer_with_passkey, prove
from tests.protocol.server_people import Share, in_sharing, in_verifying
from tests.protocol.server_stand import Stand, stand
from verification.guesses import AUTHENTICATOR_LIMIT, accounts_of
from verification.passkey_challenge import Purpose
from verification.passkey_refusal import PasskeyRefused
from verification.passkey_response import assertion_response


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as server:
        yield server


async def state_of(server: Stand, share: Share) -> Session:
    return await server.composed.services.conductor.load(SessionId(share.session))


async def one_before_the_last(server: Stand) -> str:
    """Ninety-nine wrong codes of this customer, from wherever."""
    customer = (await customer_of(server)).id
    for _ in range(AUTHENTICATOR_LIMIT.in_a_row - 1):
        await server.foundation.stores.attempts.reserve(
            accounts_of(customer)[-1], AUTHENTICATOR_LIMIT, server.clock.now_ms()
        )
    return customer


async def type_wrong(server: Stand, customer: str) -> None:
    """As on the customer's own page."""
    await server.composed.services.factors.app_codes.judge(
        customer, "clg_somebodys", "me", TypedCode("000000"), server.clock.now_ms()
    )


async def test_a_share_that_rests_on_an_app_goes_dark_before_the_app_is_disabled(
    server: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = server.foundation.stores.authenticators
    disable, seen = app.disable, list[bool]()

    async def looked_then_disabled(named: str, now_ms: int) -> bool:
        seen.append(server.gate.forwarding(SessionId(share.session)))
        return await disable(named, now_ms)

    async with in_sharing(server) as share:
        customer = await one_before_the_last(server)
        assert server.gate.forwarding(SessionId(share.session))
        monkeypatch.setattr(app, "disable", looked_then_disabled)
        await type_wrong(server, customer)
        assert seen == [False]
        ended = await state_of(server, share)
        assert (ended.state, ended.end_cause) == (State.ENDED, "verification_failed")
        await share.customer_socket.view("ended")
    assert await server.recorded(EventName.SYSTEM_AUTHENTICATOR_DISABLED)


async def test_a_code_that_was_right_in_the_moment_in_which_the_app_is_disabled_proves_nothing(
    server: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = server.foundation.stores.authenticators
    claim_step = app.claim_step

    async def claimed_then_disabled(*arguments: Any) -> Any:
        claim = await claim_step(*arguments)
        monkeypatch.setattr(app, "claim_step", claim_step)
        await type_wrong(server, customer)
        return claim

    async with in_verifying(server) as share:
        customer = await one_before_the_last(server)
        monkeypatch.setattr(app, "claim_step", claimed_then_disabled)
        assert (await share.customer.type_code()).body["outcome"] == "refused"
        ended = await state_of(server, share)
        assert (ended.state, ended.end_cause) == (State.ENDED, "verification_failed")


async def test_a_copy_of_a_passkey_ends_what_was_proved_by_it_and_a_disabled_app_does_not(
    server: Stand,
) -> None:
    keyring = Keyring()
    await customer_with_passkey(server, keyring)
    stolen = keyring.latest.copy()
    async with in_verifying(server) as share:
        answer = keyring.latest.assertion(await challenge_for(share), server.url)
        assert (await prove(share, answer)).body["outcome"] == "verified"
        await type_wrong(server, await one_before_the_last(server))
        assert (await state_of(server, share)).state is State.CONSENTING
        owner, passkeys, now = (
            await customer_of(server),
            server.composed.services.passkeys,
            server.clock.now_ms(),
        )
        asked = await passkeys.assertion_options(Purpose.STEP_UP, binding="x", now=now, owner=owner)
        sent = stolen.assertion(asked.challenge, server.url)
        with pytest.raises(PasskeyRefused):
            await passkeys.judge(
                Purpose.STEP_UP,
                assertion_response(**sent),
                kind=owner.kind,
                binding="x",
                now=now,
                owner=owner,
            )
        ended = await state_of(server, share)
        assert (ended.state, ended.end_cause) == (State.ENDED, "blocked")
