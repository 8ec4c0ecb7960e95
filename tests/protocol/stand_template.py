"""What a stand's first start makes: keys, a log with its first entry, a database with the demo's people. Made once in a
process and then copied, for making it takes longer than most of what is tested with it."""

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit.log import AuditLog
from server.clock import SystemClock
from server.demo import STAFF, DemoData
from server.demo_accounts import Account
from server.foundation import DATABASE_FILE, LOG_FOLDER
from server.keys import open_or_create
from server.places import key_places
from server.record_keys import LogRecordKeys
from server.settings import Settings
from server.storage.database import Database
from server.storage.migrating import migrate
from server.storage.stores import stores_on
from tests.migrated import put_migrated_database
from verification.passwords import Cost, Passwords

ORIGIN: Final = "tachiai-test"
KEYS_FOLDER: Final = "keys"
CHEAP: Final = Cost(passes=1, memory_kib=64, lanes=1)
_MADE_BY_A_START: Final = (KEYS_FOLDER, LOG_FOLDER, DATABASE_FILE)


@dataclass(frozen=True, slots=True)
class _Template:
    """`place` goes when the process ends."""

    place: tempfile.TemporaryDirectory[str]
    at_ms: int
    accounts: tuple[Account, ...]


_made: list[_Template] = []


def fits(folder: Path, settings: Settings) -> bool:
    """Whether a start there would make what the template has."""
    return not settings.sealed.recipients and not any((folder / name).exists() for name in _MADE_BY_A_START)


async def put_everything(folder: Path, now_ms: int) -> Sequence[Account]:
    """The people's accounts. What was just now when the template was made is just now again."""
    if not _made:
        _made.append(await _prepared())
    (template,) = _made
    await asyncio.to_thread(_put, template, folder, now_ms)
    return template.accounts


def _put(template: _Template, folder: Path, now_ms: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in _MADE_BY_A_START:
        source = Path(template.place.name) / name
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, folder / name)
    with closing(sqlite3.connect(folder / DATABASE_FILE)) as connection:
        connection.execute(
            "UPDATE cases SET last_activity_ms = last_activity_ms + ?", (now_ms - template.at_ms,)
        )
        connection.commit()


async def _prepared() -> _Template:
    place = tempfile.TemporaryDirectory()  # kept for as long as the process runs
    folder, now = Path(place.name), SystemClock().now_ms()
    keys = open_or_create(folder / KEYS_FOLDER, key_places(folder / KEYS_FOLDER))
    log = await AuditLog.open(
        folder / LOG_FOLDER,
        origin=ORIGIN,
        kek=keys.kek,
        signing_key_file=keys.log_signing_key,
        clock=SystemClock().now_ms,
    )
    await put_migrated_database(folder / DATABASE_FILE)
    database = Database(f"sqlite+aiosqlite:///{folder / DATABASE_FILE}", answer_within_s=60)
    try:
        record_keys = LogRecordKeys(log.keystore)
        await migrate(database, record_keys, now_ms=now)
        with closing(Passwords(CHEAP, threads=1)) as passwords:
            desk = await DemoData(stores_on(database, record_keys), log, keys, passwords, now).prepare(STAFF)
    finally:
        await database.close()
        await log.close()
    return _Template(place, now, desk.known)
