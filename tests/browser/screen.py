"""A screen that nobody sits at (Xvfb), of one colour behind all windows: what a whole screen shows."""

import asyncio
import os
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

SOCKETS: Final = "/tmp/.X11-unix"  # noqa: S108  (where every X server has its socket)
WITHIN_S: Final = 30.0
WIDTH: Final = 1280
HEIGHT: Final = 720
Colour = tuple[int, int, int]

# The X protocol, version 11, as far as it is needed: its numbers for "change a window's attributes",
# "clear an area" and "warp the pointer".
_HELLO: Final = struct.pack("<2sHHHHH", b"l\0", 11, 0, 0, 0, 0)
_CHANGE, _CLEAR, _WARP, _BACKGROUND = 2, 61, 41, 2
_FORMAT_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Screen:
    name: str  # what DISPLAY has to say
    _root: int
    _writer: asyncio.StreamWriter

    async def point_away(self) -> None:
        """The pointer stands in the middle at first, where a picture is looked at."""
        self._writer.write(
            struct.pack("<BxHIIhhHHhh", _WARP, 6, 0, self._root, 0, 0, 0, 0, WIDTH - 1, HEIGHT - 1)
        )
        await self._writer.drain()

    async def paint(self, colour: Colour) -> None:
        """As red, green, blue; seen where no window is."""
        pixel = int.from_bytes(bytes(colour), "big")
        self._writer.write(struct.pack("<BxHIII", _CHANGE, 4, self._root, _BACKGROUND, pixel))
        self._writer.write(struct.pack("<BxHIHHHH", _CLEAR, 4, self._root, 0, 0, 0, 0))
        await self._writer.drain()


@asynccontextmanager
async def screen(colour: Colour) -> AsyncIterator[Screen]:
    """Without a window manager; stopped by its pid."""
    read, write = os.pipe()
    process = await asyncio.create_subprocess_exec(
        *(
            "Xvfb",
            "-displayfd",
            str(write),
            "-screen",
            "0",
            f"{WIDTH}x{HEIGHT}x24",
            "-nolisten",
            "tcp",
            "-noreset",
        ),
        pass_fds=(write,),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as told:
            number = (await asyncio.wait_for(asyncio.to_thread(told.readline), WITHIN_S)).strip()
        assert number, "Xvfb did not start"
        reader, writer = await asyncio.open_unix_connection(f"{SOCKETS}/X{number}")
        try:
            made = Screen(f":{number}", await _root_window(reader, writer), writer)
            await made.point_away()
            await made.paint(colour)
            yield made
        finally:
            writer.close()
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _root_window(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    writer.write(_HELLO)
    accepted, words = struct.unpack("<BxxxxxH", await reader.readexactly(8))
    told = await reader.readexactly(4 * words)
    assert accepted == 1, told
    vendor, formats = struct.unpack_from("<16xHxxxB", told)
    (root,) = struct.unpack_from("<I", told, 32 + (vendor + 3) // 4 * 4 + _FORMAT_BYTES * formats)
    return int(root)
