"""Acts reach the office: by a running server's control socket, and without a server; never past the log's lock."""

import os
import socket
import stat
from pathlib import Path

import aiohttp
import pytest

from audit.event import Actor, ActorKind, EventName
from server.administration.acts import ListStaff, NoteBackup, Status
from server.administration.control import may_ask, serving
from server.administration.errors import ActRefused, CannotReach
from server.administration.host_user import operator
from server.administration.reaching import perform
from server.administration.socket_place import SOCKET_FILE, address_in
from server.administration.wire import PATH
from tests.protocol.administration_ways import settings_of
from tests.protocol.server_stand import Stand, stand

BACKUP = NoteBackup(entries=1, size_bytes=4711, with_keys=False, manifest_sha256="ab" * 32)


async def sent_raw(folder: Path, body: bytes) -> tuple[int, bytes]:
    with address_in(folder) as address:
        async with (
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(address)) as session,
            session.post(f"http://tachiai{PATH}", data=body) as answer,
        ):
            return answer.status, await answer.read()


async def backups_noted(server: Stand) -> list[Actor]:
    return [event.actor for event in await server.events() if event.name is EventName.OPERATOR_BACKUP_MADE]


async def test_a_running_server_answers_on_its_control_socket(tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        status = await perform(settings_of(tmp_path), Status())
        assert (status.running, status.reasons, status.sessions) == (True, [], 0)
        noted = await perform(settings_of(tmp_path), BACKUP)
        assert await backups_noted(server) == [operator(os.getuid())]
        assert noted.entry < server.log.size


async def test_without_a_server_the_same_acts_are_done_and_recorded(tmp_path: Path) -> None:
    async with stand(tmp_path):
        pass
    assert not (tmp_path / SOCKET_FILE).exists()
    status = await perform(settings_of(tmp_path), Status())
    assert (status.running, status.started_at_ms) == (False, None)
    noted = await perform(settings_of(tmp_path), BACKUP)
    async with stand(tmp_path) as server:
        assert await backups_noted(server) == [operator(os.getuid())]
        entry = (await server.log.read(noted.entry, noted.entry + 1))[0].event
        assert entry is not None
        assert entry.facts["size_bytes"] == 4711


async def test_staff_are_listed_alike_both_ways(tmp_path: Path) -> None:
    async with stand(tmp_path):
        there = await perform(settings_of(tmp_path), ListStaff())
    here = await perform(settings_of(tmp_path), ListStaff())
    assert there == here
    assert [(line.username, line.state) for line in here.staff] == [
        ("agent", "active"),
        ("agent2", "active"),
        ("officer", "active"),
    ]
    officers = await perform(settings_of(tmp_path), ListStaff(desk="officer"))
    assert [line.username for line in officers.staff] == ["officer"]


async def test_the_socket_is_its_owners_alone(tmp_path: Path) -> None:
    async with stand(tmp_path):
        mode = (tmp_path / SOCKET_FILE).stat().st_mode
        assert stat.S_ISSOCK(mode)
        assert stat.S_IMODE(mode) == 0o600


async def test_a_socket_that_a_killed_server_left_is_passed_by(tmp_path: Path) -> None:
    async with stand(tmp_path):
        pass
    with address_in(tmp_path) as address, socket.socket(socket.AF_UNIX) as leftover:
        leftover.bind(address)
    assert not (await perform(settings_of(tmp_path), Status())).running
    async with stand(tmp_path):  # and a new server takes its place
        assert (await perform(settings_of(tmp_path), Status())).running


async def test_a_held_log_that_nobody_answers_for_stops_everything(tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        (tmp_path / SOCKET_FILE).unlink()
        before = server.log.size
        with pytest.raises(CannotReach, match="another process writes"):
            await perform(settings_of(tmp_path), BACKUP)
        assert server.log.size == before


async def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(ActRefused, match="no data folder"):
        await perform(settings_of(tmp_path / "none"), Status())
    (tmp_path / "empty").mkdir()
    with pytest.raises(CannotReach, match="Nothing was done"):
        await perform(settings_of(tmp_path / "empty"), Status())
    assert list((tmp_path / "empty").iterdir()) == []


async def test_what_is_no_act_is_refused_and_the_server_goes_on(tmp_path: Path) -> None:
    unknown, more = b'{"act":"staff.raise"}', b'{"act":"status","more":1}'
    async with stand(tmp_path):
        for body in (b"", b"{}", b"[]", b"\xff\xfe", unknown, more, b"{" * 5_000, b"[" * 200_000):
            status, answer = await sent_raw(tmp_path, body)
            assert (status, b"Nothing was done" in answer) == (422, True), body[:20]
        assert (await perform(settings_of(tmp_path), Status())).running


async def test_a_backup_that_claims_more_than_the_log_has_is_not_noted(tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        with pytest.raises(ActRefused):
            await perform(
                settings_of(tmp_path),
                NoteBackup(entries=10**9, size_bytes=1, with_keys=True, manifest_sha256="0" * 64),
            )
        assert await backups_noted(server) == []


async def test_a_full_log_lets_nothing_be_noted(tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        server.disk.full = True
        with pytest.raises(CannotReach, match="nothing was given"):
            await perform(settings_of(tmp_path), BACKUP)


def test_only_root_and_the_servers_own_user_may_ask() -> None:
    asked = {uid: may_ask(uid, 990) for uid in (0, 990, 991, 65_534)}
    assert asked == {0: True, 990: True, 991: False, 65_534: False}


async def test_a_socket_that_cannot_be_made_is_a_refusal_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "other" / SOCKET_FILE).mkdir(parents=True)
    async with stand(tmp_path) as server:
        with pytest.raises(CannotReach, match="nobody could be disabled"):
            async with serving(tmp_path / "other", server.composed.office):
                pytest.fail("it is served")


def test_an_operator_is_named_by_the_host() -> None:
    assert operator(0) == Actor(ActorKind.OPERATOR, "host:root")
    assert operator(4_294_000_000) == Actor(ActorKind.OPERATOR, "host:4294000000")
