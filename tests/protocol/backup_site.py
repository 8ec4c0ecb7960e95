"""A machine with a server's data and keys apart, as in production, and an empty one to restore to."""

import shutil
from collections.abc import AsyncIterator, Container
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from audit.disk import Disk
from audit.event import Actor, ActorKind
from audit.report import Report
from audit.seals.checking import EVERY_RESTART
from audit.seals.record import Restart
from audit.verify import verify_folder
from server.backup.restoring import Restored, Wish, restore
from server.backup.taking import Order, Taken, take
from server.clock import SystemClock
from server.setting_groups import KeysSettings, LogSettings, Settings
from tests.protocol.server_stand import ShiftedClock, Stand, stand

OPERATOR = Actor(ActorKind.OPERATOR, "host:test")


@dataclass(frozen=True, slots=True)
class Site:
    """`root`/data, `root`/keys, and `root`/apart for the key-encryption key and, if `apart`, the lockstate."""

    root: Path
    apart: bool = False

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def log(self) -> Path:
        return self.data / "log"

    @property
    def lockstate(self) -> Path:
        return self.root / "apart" / "lockstate" if self.apart else self.log / "lockstate"

    @property
    def settings(self) -> Settings:
        return Settings(
            data=str(self.data),
            keys=KeysSettings(folder=str(self.keys), kek=str(self.keys / "kek")),
            log=LogSettings(lockstate=str(self.lockstate) if self.apart else ""),
        )

    def empty(self, kek_of: "Site") -> "Site":
        """This machine as it comes from the shop, with the key-encryption key that was kept apart."""
        self.keys.mkdir(parents=True)
        (self.root / "apart").mkdir()
        shutil.copy2(kek_of.keys / "kek", self.keys / "kek")
        return self

    @asynccontextmanager
    async def running(self, *, shift_ms: int = 0) -> AsyncIterator[Stand]:
        self.data.mkdir(parents=True, exist_ok=True)
        self.lockstate.parent.mkdir(parents=True, exist_ok=True)
        async with stand(
            self.data, shift_ms=shift_ms, keys_folder=self.keys, lockstate=self.lockstate
        ) as server:
            yield server

    async def backup(self, target: Path, *, with_keys: bool = True, disk: Disk | None = None) -> Taken:
        order = Order(settings=self.settings, settings_file=None, target=target, with_keys=with_keys)
        return await take(order, SystemClock(), disk)

    async def restore(
        self,
        source: Path,
        *,
        surviving: Path | None = None,
        declare_loss: bool = False,
        shift_ms: int = 0,
        disk: Disk | None = None,
    ) -> Restored:
        wish = Wish(
            settings=self.settings, source=source, surviving=surviving, declare_loss=declare_loss, by=OPERATOR
        )
        return await restore(wish, ShiftedClock(shift_ms), disk)

    def verify(self, *, state: Path | None = None, accepted: Container[Restart] = EVERY_RESTART) -> Report:
        """As whoever restored it, and answers for seals that began anew, unless told otherwise."""
        key = (self.log / "verifier.key").read_text().strip()
        return verify_folder(
            self.log, verifier_key=key, state=state, lockstate=self.lockstate, accepted=accepted
        )
