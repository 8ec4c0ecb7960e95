"""Once both pages exchanged keys, a customer's passkey signs that exchange: whoever stood between has another one."""

from pathlib import Path

from session.identity import SessionId
from tests.protocol.introduction_stand import Meeting, meeting, next_view
from tests.protocol.passkey_people import Keyring, asked, customer_with_passkey, prove
from tests.protocol.server_stand import Stand, stand
from tests.soft_passkey import bytes_of
from verification.passkey_challenge import for_session


async def introduced(met: Meeting) -> str:
    """The words compared; the transcript that both pages found."""
    agent, customer = met.pages()
    await met.exchange(agent, customer)
    await met.share.customer_socket.send({"type": "words.match", "run": 1})
    while not (await next_view(met.share.agent_socket))["exchange"]["customer_matched"]:
        continue
    await met.share.agent_socket.send({"type": "words.match", "run": 1})
    await met.share.customer_socket.view("verifying")
    return customer.transcript


async def verification_of(server: Stand, met: Meeting) -> tuple[str, str]:
    found = (await server.composed.services.conductor.load(SessionId(met.share.session))).verification
    assert found is not None
    return found.method, found.transcript


async def test_a_passkey_signs_the_exchange_of_keys_of_its_own_page(tmp_path: Path) -> None:
    keyring = Keyring()
    async with stand(tmp_path) as server:
        await customer_with_passkey(server, keyring)
        async with meeting(server) as met:
            transcript = await introduced(met)
            options = await asked(met.share.customer)
            own = for_session(bytes_of(transcript), "V2").challenge(bytes_of(options["nonce"]))
            assert own == bytes_of(options["challenge"])
            other = for_session(bytes(32), "V2").challenge(bytes_of(options["nonce"]))
            refused = await prove(met.share, keyring.latest.assertion(other, server.url))
            assert refused.body["outcome"] == "refused"
            good = await prove(met.share, keyring.latest.assertion(own, server.url))
            assert good.body["outcome"] == "verified"
            assert await verification_of(server, met) == ("passkey", transcript)
