"""An empty database with the newest schema, made once in a process and then written as bytes."""

import asyncio
import tempfile
from contextlib import suppress
from pathlib import Path

from server.storage.database import Database
from server.storage.migrating import migrate

_made: list[bytes] = []


async def put_migrated_database(file: Path) -> None:
    """`file` is there afterwards; one that is there already stays as it is."""
    if not _made:
        with tempfile.TemporaryDirectory() as folder:
            template = Path(folder) / "template.db"
            database = Database(f"sqlite+aiosqlite:///{template}", answer_within_s=60)
            await migrate(database)
            await database.close()
            _made.append(template.read_bytes())
    with suppress(FileExistsError):
        await asyncio.to_thread(_put, file, _made[0])


def _put(file: Path, content: bytes) -> None:
    file.touch(mode=0o600, exist_ok=False)
    file.write_bytes(content)
