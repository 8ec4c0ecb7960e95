"""A server folder after an erasure: no byte that opens anything about the customer, and everything else as it was."""

import sqlite3
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from audit.kek import FileKek
from audit.keystore import RECORDS
from audit.ports import OpenedEntry
from audit.report import ExitCode
from server.administration.erasure_acts import HoldCustomer, ReleaseCustomer
from session.identity import SessionId
from session.model import Session
from tests.protocol.backup_site import Site
from tests.protocol.erasure_people import CANARIES, REFERENCE, Scene, scene_in
from tests.protocol.server_stand import Stand


@dataclass(frozen=True, slots=True)
class Keys:
    """What opened the customer's sections and rows: as it lies in the key store, and in the clear."""

    wrapped: list[bytes]
    secret: list[bytes]


def keys_of(site: Site, subject: str) -> Keys:
    kek = FileKek.open(site.keys / "kek")
    with closing(sqlite3.connect(site.log / "keys.db")) as database:
        rows = database.execute(
            "SELECT key_id, wrapped, period FROM data_key WHERE subject = ?", (subject,)
        ).fetchall()
    assert RECORDS in {period for *_, period in rows}
    assert len(rows) >= 2
    return Keys(
        [wrapped for _, wrapped, _ in rows],
        [kek.unwrap(wrapped, b"data-key" + key_id) for key_id, wrapped, _ in rows],
    )


def files_of(site: Site) -> dict[str, bytes]:
    """Every file of the data folder."""
    return {
        str(path.relative_to(site.data)): path.read_bytes() for path in site.data.rglob("*") if path.is_file()
    }


def places_of(needles: list[bytes], files: dict[str, bytes]) -> list[str]:
    return [name for name, content in files.items() if any(needle in content for needle in needles)]


async def entries_of(server: Stand) -> list[OpenedEntry]:
    return await server.log.read(0, server.log.size)


async def erased(one: Scene) -> None:
    """With a hold that came and went, so that there is more to forget."""
    hold = HoldCustomer(customer=REFERENCE, kind="legal", reason="canary hold")
    await one.operator.do(hold)
    await one.operator.do(ReleaseCustomer(customer=REFERENCE, kind="legal", reason="canary hold"))
    await one.approved()
    await one.days_later()
    assert (await one.listed()).state == "done"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "site")


@dataclass(frozen=True, slots=True)
class Before:
    """What was known when there still was something to know. `shift_ms`: how far the clock had gone by the end."""

    customer: str
    keys: Keys
    entries: list[OpenedEntry]
    session: Session
    written: str
    shift_ms: int

    @property
    def words(self) -> list[str]:
        assert self.session.consent is not None
        assert self.session.device is not None
        return [
            *CANARIES,
            REFERENCE,
            self.session.consent.signature,
            self.session.device.public_key,
            "canary",
        ]


async def lived_and_erased(site: Site) -> Before:
    """A server's whole life: a customer with a session and a consent, their erasure, and the end."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(site.running())
        one = await scene_in(server, site.data, stack, keys_folder=site.keys)
        session = SessionId(await one.had_a_session())
        customer = await one.customer()
        stored = await server.foundation.stores.sessions.load(session)
        assert stored is not None
        keys = keys_of(site, customer.id)
        entries = await entries_of(server)
        assert places_of(keys.wrapped, files_of(site)) == ["log/keys.db"], "the search finds what is there"
        await erased(one)
        return Before(customer.id, keys, entries, stored, server.written.getvalue(), server.clock.shift_ms)


async def test_nothing_that_opens_anything_about_an_erased_customer_is_left(site: Site) -> None:
    before = await lived_and_erased(site)
    files = files_of(site)
    assert places_of([word.encode() for word in before.words], files) == []
    assert places_of([*before.keys.wrapped, *before.keys.secret], files) == []
    named = [word for word in [*before.words, before.customer] if word in before.written]
    assert named == [], "nor in the server's own messages"
    assert site.verify().exit_code == ExitCode.GOOD


async def test_what_the_organisation_did_stays_readable_without_the_customer(site: Site) -> None:
    before = await lived_and_erased(site)
    async with site.running(shift_ms=before.shift_ms) as server:
        after = await entries_of(server)
        ended = await server.foundation.stores.sessions.load(before.session.id)
    assert all(entry.event is not None for entry in after)
    theirs = [entry for entry in before.entries if entry.event and before.customer in entry.event.personal]
    assert theirs
    for entry in theirs:
        now = after[entry.index]
        assert now.event is not None
        assert entry.event is not None
        assert "subject/0" in now.erased
        assert now.event == replace(entry.event, personal={})
    assert not [entry for entry in after if entry.event and before.customer in entry.event.personal]
    assert ended is not None
    assert ended == replace(before.session, consent=None, device=None, verification=None)
    assert site.verify().exit_code == ExitCode.GOOD


async def test_a_backup_of_afterwards_holds_nothing_of_them_either(site: Site, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(site.running())
        one = await scene_in(server, site.data, stack, keys_folder=site.keys)
        await one.had_a_session()
        keys = keys_of(site, (await one.customer()).id)
        await erased(one)
        await site.backup(tmp_path / "backup")
    files = {str(path): path.read_bytes() for path in (tmp_path / "backup").rglob("*") if path.is_file()}
    assert files
    assert places_of([word.encode() for word in (*CANARIES, REFERENCE)], files) == []
    assert places_of(keys.wrapped, files) == []


async def test_the_others_are_as_they_were(site: Site) -> None:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(site.running())
        one = await scene_in(server, site.data, stack, keys_folder=site.keys)
        stores = server.foundation.stores
        await one.had_a_session()
        others = [found for found in await stores.customer_roll.page("") if found.reference != REFERENCE]
        cases = [case for case in await stores.case_roll.page(only_open=False) if case.reason]
        await erased(one)
        left = [found for found in await stores.customer_roll.page("") if found.erased_at_ms is None]
        assert left == others
        assert len([case for case in await stores.case_roll.page(only_open=False) if case.reason]) == (
            len(cases) - 1
        )
