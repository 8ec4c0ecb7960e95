"""Copies of the database: of one instant, whole, or none; and what a restored one does not carry over."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from server.storage.copying import CopyUnusable, check_database, copy_database, highest_log_index, schema_of
from server.storage.database import Database
from server.storage.restored import ENDED_BY_A_RESTORE, end_what_was_given
from server.storage.schema import newest_schema
from server.storage.tables import attempts, metadata
from tests.protocol.earlier_schema import ROWS, make_database, rows_in


@pytest.fixture
def file(database: Database, tmp_path: Path) -> Path:  # it is made by then
    return tmp_path / "tachiai.sqlite"


def add(file: Path, account: str, *, waits_s: float = 5.0) -> None:
    with closing(sqlite3.connect(file, timeout=waits_s)) as connection:
        connection.execute("INSERT INTO attempts VALUES (?, '[]', 0)", (account,))
        connection.commit()


def accounts(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return [row[0] for row in connection.execute("SELECT account FROM attempts ORDER BY account")]


async def test_nobody_can_write_at_the_instant_and_what_comes_after_is_not_in_the_copy(
    database: Database, file: Path, tmp_path: Path
) -> None:
    async with database.writing() as connection:
        await connection.execute(attempts.insert().values(account="before", times="[]", in_a_row=0))

    def instant() -> None:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            add(file, "at the instant", waits_s=0.0)

    copy_database(file, tmp_path / "copy", instant)
    add(file, "after")
    assert accounts(tmp_path / "copy") == ["before"]
    assert accounts(file) == ["after", "before"]


async def test_a_copy_that_is_given_up_keeps_nobody_from_writing(file: Path, tmp_path: Path) -> None:
    class GivenUp(Exception):
        pass

    def instant() -> None:
        raise GivenUp

    with pytest.raises(GivenUp):
        copy_database(file, tmp_path / "given-up", instant)
    add(file, "after", waits_s=0.0)


async def test_a_copy_is_one_private_file_with_the_schema_of_the_original(file: Path, tmp_path: Path) -> None:
    copy_database(file, tmp_path / "copy", lambda: None)
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600
    assert schema_of(tmp_path / "copy") == newest_schema()
    assert not (tmp_path / "copy-wal").exists()
    assert highest_log_index(tmp_path / "copy") == -1


async def test_what_is_no_database_or_does_not_hold_together_is_told(file: Path, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database at all, but long enough to look at" * 40)
    for use in (check_database, schema_of, highest_log_index):
        with pytest.raises(CopyUnusable):
            use(tmp_path / "text")
    with pytest.raises(CopyUnusable, match="no database"):
        copy_database(tmp_path / "nowhere", tmp_path / "copy", lambda: None)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO customer_cookies VALUES ('ab', 'ses_nobody', 1)")
        connection.commit()
    with pytest.raises(CopyUnusable, match="refers to none"):
        copy_database(file, tmp_path / "broken", lambda: None)


@pytest.mark.parametrize(
    ("offset", "before", "after"), [(0, 90, 100), (1, 90, 101), (-1, 90, 99), (0, 100, 100), (1, 102, 102)]
)
async def test_no_code_up_to_the_step_of_now_works_again(
    file: Path, offset: int, before: int, after: int
) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(
            "INSERT INTO authenticators (id, owner, version, sealed, clock_offset, last_step, last_used_by,"
            " previous_step, previous_used_by) VALUES ('a', 'o', 1, x'00', ?, ?, 'somebody', 80, 'another')",
            (offset, before),
        )
        connection.commit()
    end_what_was_given(file, now_ms=3_000_000, step=100)
    with closing(sqlite3.connect(file)) as connection:
        row = connection.execute("SELECT last_step, last_used_by FROM authenticators").fetchone()
    assert row == (after, "somebody" if before == after else "")


STAYS = {
    "staff",
    "customers",
    "cases",
    "sessions",
    "attempts",
    "flags",
    "flag_verdicts",
    "proof_demands",  # who had to prove who they are goes on having to
    "officer_messages",  # what was read since is to be read once more
    "case_files",
    "case_file_items",
    "case_file_people",  # who keeps away from a file goes on keeping away
    "canaries",  # one that was removed since is one again: that takes access away and gives none
    "holds",
    "passkeys",  # as accounts are: whoever restores is told to look at them
    "passkey_handles",
    "staff_identities",
    "badge_keys",  # they are public
    "handoff_uses",  # names of tokens that opened something: a token lives for two minutes
    "factor_caps",  # what counts for less goes on doing so
    "cancellations",  # they only take away
    "verification_requests",  # their sessions have ended, and each is told so
    "bus_runs",  # by them a Redis of before is refused, which it should be all the more
    "outbox",  # what was not sent then is sent, under its former id, until its last day
}  # a start ends sessions, with their cause


def test_of_every_table_it_is_decided_whether_a_restore_ends_its_rows() -> None:
    assert set(metadata.tables) == ENDED_BY_A_RESTORE | STAYS
    assert not ENDED_BY_A_RESTORE & STAYS


def test_whatever_gave_access_in_the_backup_has_ended_after_a_restore(tmp_path: Path) -> None:
    file = tmp_path / "tachiai.db"
    make_database(file, newest_schema())
    open_rows = {
        "logins": "ended_at_ms = NULL",
        "invitations": "expires_at = 9000000",
        "enrolments": "finished_at_ms = NULL, withdrawn_at_ms = NULL",
        "resets": "closed_at_ms = NULL",
        "erasures": "closed_at_ms = NULL, intent_index = NULL",
        "api_keys": "revoked_at_ms = NULL",
        "webhooks": "removed_at_ms = NULL",
        "block_lifts": "closed_at_ms = NULL",
        "visits": "ended_at_ms = NULL",
        "known_devices": "void_at_ms = NULL",
        "factor_requests": "closed_at_ms = NULL, done_at_ms = NULL",
        "customer_logins": "ended_at_ms = NULL",
        "handoff_keys": "removed_at_ms = NULL",
        "contacts": "ended_at_ms = NULL",
        "actions": "state = 'approved'",
        "badges": "expires_at_ms = 9000000",
    }
    with closing(sqlite3.connect(file)) as connection:
        for table, change in open_rows.items():
            connection.execute(f"UPDATE {table} SET {change}")  # noqa: S608  # ours
        connection.commit()
    counts = end_what_was_given(file, now_ms=3_000_000, step=100_000)
    emptied = ("customer_cookies", "authenticators", "leaders", "recovery_codes", "handoffs")
    questions = ("passkey_challenges", "provider_sign_ins")
    assert counts == dict.fromkeys([*open_rows, *emptied, *questions], ROWS)
    after = rows_in(file)
    assert after["customer_cookies"] == []
    for table, column in (
        ("logins", "ended_at_ms"),
        ("invitations", "expires_at"),
        ("enrolments", "withdrawn_at_ms"),
        ("resets", "closed_at_ms"),
        ("api_keys", "revoked_at_ms"),
        ("webhooks", "removed_at_ms"),
    ):
        assert [row[column] for row in after[table]] == [3_000_000] * ROWS, table
    assert end_what_was_given(file, now_ms=4_000_000, step=100_000) == dict.fromkeys(counts, 0)


def test_a_database_of_the_first_version_is_made_ready_too(tmp_path: Path) -> None:
    file = tmp_path / "tachiai.db"
    make_database(file, "0001")
    assert "api_keys" not in end_what_was_given(file, now_ms=3_000_000, step=100_000)
