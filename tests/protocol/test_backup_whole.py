"""From a running server to a backup, and from the backup to a server on an empty machine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from audit.event import EventName
from audit.report import ExitCode
from tests.protocol.backup_site import Site
from tests.protocol.server_people import Browser, Customer, in_sharing
from tests.protocol.server_stand import PASSWORDS


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of the old machine: its backup, and what people of then still have in their hands."""

    old: Site
    backup: Path
    shift_ms: int
    entries: int
    session: str
    cookies: dict[str, str]
    used_login: dict[str, str]


@pytest.fixture
async def left(tmp_path: Path) -> Left:
    """Taken during a share; after it, an agent signs in with a code."""
    old = Site(tmp_path / "old")
    async with old.running() as server, in_sharing(server) as share, Browser(server) as later:
        taken = await old.backup(tmp_path / "backup")
        assert taken.manifest.log_size <= taken.entry
        code = server.fresh_code("agent2")
        used = {"door": "agent", "username": "agent2", "password": PASSWORDS["agent2"], "code": code}
        assert (await later.ask("POST", "/logins", used)).status == 201
        return Left(
            old,
            tmp_path / "backup",
            server.clock.shift_ms,
            taken.manifest.log_size,
            share.session,
            {cookie.key: cookie.value for cookie in share.agent.session.cookie_jar},
            used,
        )


@pytest.fixture
async def new(tmp_path: Path, left: Left) -> Site:
    """An empty machine with the key-encryption key, to which the backup was restored."""
    site = Site(tmp_path / "new").empty(kek_of=left.old)
    restored = await site.restore(left.backup, shift_ms=left.shift_ms)
    assert (restored.plan.first_missing, restored.plan.lockstate_survived) == (None, False)
    return site


async def test_the_restored_log_verifies_and_tells_of_the_restore(new: Site, left: Left) -> None:
    assert new.verify().exit_code == ExitCode.GOOD
    badges = "badge-keys.json"
    assert (new.keys / badges).read_bytes() == (left.old.keys / badges).read_bytes()
    async with new.running(shift_ms=left.shift_ms) as server:
        restored = [e for e in await server.events() if e.name is EventName.OPERATOR_BACKUP_RESTORED]
        assert [event.facts["entries"] for event in restored] == [left.entries]


async def test_a_session_that_was_live_in_the_backup_has_ended_with_its_cause(new: Site, left: Left) -> None:
    async with new.running(shift_ms=left.shift_ms) as server:
        ends = [event for event in await server.events() if event.name is EventName.SYSTEM_SESSION_ENDED]
        assert [(event.session, event.facts["cause"]) for event in ends] == [
            (left.session, "server_restarted")
        ]


async def test_a_session_can_be_opened_on_the_restored_server(new: Site, left: Left) -> None:
    async with (
        new.running(shift_ms=left.shift_ms) as server,
        Browser(server) as agent,
        Customer(server) as customer,
    ):
        assert (await agent.sign_in("agent")).status == 201
        opened = await agent.open_session()
        assert (await customer.claim(opened["invitation"])).status == 201


async def test_neither_a_cookie_of_then_nor_a_code_used_since_opens_anything(new: Site, left: Left) -> None:
    async with new.running(shift_ms=left.shift_ms) as server, Browser(server) as thief:
        body: dict[str, Any] = {"case": await server.case_of("C-2041")}
        thief.session.cookie_jar.update_cookies(left.cookies)
        assert (await thief.ask("POST", "/sessions", body)).status == 401
        thief.session.cookie_jar.clear()
        assert (await thief.ask("POST", "/logins", left.used_login)).status == 401
