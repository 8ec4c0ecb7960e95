"""What a restored database may not carry over: whatever would give access again that was used or taken away since.

The statements name columns as every version of the schema has them; a table that this version's steps have not made yet
is passed over, for a backup may be older than the program.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from server.storage.copying import LOCK_WAIT_S, CopyUnusable

# Each takes :now (UTC milliseconds) and :step (the TOTP step of now).
_ENDS: Final = {
    "logins": "UPDATE logins SET ended_at_ms = :now WHERE ended_at_ms IS NULL",
    "customer_cookies": "DELETE FROM customer_cookies",
    "customer_logins": "UPDATE customer_logins SET ended_at_ms = :now WHERE ended_at_ms IS NULL",
    "handoffs": "DELETE FROM handoffs",
    "handoff_keys": "UPDATE handoff_keys SET removed_at_ms = :now WHERE removed_at_ms IS NULL",
    "contacts": "UPDATE contacts SET ended_at_ms = :now WHERE ended_at_ms IS NULL",
    "invitations": "UPDATE invitations SET expires_at = :now WHERE expires_at > :now",
    "enrolments": (
        "UPDATE enrolments SET withdrawn_at_ms = :now WHERE finished_at_ms IS NULL AND withdrawn_at_ms IS NULL"
    ),
    "resets": "UPDATE resets SET closed_at_ms = :now WHERE closed_at_ms IS NULL",
    # Asked for and approved before the backup, perhaps withdrawn since. One that was begun is finished by the start.
    "erasures": "UPDATE erasures SET closed_at_ms = :now WHERE closed_at_ms IS NULL AND intent_index IS NULL",
    # Whether it was cancelled or released since the backup nobody here knows: nothing is released twice.
    "actions": (
        "UPDATE actions SET state = 'cancelled', ended_at_ms = :now WHERE state IN ('proposed', 'approved')"
    ),
    "api_keys": "UPDATE api_keys SET revoked_at_ms = :now WHERE revoked_at_ms IS NULL",
    "webhooks": "UPDATE webhooks SET removed_at_ms = :now WHERE removed_at_ms IS NULL",
    # Whether it was decided or refused since nobody here knows: two officers decide anew.
    "block_lifts": "UPDATE block_lifts SET closed_at_ms = :now WHERE closed_at_ms IS NULL",
    "visits": "UPDATE visits SET ended_at_ms = :now WHERE ended_at_ms IS NULL",
    "leaders": "DELETE FROM leaders",
    "badges": "UPDATE badges SET expires_at_ms = :now WHERE expires_at_ms > :now",
    "passkey_challenges": "DELETE FROM passkey_challenges",
    "provider_sign_ins": "DELETE FROM provider_sign_ins",
    # A code is of its device's step, clock_offset away from ours. Whatever was used before now is passed by now.
    "authenticators": (
        "UPDATE authenticators SET previous_step = last_step, previous_used_by = last_used_by,"
        " last_step = :step + clock_offset, last_used_by = '' WHERE last_step < :step + clock_offset"
    ),
    # Which of them were used since the backup nobody here knows.
    "recovery_codes": "DELETE FROM recovery_codes",
    "factor_requests": (
        "UPDATE factor_requests SET closed_at_ms = :now WHERE closed_at_ms IS NULL AND done_at_ms IS NULL"
    ),
    "known_devices": "UPDATE known_devices SET void_at_ms = :now WHERE void_at_ms IS NULL",
}

ENDED_BY_A_RESTORE: Final = frozenset(_ENDS)


def end_what_was_given(database: Path, *, now_ms: int, step: int) -> dict[str, int]:
    """Durable on return, in one transaction: sign-ins, customers' cookies, invitations, links and keys end, and every
    code up to `step` counts as used. How many rows of each table. Raises CopyUnusable."""
    counts: dict[str, int] = {}
    try:
        with closing(sqlite3.connect(database, isolation_level=None, timeout=LOCK_WAIT_S)) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("BEGIN IMMEDIATE")
            there = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}
            for table, statement in _ENDS.items():
                if table in there:
                    counts[table] = connection.execute(statement, {"now": now_ms, "step": step}).rowcount
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise CopyUnusable(f"{database} cannot be made ready: {error}.") from error
    return counts
