"""A log on disk with a keeper that shows it to witnesses, at a pace that a test can wait for."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from audit.checkpoint import open_checkpoint
from audit.event import Event, EventName
from audit.log import AuditLog
from audit.note import Verifier
from audit.report import Finding, Findings
from audit.witnesses.checking import Witnessed, WitnessedInvalid, check_witnessed, open_witnessed
from audit.witnesses.policy import Policy, parse_policy
from server.clock import SystemClock
from server.log_keeping.witnessing import Pace, Witnessing
from server.places import LOG_FOLDER, Places, key_places
from tests.protocol.witness_stand import WitnessStand
from tests.unit.audit_log_on_disk import LogOnDisk

WITHIN_S = 20
QUICK = Pace(look=0.02, between=0.05, retry=0.2, anew=60.0, lost_after=60.0)
OFTEN = Pace(look=0.02, between=0.05, retry=0.1, anew=0.2, lost_after=0.5)


def policy_with(*witnesses: WitnessStand, least: str, log_key: str = "") -> bytes:
    names = [f"W{number}" for number, _ in enumerate(witnesses, 1)]
    lines = [f"log {log_key.splitlines()[0]}"] if log_key else []
    lines += [f"witness {name} {one.keys[0]} {one.url}" for name, one in zip(names, witnesses, strict=True)]
    return "\n".join(
        [*lines, f"group all-of-them {least} {' '.join(names)}", "quorum all-of-them", ""]
    ).encode()


@dataclass(slots=True)
class Kept:
    log: AuditLog
    folder: Path
    policy: Policy

    @property
    def verifier(self) -> Verifier:
        return Verifier.parse(self.log.verifier_key)

    def witnessed(self) -> Witnessed | None:
        """What the world is shown."""
        file = self.folder / "public" / "witnessed"
        try:
            note = file.read_bytes() if file.exists() else b""
            return open_witnessed(note, policy=self.policy, log_verifier=self.verifier)
        except WitnessedInvalid:
            return None

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while True:
                if condition():
                    return
                await asyncio.sleep(0.02)

    async def until_witnessed(self, size: int, names: set[str]) -> None:
        def seen() -> bool:
            found = self.witnessed()
            return found is not None and found.checkpoint.size >= size and found.times.keys() >= names

        await self.until(seen)

    async def told(self, name: EventName, count: int = 1) -> list[Event]:
        """Entries of this name, once there are so many."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                entries = await self.log.read(0, self.log.size)
                found = [entry.event for entry in entries if entry.event and entry.event.name is name]
                if len(found) >= count:
                    return found
                await asyncio.sleep(0.02)

    def findings(self) -> list[Finding]:
        """A verifier's, who holds the policy."""
        findings = Findings()
        file = self.folder / "public" / "witnessed"
        note = file.read_bytes() if file.exists() else None
        head = open_checkpoint((self.folder / "public" / "checkpoint").read_bytes(), self.verifier)
        check_witnessed(
            note,
            policy=self.policy,
            log_verifier=self.verifier,
            root_at=lambda size: head.root if size == head.size else None,
            size=head.size,
            now_ms=SystemClock().now_ms(),
            findings=findings,
        )
        return findings.found


@asynccontextmanager
async def kept(
    root: Path, witnesses: Sequence[WitnessStand], *, least: str = "all", pace: Pace = QUICK
) -> AsyncIterator[Kept]:
    """`root`/log with its keeper at work."""
    on_disk = LogOnDisk(root)
    log = await on_disk.open(now_ms=SystemClock().now_ms())
    places = Places(root, root / LOG_FOLDER / "lockstate", key_places(root / "keys"))
    policy = parse_policy(policy_with(*witnesses, least=least, log_key=log.verifier_key))
    keeper = Witnessing(log, places, policy, SystemClock(), pace=pace)
    try:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(keeper.run())
            yield Kept(log, on_disk.folder, policy)
            assert not running.done()
            running.cancel()
    finally:
        await log.close()
