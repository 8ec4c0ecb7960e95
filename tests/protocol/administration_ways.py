"""The two ways of an act: to a running server, and without one. What holds must hold on both."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from audit.event import Event
from server.administration.act import Act
from server.administration.reaching import perform
from server.demo_accounts import Account
from server.identity import new_id
from server.keys import open_or_create
from server.setting_groups import HttpSettings, KeysSettings
from server.settings import Settings
from support.identity import StaffId
from support.staff import Role, Staff
from tests.protocol.server_stand import PASSWORDS, Stand, stand
from tests.protocol.stand_template import CHEAP
from verification import totp
from verification.authenticator import Authenticator
from verification.passwords import Passwords
from verification.sealing import SealContext

AnswerType = TypeVar("AnswerType")
WAYS = ("running", "alone")


@dataclass(slots=True)
class Way:
    """`server` is None where none runs."""

    folder: Path
    server: Stand | None

    async def do(self, act: Act[AnswerType]) -> AnswerType:
        return await perform(settings_of(self.folder), act)

    async def events(self) -> list[Event]:
        if self.server is not None:
            return await self.server.events()
        async with stand(self.folder) as server:
            return await server.events()


@asynccontextmanager
async def way(folder: Path, name: str) -> AsyncIterator[Way]:
    async with stand(folder) as server:
        if name == "running":
            yield Way(folder, server)
    if name == "alone":
        yield Way(folder, None)


def settings_of(folder: Path, *, base_url: str = "https://help.example.com") -> Settings:
    keys = KeysSettings(folder=str(folder / "keys"), kek=str(folder / "keys" / "kek"))
    return Settings(data=str(folder), keys=keys, http=HttpSettings(base_url=base_url))


async def add_officer(server: Stand, username: str, number: str, keys_folder: Path | None = None) -> Account:
    """One more officer who can sign in; `server.fresh_code(username)` gives codes."""
    stores, named = server.foundation.stores, new_id("aut")
    staff = Staff(StaffId(new_id("sta")), username, username.title(), number, "Security", Role.SECURITY)
    passwords = Passwords(CHEAP, threads=1)
    try:
        await stores.staff.add(staff, await passwords.hashed(PASSWORDS["officer"]))
    finally:
        passwords.close()
    secret = secrets.token_bytes(totp.SECRET_BYTES)
    keys = open_or_create(keys_folder or server.foundation.log_folder.parent / "keys")
    keyring = keys.authenticators.keyring()
    sealed = keyring.seal(secret, SealContext(staff.id, named, 1))
    await stores.authenticators.add(Authenticator(id=named, owner=staff.id, version=1, sealed=sealed))
    account = Account("security", staff.name, secret, username=username, password=PASSWORDS["officer"])
    server.accounts[username] = account
    return account
