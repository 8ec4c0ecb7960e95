"""The log without the database, for what must be on record although the database cannot be used as it stands."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from audit.log import AuditLog
from server.backup.custody import give_back, open_kek, open_signer
from server.places import Places
from session.ports import Clock


@asynccontextmanager
async def log_alone(places: Places, clock: Clock) -> AsyncIterator[AuditLog]:
    """No server can start meanwhile. Raises LogRefused, also while one runs; BackupRefused for keys."""
    signing_key = places.keys.log_signing_key
    log = await AuditLog.open(
        places.log,
        origin=open_signer(signing_key).name,
        kek=open_kek(places),
        signing_key_file=signing_key,
        clock=clock.now_ms,
        lockstate_file=places.lockstate,
    )
    try:
        yield log
    finally:
        await log.close()
        give_back(places)
