"""A log in a folder of its own with its keys beside it, as every test of the log on disk needs one."""

from pathlib import Path

from audit.disk import Disk
from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.kek import FileKek
from audit.keys.recipients import Recipients
from audit.log import AuditLog
from audit.seals.sealing import EpochLength
from audit.verify import Report, verify_folder

ORIGIN = "test.example/log"
NOW_MS = 1_763_935_200_000


class LogOnDisk:
    """`root`/log with the keys in `root`/keys."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "log"
        self.keys = root / "keys"
        self.state = root / "state"
        self.keys.mkdir(parents=True, exist_ok=True)

    async def open(
        self,
        *,
        now_ms: int = NOW_MS,
        disk: Disk | None = None,
        epoch: EpochLength | None = None,
        recipients: Recipients | None = None,
    ) -> AuditLog:
        path = self.keys / "kek"
        kek = FileKek.open(path) if path.exists() else FileKek.create(path)
        signing = self.keys / "signing"
        return await AuditLog.open(
            self.folder,
            origin=ORIGIN,
            kek=kek,
            signing_key_file=signing,
            clock=lambda: now_ms,
            disk=disk,
            epoch=epoch,
            recipients=recipients,
        )

    async def fill(self, count: int, first: int = 0) -> None:
        """A log with `count` entries, each in a frame of its own, closed again."""
        log = await self.open()
        for number in range(first, first + count):
            await log.append(an_event(number))
        await log.close()

    def verify(self, *, state: Path | None = None) -> Report:
        key = (self.folder / "verifier.key").read_text().strip()
        return verify_folder(self.folder, verifier_key=key, state=state)


def an_event(number: int = 0, *, at_ms: int = NOW_MS, subject: str | None = None) -> Event:
    """Case views of a made-up agent; with `subject`, one that says something of a person."""
    seen: dict[str, Fact] = {"seen": f"name {number}", "count": number}
    personal = {} if subject is None else {subject: seen}
    return Event(
        EventName.AGENT_CASE_VIEWED,
        Outcome.DONE,
        at_ms,
        Actor(ActorKind.AGENT, "agent-1"),
        case=f"case-{number}",
        customer=subject,
        facts={"number": number},
        personal=personal,
    )
