"""A customer with a passkey, on their own page: in by it, one more added."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.protocol.passkey_people import PARTY, Keyring, customer_with_passkey
from tests.protocol.server_people import Answered, Browser
from tests.protocol.server_stand import Stand, stand
from tests.soft_passkey import Credential, bytes_of


@dataclass(slots=True)
class Scene:
    stand: Stand
    keyring: Keyring = field(default_factory=Keyring)
    secret: bytes = b""

    async def sign_in(self, browser: Browser) -> Answered:
        options = (await browser.ask("POST", "/me/passkey/options")).body
        passkey = self.keyring.latest.assertion(bytes_of(options["challenge"]), self.stand.url)
        return await browser.ask("POST", "/me/passkey/logins", passkey)

    async def prove(self, browser: Browser) -> Answered:
        options = (await browser.ask("POST", "/me/passkey/proof-options")).body
        passkey = self.keyring.latest.assertion(bytes_of(options["challenge"]), self.stand.url)
        return await browser.ask("POST", "/me/passkey/proofs", passkey)

    async def add(self, browser: Browser, label: str = "the second one") -> Answered:
        options = await browser.ask("POST", "/me/passkeys/options")
        if options.status != 200:
            return options
        made = Credential(PARTY, bytes_of(options.body["user"]["handle"]))
        passkey = made.registration(bytes_of(options.body["challenge"]), self.stand.url)
        answer = await browser.ask("POST", "/me/passkeys", {"label": label, "passkey": passkey})
        if answer.status == 200:
            self.keyring.credentials.append(made)
        return answer


@asynccontextmanager
async def scene_in(folder: Path) -> AsyncIterator[Scene]:
    async with stand(folder) as server:
        found = Scene(server)
        await customer_with_passkey(server, found.keyring)
        yield found


@asynccontextmanager
async def proved(scene: Scene) -> AsyncIterator[Browser]:
    async with Browser(scene.stand) as browser:
        answer = await scene.sign_in(browser)
        assert answer.status == 201, answer.body
        yield browser
