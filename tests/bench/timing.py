"""Do answers tell who is known? (`timing.*`): sign-ins, link tokens, customers' and recovery codes, all refused.

In each row two kinds of request are sent in turn, 10,000 of each, in an order drawn anew for each pair, over HTTP where
there is HTTP, with all throttles on, each from an address of its own, while the clock goes on by an hour between two
guesses. Status and body must be the same, byte for byte, whichever kind it was.

**The test.** Mann and Whitney's, two-sided, on the two groups of times: `ours` is the chance that an answer of the
first kind takes longer than one of the second (0.5: nobody can tell), `p` the probability of a chance so far off if
there is no difference. **They are told apart if p < 0.001 and the chance is off by more than 0.02**: with ten thousand
pairs the first alone finds differences of 0.014 that nobody could use. An effect of 0.02 takes some 4,500 tries of one
name to find, and the throttles allow a hundred in an hour. It looks at shifts, not at rare slow answers.

Passwords are hashed with cheap parameters: the real ones take the same time either way and would hide the rest. The
row `timing.control` compares two groups of one kind: what it shows is the noise of this machine.
"""

import asyncio
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from server.keys import open_or_create
from server.storage.recovery_codes import SqlRecoveryCodeStore
from support.identity import CaseId, CustomerId
from tests.bench.loopback import BEHIND_A_PROXY, elsewhere
from tests.bench.ranks import compared
from tests.bench.table import Row, row, show
from tests.protocol.server_people import Browser, Customer
from tests.protocol.server_stand import Stand, stand
from tests.protocol.stand_template import CHEAP
from verification import recovery_code
from verification.customer_code import CustomerCodeVerifier
from verification.guesses import Guesses, accounts_of
from verification.passwords import Passwords
from verification.recovery_codes import RecoveryVerifier, new_codes

PAIRS: Final = 10_000
WARM_UP: Final = 100
HOUR_MS: Final = 3_600_000
FORGIVEN_EVERY: Final = 50

Try = Callable[[], Awaitable[object]]


def main(*, json: bool) -> int:
    show(asyncio.run(_rows()), as_json=json)
    return 0


async def _rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        async with stand(place, demo=False, settings=BEHIND_A_PROXY) as server:
            return [
                await _claims(server),  # first: by the sign-ins' hours the case is no longer live
                await _sign_ins(server, "control", "nobody", "noone"),
                await _sign_ins(server, "sign_in", "agent", "nobody"),
                await _codes(server, place),
                await _recovery_codes(server),
            ]


async def _sign_ins(server: Stand, name: str, first: str, second: str) -> Row:
    """A wrong password, for a name that exists and for one that does not."""
    bodies: set[str] = set()
    async with Browser(server) as browser:

        async def refused(username: str) -> None:
            server.clock.shift_ms += HOUR_MS
            body = {"door": "agent", "username": username, "password": "wrong horse", "code": "000000"}
            answer = await browser.ask("POST", "/logins", body, headers=elsewhere())
            assert answer.status == 401, answer.body
            bodies.add(str(answer.body))

        found = await _compared(name, lambda: refused(first), lambda: refused(second))
    assert len(bodies) == 1, "answers differ"
    return found


async def _claims(server: Stand) -> Row:
    """The link of an invitation that has ended, and one that never was."""
    async with Browser(server) as agent, Customer(server) as customer:
        await agent.sign_in("agent")
        opened = await agent.open_session()
        await agent.ask("POST", f"/sessions/{opened['session']}/end")
        unknown = {"link": "/join#" + "A" * 22}
        bodies: set[str] = set()

        async def refused(invitation: dict[str, Any]) -> None:
            answer = await customer.claim(invitation, headers=elsewhere())
            assert answer.status == 404, answer.body
            bodies.add(str(answer.body))

        found = await _compared("claim", lambda: refused(opened["invitation"]), lambda: refused(unknown))
    assert len(bodies) == 1, "answers differ"
    return found


async def _codes(server: Stand, folder: Path) -> Row:
    """A wrong code of a customer with an authenticator and of one without. Below HTTP: a session has five tries."""
    stores = server.foundation.stores
    keyring = open_or_create(folder / "keys").authenticators.keyring()
    verifier = CustomerCodeVerifier(
        stores.authenticators, Guesses(stores.attempts, stores.known_devices), keyring
    )
    known, tries = await _customer(server), Counter[str]()

    async def refused(customer: str) -> None:
        tries[customer] += 1
        if tries[customer] % FORGIVEN_EVERY == 0:  # a hundred in a row would disable what is measured
            await stores.attempts.take_back_all(accounts_of(customer))
        server.clock.shift_ms += HOUR_MS
        result = await verifier.verify(
            customer=customer, session="ses", device="dev", code="000000", now_ms=server.clock.now_ms()
        )
        assert not hasattr(result, "authenticator")

    return await _compared("code", lambda: refused(known), lambda: refused("cus_nobody"))


async def _recovery_codes(server: Stand) -> Row:
    """A wrong recovery code of a customer who has ten and of one who has none. Below HTTP, as codes are."""
    stores = server.foundation.stores
    with closing(Passwords(CHEAP, threads=1)) as passwords:
        codes = SqlRecoveryCodeStore(server.foundation.database)
        guesses = Guesses(stores.attempts, stores.known_devices)
        verifier, known = RecoveryVerifier(codes, guesses, passwords), await _customer(server)
        _, hashes = await new_codes(passwords)
        await codes.replace(CustomerId(known), hashes, 0, server.clock.now_ms())
        wrong = recovery_code.code_from(3, bytes(recovery_code.RANDOM_BYTES))

        async def refused(customer: str) -> None:
            server.clock.shift_ms += HOUR_MS
            now = server.clock.now_ms()
            result = await verifier.verify(
                customer=customer, session="ses", device="dev", known_device="", code=wrong, now_ms=now
            )
            assert not hasattr(result, "left")

        return await _compared("recovery_code", lambda: refused(known), lambda: refused("cus_nobody"))


async def _customer(server: Stand) -> str:
    case = await server.foundation.stores.cases.find(CaseId(await server.case_of("C-2041")))
    assert case is not None
    return str(case.customer)


async def _compared(name: str, first: Try, second: Try) -> Row:
    chance = random.Random(1)  # noqa: S311 - which of a pair comes first
    taken: dict[Try, list[float]] = {first: [], second: []}
    for number in range(WARM_UP + PAIRS):
        for each in chance.sample([first, second], 2):
            began = time.perf_counter_ns()
            await each()
            if number >= WARM_UP:
                taken[each].append((time.perf_counter_ns() - began) / 1_000)
    verdict = compared(taken[first], taken[second])
    at: dict[str, int | float | str] = {
        "pairs": PAIRS,
        "median_us": round(statistics.median(taken[second])),
        "difference_us": round(statistics.median(taken[first]) - statistics.median(taken[second]), 1),
        "p": float(f"{verdict.p:.3g}"),
        "told_apart": "yes" if verdict.p < 0.001 and abs(verdict.area - 0.5) > 0.02 else "no",
    }
    return row(f"timing.{name}", at, "chance", round(verdict.area, 4), {"nobody can tell": 0.5})
