"""Janus, the peer of the media bench: Debian's package as it comes, its video room without a limit, ICE-lite as ours.

It is started in the bench's own network, and spoken to over its HTTP interface; a room for each stream, since a stream
here has one sender and one viewer.
"""

import asyncio
import json
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import aiohttp

from tests.bench.media_load import Opening
from tests.bench.media_stream import Publisher, Viewer

PACKAGE: Final = "janus"
STARTS_WITHIN_S: Final = 20
_URL: Final = "http://127.0.0.1:8088/janus"
_CORE: Final = """\
general: {{ configs_folder = "{place}", debug_level = 2, session_timeout = 0, reclaim_session_timeout = 0 }}
nat: {{ ice_lite = true, nice_debug = false, ice_enforce_list = "{address}" }}
media: {{ ipv6 = false }}
plugins: {{ disable = "{others}" }}
transports: {{ disable = "{transports}" }}
"""
_HTTP: Final = 'general: { http = true, port = 8088, ip = "127.0.0.1", https = false }\n'
_OTHERS: Final = ("audiobridge", "duktape", "echotest", "lua", "nosip", "recordplay", "sip", "streaming")
_MORE_OTHERS: Final = ("textroom", "videocall", "voicemail")
_TRANSPORTS: Final = ("websockets", "rabbitmq", "mqtt", "nanomsg", "pfunix")


class PeerMissing(Exception):
    """It could not be installed or started; the message says why."""


class Janus:
    """`pid` is of its one process, which has threads for each stream."""

    def __init__(self, pid: int, address: str, http: aiohttp.ClientSession) -> None:
        self.pid = pid
        self._address = address
        self._http = http

    async def connect(self, publisher: Publisher, viewer: Viewer, number: int) -> None:
        room = number + 1
        sending, seeing = await self._handle(), await self._handle()
        await sending.ask({"request": "create", "room": room, "publishers": 1, "bitrate": 0})
        joined, _ = await sending.hear({"request": "join", "ptype": "publisher", "room": room})
        offer = publisher.description("sendonly", "active") + publisher.candidate(self._address)
        publish = {"request": "publish", "audio": False, "videocodec": "vp8"}
        _, answer = await sending.hear(publish, {"type": "offer", "sdp": offer})
        await publisher.connect(answer)
        await sending.until("webrtcup")  # before that nobody can see the feed
        watch = {"request": "join", "ptype": "subscriber", "room": room, "streams": [{"feed": joined["id"]}]}
        _, offered = await seeing.hear(watch)
        told = viewer.description("recvonly", "active") + viewer.candidate(self._address)
        await seeing.hear({"request": "start"}, {"type": "answer", "sdp": told})
        await viewer.connect(offered)

    async def _handle(self) -> "_Handle":
        session = await self._post(_URL, {"janus": "create"})
        url = f"{_URL}/{session['data']['id']}"
        handle = await self._post(url, {"janus": "attach", "plugin": "janus.plugin.videoroom"})
        return _Handle(self, url, f"{url}/{handle['data']['id']}")

    async def _post(self, url: str, message: dict[str, Any]) -> dict[str, Any]:
        message = {**message, "transaction": secrets.token_hex(6)}
        async with self._http.post(url, json=message) as answer:
            found: dict[str, Any] = await answer.json()
        if found["janus"] == "error":
            raise PeerMissing(f"it answered {found['error']} to {message['janus']}")
        return found


class _Handle:
    """One attachment to the video room, in a session of its own, so that its events are its own."""

    def __init__(self, janus: Janus, session: str, url: str) -> None:
        self._janus, self._session, self._url = janus, session, url

    async def ask(self, body: dict[str, Any]) -> None:
        """What is answered at once."""
        await self._janus._post(self._url, {"janus": "message", "body": body})

    async def hear(
        self, body: dict[str, Any], jsep: dict[str, str] | None = None
    ) -> tuple[dict[str, Any], str]:
        """What is answered by an event: its data, and the SDP in it."""
        message = {"janus": "message", "body": body, **({"jsep": jsep} if jsep else {})}
        await self._janus._post(self._url, message)
        event = await self.until("event")
        data = event["plugindata"]["data"]
        if "error" in data:
            raise PeerMissing(f"it answered {data['error']!r} to {body['request']}")
        return data, event.get("jsep", {}).get("sdp", "")

    async def until(self, kind: str) -> dict[str, Any]:
        """The next event of that kind; what comes before is thrown away."""
        async with asyncio.timeout(STARTS_WITHIN_S):
            while True:
                async with self._janus._http.get(self._session) as answer:
                    event: dict[str, Any] = await answer.json()
                if event["janus"] == kind:
                    return event


def janus(address: str) -> Opening:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Janus]:
        program = await asyncio.to_thread(_installed)
        with tempfile.TemporaryDirectory() as place:
            _configure(Path(place), address)
            command = [program, "--configs-folder", place, "--config", f"{place}/janus.jcfg"]
            process = subprocess.Popen(  # noqa: ASYNC220 - it is waited for by asking it
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            try:
                async with aiohttp.ClientSession() as http:
                    await _once_it_answers(process, http)
                    yield Janus(process.pid, address, http)
            finally:
                process.kill()
                process.wait()

    return opened


def _configure(place: Path, address: str) -> None:
    others, transports = _libraries(*_OTHERS, *_MORE_OTHERS), _libraries(*_TRANSPORTS)
    core = _CORE.format(place=place, address=address, others=others, transports=transports)
    (place / "janus.jcfg").write_text(core)
    (place / "janus.transport.http.jcfg").write_text(_HTTP)
    (place / "janus.plugin.videoroom.jcfg").write_text("general: { }\n")


def _libraries(*names: str) -> str:
    return ",".join(f"libjanus_{name}.so" for name in names)


async def _once_it_answers(process: "subprocess.Popen[bytes]", http: aiohttp.ClientSession) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(STARTS_WITHIN_S):
            while process.poll() is None:
                with suppress(aiohttp.ClientError):
                    async with http.get(f"{_URL}/info") as answer:
                        json.loads(await answer.text())
                        return
                await asyncio.sleep(0.1)  # it does not tell when it listens
    raise PeerMissing("Janus did not start")


def _installed() -> str:
    if (program := shutil.which("janus")) is None and shutil.which("apt-get"):
        command = ["env", "DEBIAN_FRONTEND=noninteractive", "SYSTEMD_OFFLINE=1", "apt-get"]
        install = [
            *command,
            "-o",
            "DPkg::Lock::Timeout=120",
            "install",
            "-y",
            "-qq",
            "--no-install-recommends",
        ]
        subprocess.run([*install, PACKAGE], capture_output=True, check=False)
        program = shutil.which("janus")
    if program is None:
        raise PeerMissing(f"Janus is not installed. Run: apt-get install {PACKAGE}")
    return program
