"""The server that `verification` measures, in a process of its own: many sessions that all ask for a code.

It obeys lines on standard input and answers each with one JSON line:

    stage     every session asks for a code, by a clock moved on by one step; gives {"codes": [...]}
    staff     gives {"staff": [{"username", "password", "code"}, ...]}, all of which are good for one sign-in
    hash      gives {"cpu_s": ...}, of one check of a right password
    spent     gives {"cpu_s": ...}, of all threads of this process since its start
    entries   gives {"entries": ...}, the log's size
    stop      ends

The first line that it writes of itself names the server and the cookies: {"url": ..., "cookies": [...]}.
"""

import asyncio
import hashlib
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec

from server.identity import new_id
from server.keys import open_or_create
from session.events import VerificationLapsed
from session.identity import SessionId
from session.model import State
from support import identity
from support.staff import Role, Staff
from tests.bench.loopback import BEHIND_A_PROXY
from tests.bench.staging import AtWork, at_work, claimed, say, standard_input
from tests.protocol.server_stand import Stand, stand
from tests.protocol.stand_template import CHEAP
from tests.soft_passkey import Credential
from verification import totp
from verification.authenticator import Authenticator
from verification.enrolment import Subject, SubjectKind
from verification.passkey import NewCredential
from verification.passkeys import new_passkey
from verification.passwords import Passwords
from verification.sealing import Keyring, SealContext

SESSIONS: Final = 100
SESSIONS_OF_ONE_AGENT: Final = 20
COLLEAGUES: Final = 50
PASSWORD: Final = "a password of the bench"


@dataclass(frozen=True, slots=True)
class Staged:
    session: SessionId
    secret: bytes
    cookie: str


@dataclass(frozen=True, slots=True)
class Colleague:
    username: str
    secret: bytes


async def serve() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with stand(Path(folder), demo=False, settings=BEHIND_A_PROXY, level="warning") as server:
            staged = await _everybody(server, Path(folder))
            people = await _colleagues(server, Path(folder))
            say({"url": server.url, "cookies": [one.cookie for one in staged]})
            lines = await standard_input()
            while (line := (await lines.readline()).decode().strip()) not in {"stop", ""}:
                say(await _obeyed(line, server, staged, people))


async def _obeyed(
    line: str, server: Stand, staged: list[Staged], people: list[Colleague]
) -> dict[str, object]:
    if line == "stage":
        return {"codes": await _codes(server, staged)}
    if line == "staff":
        return {"staff": _staff(server, people)}
    if line == "hash":
        return {"cpu_s": await _hash(server)}
    if line == "spent":
        return {"cpu_s": time.process_time()}
    return {"entries": server.log.size}


def _staff(server: Stand, people: list[Colleague]) -> list[dict[str, str]]:
    server.clock.shift_ms += totp.STEP_MS
    step = totp.step_at(server.clock.now_ms())
    return [
        {"username": one.username, "password": PASSWORD, "code": totp.code_at(one.secret, step)}
        for one in people
    ]


async def _hash(server: Stand) -> float:
    """Over fifty; with the same cheap parameters as every password here."""
    with closing(Passwords(CHEAP, threads=1)) as passwords:
        stored = await passwords.hashed(PASSWORD)
        before = time.process_time()
        for _ in range(50):
            await passwords.check(stored, PASSWORD)
        return (time.process_time() - before) / 50


async def _codes(server: Stand, staged: list[Staged]) -> list[str]:
    server.clock.shift_ms += totp.STEP_MS
    conductor = server.composed.services.conductor
    for one in staged:
        if (await conductor.load(one.session)).state is State.CONSENTING:
            await conductor.apply(one.session, VerificationLapsed())
    step = totp.step_at(server.clock.now_ms())
    return [totp.code_at(one.secret, step) for one in staged]


async def _colleagues(server: Stand, folder: Path) -> list[Colleague]:
    """Who only signs in."""
    keyring, stores = _keyring(folder), server.foundation.stores
    with closing(Passwords(CHEAP, threads=1)) as passwords:
        stored = await passwords.hashed(PASSWORD)
    people = []
    for number in range(COLLEAGUES):
        staff = identity.StaffId(new_id("sta"))
        username, secret, name = (
            f"colleague{number}",
            number.to_bytes(totp.SECRET_BYTES, "big"),
            new_id("aut"),
        )
        await stores.staff.add(Staff(staff, username, username, f"C-{number}", "Bench", Role.AGENT), stored)
        sealed = keyring.seal(secret, SealContext(staff, name, 1))
        await stores.authenticators.add(Authenticator(id=name, owner=staff, version=1, sealed=sealed))
        people.append(Colleague(username, secret))
    return people


def _keyring(folder: Path) -> Keyring:
    return open_or_create(folder / "keys").authenticators.keyring()


async def _everybody(server: Stand, folder: Path) -> list[Staged]:
    keyring = _keyring(folder)
    agents = [await at_work(server, number) for number in range(SESSIONS // SESSIONS_OF_ONE_AGENT)]
    return [
        await _session(server, keyring, agents[number // SESSIONS_OF_ONE_AGENT], number)
        for number in range(SESSIONS)
    ]


async def _session(server: Stand, keyring: Keyring, agent: AtWork, number: int) -> Staged:
    """With an app and a passkey that its customer can prove themselves by."""
    found = await claimed(server, agent, number)
    secret, name = number.to_bytes(totp.SECRET_BYTES, "big"), new_id("aut")
    sealed = keyring.seal(secret, SealContext(found.customer, name, 1))
    app = Authenticator(id=name, owner=found.customer, version=1, sealed=sealed)
    await server.foundation.stores.authenticators.add(app)
    await _passkey(server, Subject(SubjectKind.CUSTOMER, found.customer), number)
    return Staged(found.session, secret, found.cookie)


async def _passkey(server: Stand, owner: Subject, number: int) -> None:
    credential, store = credential_of(number), server.foundation.stores.passkeys
    made = NewCredential(credential.id, cbor2.dumps(credential.cose()), 0, backed_up=False)
    await store.handle_of(owner, credential.handle)
    await store.add(await store.new_row(new_passkey(made, owner, "bench", server.clock.now_ms()), 0))


def credential_of(number: int) -> Credential:
    """The same in both processes: whoever measures signs with what this one has registered."""
    handle, name = (hashlib.sha512(f"{what} {number}".encode()).digest() for what in ("handle", "credential"))
    key = ec.derive_private_key(number + 1, ec.SECP256R1())
    return Credential("localhost", handle, id=name, key=key)


if __name__ == "__main__":
    asyncio.run(serve())
