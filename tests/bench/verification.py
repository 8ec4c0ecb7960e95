"""Verifications and sign-ins a second through HTTP, each with its durable audit entries (`verification.*`).

`verification.totp` sends right codes of many customers, each into a session of its own that asks for it, over a few
connections, from browsers that are known already; the sessions are put there beforehand. CPU-ms are those of the whole
server process, all threads, for one verification, whose two log entries and rows are durable before it is answered.
Beside it, in the same run and from the same client, privacyIDEA checks right codes of as many tokens.

`verification.sign_in` signs staff in with a cheap argon2 hash, whose own cost is measured apart and taken off: what is
left is the overhead, which the real hash comes on top of.

`verification.passkey` does the same by passkeys: the question is asked for and answered over HTTP, both in the figure;
the times of one are the answer's.

`verification.replay_*` say how often one right code was accepted: sent twice one after the other, and many times at
once. 1 is right. `load` is the machine's load average of the last minute when the row was made.
"""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from server.clock import SystemClock
from tests.bench import privacyidea
from tests.bench.loopback import Load, Post, elsewhere, sent
from tests.bench.table import Row, row, show
from tests.bench.verification_server import credential_of
from tests.soft_passkey import bytes_of
from verification import totp

ROUNDS: Final = 5
CONNECTIONS: Final = 32
PEERS_TOKENS: Final = 40
PEERS_CONNECTIONS: Final = 4
AT_ONCE: Final = 20
PEER: Final = "privacyIDEA"


@dataclass(slots=True)
class Ours:
    """The server in its own process: see `verification_server`."""

    process: asyncio.subprocess.Process
    url: str
    cookies: list[str]

    async def told(self, line: str) -> dict[str, Any]:
        if self.process.stdin is None or self.process.stdout is None:
            raise AssertionError("it was started with pipes")
        self.process.stdin.write(f"{line}\n".encode())
        found: dict[str, Any] = json.loads(await self.process.stdout.readline())
        return found

    async def cpu_s(self) -> float:
        return float((await self.told("spent"))["cpu_s"])

    def typed(self, code: str, cookie: str) -> Post:
        return self._post("/api/v1/customer/session/verification", {"code": code}, {"Cookie": cookie})

    def asked(self, cookie: str) -> Post:
        return self._post("/api/v1/customer/session/verification/passkey-options", {}, {"Cookie": cookie})

    def signed(self, body: dict[str, str], cookie: str) -> Post:
        return self._post("/api/v1/customer/session/verification/passkey", body, {"Cookie": cookie})

    def sign_in(self, who: dict[str, str]) -> Post:
        return self._post("/api/v1/logins", {"door": "agent", **who}, {})

    def _post(self, path: str, body: dict[str, str], headers: dict[str, str]) -> Post:
        usual = {"Origin": self.url, "Content-Type": "application/json", **elsewhere()}
        return Post(path, json.dumps(body).encode(), {**usual, **headers})


@dataclass(slots=True)
class Figures:
    """Loads of one kind, and the server's CPU while they ran."""

    loads: list[Load]
    cpu_s: float = 0.0

    @property
    def all(self) -> Load:
        answers = [answer for load in self.loads for answer in load.answers]
        return Load(answers, sum(load.seconds for load in self.loads))

    def per_second(self) -> float:
        return len(self.all.answers) / self.all.seconds

    def at(self) -> dict[str, int | float | str]:
        return {
            "cpu_ms": round(1000 * self.cpu_s / len(self.all.answers), 2),
            "p50_ms": round(self.all.percentile(0.5), 1),
            "p99_ms": round(self.all.percentile(0.99), 1),
            "load": round(os.getloadavg()[0], 1),
        }


def main(*, json: bool) -> int:
    show(asyncio.run(_rows()), as_json=json)
    return 0


async def _rows() -> list[Row]:
    ours = await _started()
    try:
        verified, signed_in = await _verified(ours), await _signed_in(ours)
        by_passkey = await _by_passkey(ours)
        replays = await _replays(ours)
    finally:
        await ours.told("spent")
        if ours.process.stdin is not None:
            ours.process.stdin.close()
        await ours.process.wait()
    peer = await _peer()
    return [*_row_of_codes(verified, peer), by_passkey, signed_in, *_rows_of_replays(replays, peer)]


async def _started() -> Ours:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "tests.bench.verification_server"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**20,
    )
    if process.stdout is None:
        raise AssertionError("it was started with pipes")
    first = json.loads(await process.stdout.readline())
    return Ours(process, first["url"], first["cookies"])


async def _verified(ours: Ours) -> tuple[Figures, float]:
    """And how many entries a verification made."""
    figures, entries = Figures([]), 0
    for number in range(ROUNDS + 1):
        codes = (await ours.told("stage"))["codes"]
        posts = [ours.typed(code, cookie) for code, cookie in zip(codes, ours.cookies, strict=True)]
        before, counted = await ours.cpu_s(), int((await ours.told("entries"))["entries"])
        load = await sent(ours.url, posts, connections=CONNECTIONS)
        if any(b'"verified"' not in answer.body for answer in load.answers):
            raise AssertionError("a right code was refused")
        if not number:  # the first round warms up, and its browsers are known from now on
            kept = [answer.cookies for answer in load.answers]
            ours.cookies = ["; ".join((one, *more)) for one, more in zip(ours.cookies, kept, strict=True)]
        else:
            figures.loads.append(load)
            figures.cpu_s += await ours.cpu_s() - before
            entries += int((await ours.told("entries"))["entries"]) - counted
    return figures, entries / len(figures.all.answers)


