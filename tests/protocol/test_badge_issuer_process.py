"""`tachiai badge-issuer` as a process of its own: who may ask it, and how it ends."""

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import AF_UNIX
from socket import socket as socket_of

from server.badges.homes import RemoteIssuer

NOBODY = 65_534
SERVERS_GROUP = 61_000


@contextmanager
def issuer(root: Path, folder: Path, socket: Path) -> Iterator[dict[str, str]]:
    """What it says when it is ready."""
    arguments = ["--socket", str(socket), "--key-file", str(folder / "keys" / "badge.key"), "--json"]
    environment = {"PATH": os.defpath, "HOME": str(folder), "TACHIAI_ORGANISATION": "Example Bank"}
    environment["TACHIAI_HTTP__BASE_URL"] = "https://help.example.com"
    command = [sys.executable, "-P", "-m", "server", "badge-issuer", *arguments]
    running = subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE)
    try:
        assert running.stdout is not None
        yield json.loads(running.stdout.readline())
    finally:
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 0
        assert running.stdout is not None
        running.stdout.close()


def may_ask(socket: Path, group: int) -> bool:
    """Whether somebody else of this group reaches it, tried in a child. Only root can find out."""
    child = os.fork()
    if not child:
        reached = 1
        try:
            os.setgroups([])
            os.setgid(group)
            os.setuid(NOBODY)
            with socket_of(AF_UNIX) as one:
                one.connect(str(socket))
            reached = 0
        finally:
            os._exit(reached)
    return os.waitpid(child, 0)[1] == 0


def test_the_group_of_the_sockets_folder_may_ask_and_nobody_else(root: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, meeting = Path(name), Path(name) / "meeting"
        meeting.mkdir()
        folder.chmod(0o755)
        as_root = os.geteuid() == 0
        os.chown(meeting, -1, SERVERS_GROUP if as_root else os.getegid())
        meeting.chmod(0o2750)
        socket = meeting / "issuer.sock"
        with issuer(root, folder, socket) as ready:
            assert ready["socket"] == str(socket)
            assert stat.S_IMODE(socket.stat().st_mode) == 0o660
            assert socket.stat().st_gid == meeting.stat().st_gid
            assert len(asyncio.run(RemoteIssuer(socket).keys())) == 1
            assert stat.S_IMODE((folder / "keys" / "badge.key").stat().st_mode) == 0o600
            if as_root:
                assert may_ask(socket, SERVERS_GROUP)
                assert not may_ask(socket, SERVERS_GROUP + 1)
        assert not socket.exists()
