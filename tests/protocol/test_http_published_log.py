"""`/log/`: outsiders verify the running server's log over HTTP, and get nothing but its public files there."""

import asyncio
from pathlib import Path

import pytest

from audit.commands import verify_command
from audit.report import ExitCode
from server.published_log import PublishedLog
from server.setting_groups import LogSettings
from server.settings import Settings
from tests.bench.synthetic_log import write_public
from tests.protocol.server_people import Browser
from tests.protocol.server_stand import stand


async def test_a_running_servers_log_is_verified_at_its_address(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, Browser(server) as browser:
        key = server.log.verifier_key
        said: list[str] = []
        before = (await browser.page("/log/checkpoint")).body
        state = tmp_path / "state"
        for _ in range(2):
            await browser.sign_in("agent")
            code = await asyncio.to_thread(verify_command, f"{server.url}/log/", key, state, said.append)
            assert code == ExitCode.GOOD, said
        assert "were seen before" in said[-1]
        assert before


async def test_files_say_for_how_long_they_may_be_kept(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, Browser(server) as browser:
        write_public((tmp_path / "log") / "public", 300)
        caching = {
            "checkpoint": "no-cache",
            "tile/entries/000": "public, max-age=31536000, immutable",
            "tile/0/000": "public, max-age=31536000, immutable",
            "tile/0/001.p/44": "public, max-age=60",
        }
        for name, want in caching.items():
            async with browser.session.get(f"{server.url}/log/{name}") as answer:
                assert answer.status == 200, name
                assert await answer.read() == (tmp_path / "log" / "public" / name).read_bytes()
                assert answer.headers["Cache-Control"] == want
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                kind = "text/plain; charset=utf-8" if name == "checkpoint" else "application/octet-stream"
                assert answer.headers["Content-Type"] == kind


async def test_seals_come_in_pieces_with_the_headers_of_every_answer(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, Browser(server) as browser:
        content = bytes(range(256)) * 1_000
        ((tmp_path / "log") / "public" / "seals").write_bytes(content)
        async with browser.session.get(f"{server.url}/log/seals") as answer:
            assert await answer.read() == content
            assert answer.headers["Cache-Control"] == "no-cache"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "Content-Security-Policy" in answer.headers


REFUSED = [
    "lockstate",
    "verifier.key",
    "keys.db",
    "private/lock",
    "checkpoint/",
    "tile/0/0000",
    "tile/00/000",
    "tile/64/000",
    "tile/entries/x000/000",
    "tile/entries/1",
    "tile/entries/000.p/0",
    "tile/entries/000.p/256",
    "tile/entries/000.p/01",
    "tile/entries/000.p",
    "tile/..%2f..%2fkeys.db",
    "tile/%2e%2e/%2e%2e/%2e%2e/keys.db",
    "tile/entries/٠٠٠",
    "tile/" + "x001/" * 100 + "000",
    "tile/entries/000%00",
    "tile/seals",
]


async def test_no_other_name_exists(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, Browser(server) as browser:
        for name in REFUSED:
            assert (await browser.page(f"/log/{name}")).status == 404, name


@pytest.mark.parametrize("name", [name.removeprefix("tile/") for name in REFUSED if name.startswith("tile/")])
async def test_no_other_name_is_looked_for(tmp_path: Path, name: str) -> None:
    """A file of that very name lies there, as far as it can, and is not given out."""
    write_public(tmp_path / "public", 300)
    path = tmp_path / "public" / "tile" / name
    if path.is_relative_to(tmp_path) and ".." not in name and len(name) < 200:
        path.mkdir(parents=True, exist_ok=True)
    log = PublishedLog(tmp_path, given_out=True)
    assert await log.tile(name) is None
    assert await log.note(f"tile/{name}") is None


async def test_a_link_in_the_folder_leads_nowhere(tmp_path: Path) -> None:
    public = tmp_path / "public"
    write_public(public, 300)
    (tmp_path / "secret").write_bytes(b"secret")
    for name in ("checkpoint", "tile/0/000"):
        (public / name).unlink()
        (public / name).symlink_to(tmp_path / "secret")
    (public / "seals").unlink()
    (public / "seals").symlink_to(tmp_path / "secret")
    log = PublishedLog(tmp_path, given_out=True)
    assert await log.note("checkpoint") is None
    assert await log.tile("0/000") is None
    assert log.seals() is None


async def test_a_log_that_is_not_published_is_not_there(tmp_path: Path) -> None:
    async with (
        stand(tmp_path, settings=Settings(log=LogSettings(published=False))) as server,
        Browser(server) as browser,
    ):
        for name in ("checkpoint", "seals", "witnessed", "tile/entries/000", "tile/0/000"):
            assert (await browser.page(f"/log/{name}")).status == 404