async def _by_passkey(ours: Ours) -> Row:
    """Question and answer together are one verification: nobody has the one without the other."""
    credentials, figures = [credential_of(number) for number in range(len(ours.cookies))], Figures([])
    questions_s = 0.0
    for number in range(ROUNDS + 1):
        await ours.told("stage")
        before = await ours.cpu_s()
        asked = await sent(ours.url, [ours.asked(one) for one in ours.cookies], connections=CONNECTIONS)
        posts = [
            ours.signed(
                credential.assertion(bytes_of(json.loads(answer.body)["challenge"]), ours.url), cookie
            )
            for credential, answer, cookie in zip(credentials, asked.answers, ours.cookies, strict=True)
        ]
        load = await sent(ours.url, posts, connections=CONNECTIONS)
        if any(b'"verified"' not in answer.body for answer in load.answers):
            raise AssertionError(f"a good passkey was refused: {load.answers[0]}")
        if number:
            figures.loads.append(Load(load.answers, asked.seconds + load.seconds))
            figures.cpu_s += await ours.cpu_s() - before
            questions_s += asked.seconds
    at = {
        **figures.at(),
        "connections": CONNECTIONS,
        "asking_share": round(questions_s / figures.all.seconds, 2),
    }
    return row("verification.passkey", at, "/s", round(figures.per_second(), 1), {})


async def _signed_in(ours: Ours) -> Row:
    figures = Figures([])
    for number in range(ROUNDS + 1):
        who = (await ours.told("staff"))["staff"]
        before = await ours.cpu_s()
        load = await sent(ours.url, [ours.sign_in(one) for one in who], connections=CONNECTIONS)
        if any(answer.status != 201 for answer in load.answers):
            raise AssertionError(f"a sign-in was refused: {load.answers[0]}")
        if number:
            figures.loads.append(load)
            figures.cpu_s += await ours.cpu_s() - before
    hash_ms = 1000 * float((await ours.told("hash"))["cpu_s"])
    at = figures.at()
    overhead = round(1000 * figures.cpu_s / len(figures.all.answers) - hash_ms, 2)
    more = {"argon2_ms": round(hash_ms, 2), "overhead_cpu_ms": overhead}
    return row("verification.sign_in", {**at, **more}, "/s", round(figures.per_second(), 1), {})


async def _replays(ours: Ours) -> tuple[int, int]:
    """How often one code was accepted: twice in a row, and at once."""
    codes = (await ours.told("stage"))["codes"]
    first, second = (ours.typed(codes[number], ours.cookies[number]) for number in range(2))
    in_turn = await sent(ours.url, [first, first], connections=1)
    at_once = await sent(ours.url, [second] * AT_ONCE, connections=AT_ONCE)
    return _accepted(in_turn), _accepted(at_once)


def _accepted(load: Load) -> int:
    return sum(b'"verified"' in answer.body for answer in load.answers)


@dataclass(frozen=True, slots=True)
class _Peers:
    figures: Figures | None
    replays: tuple[int, int]
    missing: str = ""


async def _peer() -> _Peers:
    try:
        async with privacyidea.running() as peer:
            return await _measured(peer)
    except privacyidea.PeerMissing as reason:
        sys.stderr.write(f"{PEER} IS NOT MEASURED: {reason}\n")
        return _Peers(None, (0, 0), str(reason))


async def _measured(peer: privacyidea.PrivacyIdea) -> _Peers:
    secrets = [number.to_bytes(totp.SECRET_BYTES, "big") for number in range(1, PEERS_TOKENS + 3)]
    serials = await peer.enrol(secrets)
    tries = list(zip(serials, [_code_now(secret) for secret in secrets], strict=True))
    before = peer.cpu_s()
    load = await peer.check(tries[2:], connections=PEERS_CONNECTIONS)
    figures = Figures([load], peer.cpu_s() - before)
    good = sum(privacyidea.accepted(answer.body) for answer in load.answers)
    if good < PEERS_TOKENS // 2:  # a step that ends meanwhile costs it a few
        raise privacyidea.PeerMissing(f"it accepted {good} of {PEERS_TOKENS} right codes")
    in_turn = await peer.check([(serials[0], _code_now(secrets[0]))] * 2, connections=1)
    at_once = await peer.check([(serials[1], _code_now(secrets[1]))] * AT_ONCE, connections=AT_ONCE)
    replays = [sum(privacyidea.accepted(answer.body) for answer in one.answers) for one in (in_turn, at_once)]
    return _Peers(figures, (replays[0], replays[1]))


def _code_now(secret: bytes) -> str:
    return totp.code_at(secret, totp.step_at(SystemClock().now_ms()))


def _row_of_codes(verified: tuple[Figures, float], peer: _Peers) -> Sequence[Row]:
    figures, entries = verified
    at = {**figures.at(), "connections": CONNECTIONS, "entries_each": round(entries, 2)}
    against: dict[str, float] = {}
    if peer.figures is not None:
        against[PEER] = round(peer.figures.per_second(), 2)
        at |= {f"peers_{name}": value for name, value in peer.figures.at().items()}
    else:
        at["not_measured"] = f"{PEER}: {peer.missing}"
    return [row("verification.totp", at, "/s", round(figures.per_second(), 1), against)]


def _rows_of_replays(ours: tuple[int, int], peer: _Peers) -> list[Row]:
    names = ("verification.replay_sequential", "verification.replay_parallel")
    rows = []
    for name, sent_times, our, its in zip(names, (2, AT_ONCE), ours, peer.replays, strict=True):
        at: dict[str, int | float | str] = {"sent": sent_times, "right": 1}
        rows.append(row(name, at, "accepted", our, {PEER: its} if peer.figures is not None else {}))
    return rows
