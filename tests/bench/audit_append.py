"""How many entries become durable in a second, and how long one writer waits for its own (`audit.append`,
`audit.latency`), at 1, 64 and 512 writers.

Ours is the whole way: encode, seal, hash into the tree, frame, fdatasync, tell the writer, and meanwhile sign and
publish. Ours and the peers (`audit_peers`) are measured in turn, twice, in one run.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.kek import FileKek
from audit.log import AuditLog
from audit.writer import make_job
from tests.bench.audit_peers import ORIGIN, PEERS, Append, Contender
from tests.bench.table import Row, row, show

SECONDS: Final = 1.5
ROUNDS: Final = 2
WRITERS: Final = (1, 64, 512)
NOW_MS: Final = 1_763_935_200_000


def an_event(number: int) -> Event:
    """About 500 bytes once sealed: the organisation's section and a person's."""
    return Event(
        EventName.CUSTOMER_CODE_VERIFIED,
        Outcome.DONE,
        NOW_MS,
        Actor(ActorKind.CUSTOMER, "cu-7f3a"),
        case="ca-19c2",
        session="se-5e01",
        customer="cu-7f3a",
        facts={"level": 1, "attempt": number % 3},
        personal={f"cu-{number % 100}": {"method": "totp"}},
    )


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[AuditLog]:
    (folder / "keys").mkdir()
    log = await AuditLog.open(
        folder / "log",
        origin=ORIGIN,
        kek=FileKek.create(folder / "keys" / "kek"),
        signing_key_file=folder / "keys" / "signing",
        clock=lambda: NOW_MS,
    )
    yield log
    await log.close()


@asynccontextmanager
async def ours(folder: Path) -> AsyncIterator[Append]:
    async with opened(folder) as log:
        yield log.append


@dataclass(slots=True)
class Measured:
    """`rates` in entries/s, one a round; `waits` in seconds, one an entry."""

    rates: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return sum(self.rates) / len(self.rates)

    def wait_ms(self, part: float) -> float:
        ordered = sorted(self.waits)
        return 1_000 * ordered[min(int(len(ordered) * part), len(ordered) - 1)]


async def measure(contender: Contender, writers: int, into: Measured) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with contender(Path(folder)) as append:
            started = time.perf_counter()
            stop = started + SECONDS

            async def write(number: int) -> int:
                done = 0
                while (asked := time.perf_counter()) < stop:
                    await append(an_event(number))
                    into.waits.append(time.perf_counter() - asked)
                    number, done = number + writers, done + 1
                return done

            counts = await asyncio.gather(*(write(number) for number in range(writers)))
            into.rates.append(sum(counts) / (time.perf_counter() - started))


async def rows() -> list[Row]:
    found: list[Row] = []
    size = make_job((an_event(1),), None).size
    for writers in WRITERS:
        contenders = {"ours": ours, **PEERS}
        measured = {name: Measured() for name in contenders}
        for _ in range(ROUNDS):
            for name, contender in contenders.items():
                await measure(contender, writers, measured[name])
        own = measured.pop("ours")
        at = {"writers": writers, "bytes": size}
        found.append(
            row("audit.append", at, "entries/s", own.rate, {n: one.rate for n, one in measured.items()})
        )
        for part in (0.5, 0.99):
            against = {name: one.wait_ms(part) for name, one in measured.items()}
            found.append(row("audit.latency", {**at, "part": part}, "ms", own.wait_ms(part), against))
    return found


def main(json: bool) -> int:
    show(asyncio.run(rows()), as_json=json)
    return 0
