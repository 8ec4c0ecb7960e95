"""What an earlier version kept readable is sealed by `tachiai migrate`, and stands nowhere in the file any more."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from server.backup.errors import BackupRefused
from server.backup.upgrading import upgrade
from server.clock import SystemClock
from server.foundation import opened_records
from server.keys import open_keys
from server.places import places_of
from server.storage import migrating, scrubbing
from support.identity import CustomerId
from tests.protocol.backup_site import OPERATOR, Site
from tests.protocol.earlier_schema import make_site

READABLE = (b"canary", b"customers.display_name", b"cases.reason")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "site")


def bytes_of(database: Path) -> bytes:
    """The file and whatever SQLite keeps beside it."""
    return b"".join(
        path.read_bytes() for path in database.parent.glob(f"{database.name}*") if "000" not in path.suffix
    )


async def test_what_was_readable_is_sealed_and_opens_again(site: Site) -> None:
    await make_site(site, "0003")
    database = site.data / "tachiai.db"
    assert all(word in bytes_of(database) for word in READABLE)
    await upgrade(site.settings, OPERATOR, SystemClock())
    content = bytes_of(database)
    assert not [word for word in READABLE if word in content]
    places = places_of(site.settings)
    async with opened_records(places, open_keys(places.keys), SystemClock()) as records:
        customer = await records.stores.customers.find(CustomerId("customers.id.0"))
        case = await records.stores.cases.find_all(frozenset())
        assert case == {}
        async with records.database.reading() as connection:
            sealed = (await connection.exec_driver_sql("SELECT id, customer, reason FROM cases")).all()
    assert customer is not None
    assert customer.display_name == "customers.display_name.0"
    email = customer.field("email")
    assert email is not None
    assert email.value == "canary-0@example.com"
    assert abs(customer.since_ms - SystemClock().now_ms()) < 60_000, "they are known at least since now"
    assert len({row.reason for row in sealed}) == len(sealed)


async def test_a_crash_before_the_file_is_rewritten_is_mended_by_the_next_start(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_site(site, "0003")
    database = site.data / "tachiai.db"

    async def dies(_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(migrating, "scrub_if_due", dies)
        with pytest.raises(KeyboardInterrupt):
            await upgrade(site.settings, OPERATOR, SystemClock())
    with closing(sqlite3.connect(database)) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (1,)
    places = places_of(site.settings)
    async with opened_records(places, open_keys(places.keys), SystemClock()) as records:
        async with records.database.bare() as driver:
            assert await scrubbing._one(driver, "PRAGMA user_version") == (0,)
        content = bytes_of(database)
        assert not [word for word in READABLE if word in content]


async def test_a_migration_that_fails_half_way_leaves_everything_readable_as_it_was(site: Site) -> None:
    await make_site(site, "0003")
    database = site.data / "tachiai.db"
    with closing(sqlite3.connect(database)) as raw:
        raw.execute("UPDATE sessions SET body = 'no JSON' WHERE id LIKE '%1'")
        raw.commit()
    with pytest.raises(BackupRefused, match="cannot be brought"):
        await upgrade(site.settings, OPERATOR, SystemClock())
    with closing(sqlite3.connect(database)) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == ("0003",)
        assert raw.execute("SELECT display_name FROM customers ORDER BY id").fetchone() == (
            "customers.display_name.0",
        )
