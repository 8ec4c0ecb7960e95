"""An instance as an operator makes it: `tachiai init` in a folder, people in it, and `tachiai serve` on it."""

import asyncio
import json
import os
import secrets
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from server.administration.act import Act
from server.administration.acts import ImportCustomers, InviteStaff, ListCustomers, ListStaff, OpenCase
from server.administration.reaching import perform
from server.clock import SystemClock
from server.foundation import opened_records
from server.keys import open_keys
from server.places import places_of
from server.settings import Settings, load
from tests.forked import ForkedProcess, forked
from tests.protocol.staff_passkey_people import given_passkey
from tests.soft_passkey import Credential
from verification import totp
from verification.authenticator import Authenticator
from verification.passkey import RelyingParty
from verification.passwords import Cost, Passwords
from verification.sealing import SealContext

WITHIN_S = 60
CHEAP = Cost(passes=1, memory_kib=64, lanes=1)
HOST = "help.example.com"
PARTY = RelyingParty(id=HOST, origin=f"https://{HOST}", name="Kaede Bank")
OFFICER = ("--officer-username", "chie", "--officer-name", "Chie Tanaka")


@dataclass(frozen=True, slots=True)
class Said:
    """What a command ended with."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Person:
    """`name`: a username, or a customer's reference. `case` is the customer's."""

    id: str
    name: str
    secret: bytes = field(repr=False)
    password: str = field(default="", repr=False)
    case: str = ""

    def code(self, at_ms: int | None = None) -> str:
        return totp.code_at(self.secret, totp.step_at(SystemClock().now_ms() if at_ms is None else at_ms))


@dataclass(slots=True)
class Instance:
    """`folder` holds etc/ (settings, keys) and data/. `variables` are the environment of every command."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    passkeys: dict[str, Credential] = field(default_factory=dict)

    @property
    def settings_file(self) -> Path:
        return self.folder / "etc" / "tachiai.toml"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def settings(self) -> Settings:
        return load(self.settings_file, environment=self.variables)

    async def said(self, *arguments: str) -> Said:
        """A command, to its end."""
        async with self.started(*arguments) as process, asyncio.timeout(WITHIN_S):
            out, err = await process.communicate()
            return Said(process.returncode or 0, out.decode(), err.decode())

    async def init(self, *arguments: str) -> Said:
        """With what every test needs: addresses of this machine alone, and any free port."""
        here = (
            "--set=http.port=0",
            "--set=http.metrics_port=0",
            "--set=gate.host=127.0.0.1",
            "--set=gate.port=0",
        )
        base = ("--organisation=Kaede Bank", f"--base-url=https://{HOST}", f"--data={self.data}")
        new = () if self.settings_file.exists() else (*base, *here)
        return await self.said("init", *new, *arguments)

    @asynccontextmanager
    async def started(self, *arguments: str) -> AsyncIterator[ForkedProcess]:
        """A command, ended at the latest when the context is left."""
        process = await forked(
            *("--config", str(self.settings_file), *arguments),
            environment={"PATH": os.defpath, "HOME": str(self.folder)} | self.variables,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
                async with asyncio.timeout(WITHIN_S):
                    await process.communicate()

    @asynccontextmanager
    async def served(self) -> AsyncIterator[tuple[ForkedProcess, dict[str, Any]]]:
        """A server that answers, and the line with which it said so."""
        async with self.started("serve", "--json") as process:
            assert process.stdout is not None
            assert process.stderr is not None
            async with asyncio.timeout(WITHIN_S):
                line = await process.stdout.readline()
                assert line, (await process.stderr.read()).decode()
            yield process, json.loads(line)

    async def done(self, act: Act[Any]) -> Any:
        return await perform(self.settings, act)


async def instance_with_people(
    folder: Path, *arguments: str, variables: Mapping[str, str] | None = None
) -> Instance:
    """Made by `init`, with an officer ("chie"), an agent ("aiko"), a customer ("K-1") and their live case ("C-1"). All
    have enrolled: `people` has what they know."""
    instance = Instance(folder, dict(variables or {}))
    made = await instance.init(*OFFICER, *arguments)
    assert made.code == 0, made.err
    await instance.done(
        InviteStaff(username="aiko", name="Aiko Mori", number="A-104", team="Customer help", role="agent")
    )
    content = "reference,name,email,phone\nK-1,Haruto Sato,haruto@example.com,+81 3-5555-0142\n"
    imported = await instance.done(ImportCustomers(content=content.encode()))
    assert imported.added == 1, imported
    await instance.done(
        OpenCase(reference="C-1", customer="K-1", reason="Cannot find a transfer", agent="aiko")
    )
    staff = {line.username: line.id for line in (await instance.done(ListStaff())).staff}
    customer = (await instance.done(ListCustomers())).customers[0]
    await _enrol(instance, {**staff, customer.reference: customer.id})
    return instance


async def _enrol(instance: Instance, ids: dict[str, str]) -> None:
    """What their pages would have written."""
    places = places_of(instance.settings)
    keys, passwords = open_keys(places.keys), Passwords(CHEAP, threads=1)
    keyring = keys.authenticators.keyring()
    try:
        async with opened_records(places, keys, SystemClock()) as records:
            for name, owner in ids.items():
                secret = secrets.token_bytes(totp.SECRET_BYTES)
                context = SealContext(owner, f"aut_{name}", 1)
                sealed = keyring.seal(secret, context)
                await records.stores.authenticators.add(
                    Authenticator(id=context.authenticator, owner=owner, version=1, sealed=sealed)
                )
                password, case = "", "C-1"
                if not name.startswith("K-"):
                    password, case = f"{name} walks by the harbour", ""
                    await records.stores.credentials.set_password_hash(
                        owner, await passwords.hashed(password)
                    )
                    now = SystemClock().now_ms()
                    instance.passkeys[name] = await given_passkey(records.stores, owner, PARTY, now)
                instance.people[name] = Person(owner, name, secret, password, case)
    finally:
        passwords.close()
