"""aiortc's MediaRelay as a server of its own process, and the aiortc peers around it.

As a module it is the server: one JSON object a line on standard input, one in answer.
"""

import asyncio
import json
import queue
import resource
import sys
import threading
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Self

import aiortc.rtcrtpreceiver
import av
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCSessionDescription,
    VideoStreamTrack,
)
from aiortc.contrib.media import MediaRelay

_CLOCK = 90_000
_LOCAL = RTCConfiguration(iceServers=[])  # the default asks a server on the Internet


class MediaRelayServer:
    """`async with` starts and ends the process."""

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.bench.media_relay",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._process.kill()
        await self._process.wait()

    async def ask(self, **question: str) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        return json.loads(await self._process.stdout.readline())

    async def cpu_seconds(self) -> float:
        used: float = (await self.ask(ask="cpu"))["cpu"]
        return used


class RelayedStreams:
    """Publishers of ready-made frames, and viewers that count frames without decoding them."""

    def __init__(self, frames: Sequence[bytes], frames_per_second: int) -> None:
        self.delivered = 0
        self._frames = frames
        self._rate = frames_per_second
        self._connections: list[RTCPeerConnection] = []
        aiortc.rtcrtpreceiver.decoder_worker = self._count  # type: ignore[assignment]  # counts in its place

    async def connect(self, server: MediaRelayServer) -> None:
        await self._join(server, "publish", ReadyMade(self._frames, self._rate))
        await self._join(server, "view", None)

    async def close(self) -> None:
        for connection in self._connections:
            await connection.close()

    async def _join(self, server: MediaRelayServer, what: str, track: MediaStreamTrack | None) -> None:
        connection = RTCPeerConnection(_LOCAL)
        self._connections.append(connection)
        transceiver = connection.addTransceiver(track or "video", "sendonly" if track else "recvonly")
        capabilities = RTCRtpReceiver.getCapabilities("video")
        assert capabilities is not None
        transceiver.setCodecPreferences([each for each in capabilities.codecs if each.name in {"VP8", "rtx"}])
        await connection.setLocalDescription(await connection.createOffer())
        answer = await server.ask(ask=what, sdp=connection.localDescription.sdp)
        await connection.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))

    def _count(
        self,
        loop: asyncio.AbstractEventLoop,
        frames: "queue.Queue[Any]",
        out: "asyncio.Queue[Any]",
        _: threading.Event,
    ) -> None:
        while frames.get() is not None:
            self.delivered += 1
        asyncio.run_coroutine_threadsafe(out.put(None), loop)


class ReadyMade(VideoStreamTrack):
    """The frames again and again, in time, without encoding."""

    def __init__(self, frames: Sequence[bytes], frames_per_second: int) -> None:
        super().__init__()
        self._frames = frames
        self._rate = frames_per_second
        self._number = 0
        self._began: float | None = None

    async def recv(self) -> "av.Packet[Any]":  # type: ignore[override]  # aiortc sends packets as they are
        loop = asyncio.get_running_loop()
        self._began = self._began or loop.time()
        await asyncio.sleep(self._began + self._number / self._rate - loop.time())
        packet = av.Packet(self._frames[self._number % len(self._frames)])
        packet.pts, packet.time_base = self._number * _CLOCK // self._rate, Fraction(1, _CLOCK)
        self._number += 1
        return packet


async def serve() -> None:
    relay, tracks, connections = MediaRelay(), list[MediaStreamTrack](), list[RTCPeerConnection]()
    while line := await asyncio.to_thread(sys.stdin.readline):
        question = json.loads(line)
        if question["ask"] == "cpu":
            used = resource.getrusage(resource.RUSAGE_SELF)
            answer: dict[str, float | str] = {"cpu": used.ru_utime + used.ru_stime}
        else:
            connection = RTCPeerConnection(_LOCAL)
            connections.append(connection)
            if question["ask"] == "publish":
                connection.on("track", tracks.append)
            else:
                connection.addTrack(relay.subscribe(tracks[-1]))
            await connection.setRemoteDescription(RTCSessionDescription(question["sdp"], "offer"))
            await connection.setLocalDescription(await connection.createAnswer())
            answer = {"sdp": connection.localDescription.sdp}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve())
