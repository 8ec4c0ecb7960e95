"""Newcomers and customers with a passkey: what their pages send, sent by hand, with an authenticator in software."""

from dataclasses import dataclass, field
from typing import Any

from server.enrolments import IssuedLink
from session.device_key import device_id
from tests.protocol.enrolment_people import Newcomer, customer_of, link_for
from tests.protocol.server_people import Answered, Browser, Share
from tests.protocol.server_stand import Stand
from tests.soft_passkey import Credential, bytes_of
from verification.passkey_challenge import first_transcript, for_session

PARTY = "localhost"


@dataclass
class Keyring:
    """What a person has in their pocket."""

    credentials: list[Credential] = field(default_factory=list)

    @property
    def latest(self) -> Credential:
        return self.credentials[-1]


class PasskeyNewcomer(Newcomer):
    """One browser with a link, and an authenticator."""

    def __init__(self, stand: Stand, keyring: Keyring) -> None:
        super().__init__(stand)
        self.keyring = keyring

    async def options(self) -> Answered:
        return await self.ask("POST", "/enrolment/passkey-options")

    async def add_passkey(self, label: str = "the blue one") -> Answered:
        options = await self.options()
        if options.status != 200:
            return options
        handle = bytes_of(options.body["user"]["handle"])
        self.keyring.credentials.append(Credential(PARTY, handle))
        return await self.send_passkey(options.body, label)

    async def send_passkey(self, options: dict[str, Any], label: str = "the blue one") -> Answered:
        passkey = self.keyring.latest.registration(bytes_of(options["challenge"]), self.stand.url)
        return await self.ask("POST", "/enrolment/passkey", {"label": label, "passkey": passkey})


async def customer_with_passkey(server: Stand, keyring: Keyring, reference: str = "C-2041") -> IssuedLink:
    """By a link, which is returned used."""
    link = await link_for(server, await customer_of(server, reference))
    async with PasskeyNewcomer(server, keyring) as newcomer:
        assert (await newcomer.claim(link)).status == 201
        done = await newcomer.add_passkey()
        assert (done.status, done.body["stage"]) == (200, "recovery"), done.body
    return link


async def asked(customer: Browser) -> dict[str, Any]:
    answer = await customer.ask("POST", "/customer/session/verification/passkey-options")
    assert answer.status == 200, answer.body
    return dict(answer.body)


async def challenge_for(share: Share) -> bytes:
    return bytes_of((await asked(share.customer))["challenge"])


async def prove(share: Share, body: dict[str, str]) -> Answered:
    return await share.customer.ask("POST", "/customer/session/verification/passkey", body)


async def own_challenge(
    share: Share, options: dict[str, Any], level: str = "V2", action: bytes = b""
) -> bytes:
    """As the customer's page makes it, from what it knows."""
    view = (await share.customer.ask("GET", "/customer/session")).body
    transcript = first_transcript(
        session=view["session"],
        case=options["case"],
        agent=options["agent"],
        number=view["agent"]["number"],
        device=device_id(share.customer.key.jwk),
    )
    return for_session(transcript, level, action).challenge(bytes_of(options["nonce"]))
