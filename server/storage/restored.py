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
    "invitations": "UPDATE invitations SET expires_at = :now WHERE expires_at > :now",
    "enrolments": (
        "UPDATE enrolments SET withdrawn_at_ms = :now WHERE finished_at_ms IS NULL AND withdrawn_at_ms IS NULL"
    ),
    "resets": "UPDATE resets SET closed_at_ms = :now WHERE closed_at_ms IS NULL",
    "api_keys": "UPDATE api_keys SET revoked_at_ms = :now WHERE revoked_at_ms IS NULL",
    # A code is of its device's step, clock_offset away from ours. Whatever was used before now is passed by now.
    "authenticators": (
        "UPDATE authenticators SET previous_step = last_step, previous_used_by = last_used_by,"
        " last_step = :step + clock_offset, last_used_by = '' WHERE last_step < :step + clock_offset"
    ),
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
