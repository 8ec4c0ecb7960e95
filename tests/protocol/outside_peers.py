"""Whom messages go to, in tests: a mail server and a webhook's receiver, with real protocols on real sockets."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar

from server.certificate import self_signed
from server.clock import SystemClock

LONGEST_LINE = 64 * 1024


@dataclass
class Secured:
    """Both ends of TLS for `localhost`: `client` trusts nothing but this certificate."""

    server: ssl.SSLContext
    client: ssl.SSLContext
    authority: Path


def secured(folder: Path) -> Secured:
    server = self_signed(folder, "localhost", SystemClock().now_ms()).context
    authority = folder / "demo-certificate.pem"
    return Secured(server, ssl.create_default_context(cafile=str(authority)), authority)


@dataclass
class MailPeer:
    """Speaks SMTP (RFC 5321) with STARTTLS and AUTH PLAIN; `answers` overrides what it says to a command."""

    tls: ssl.SSLContext | None = None
    user: str = ""
    password: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    _secure: bool = False
    _signed_in: bool = False

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.silent:
                await reader.read()
                return
            await self._conversation(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _conversation(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._secure = self._signed_in = False
        await _say(writer, "220 mail.test ready")
        while line := await reader.readline():
            command = line.decode("utf-8").rstrip("\r\n")
            verb = command.split(" ")[0].split(":")[0].upper()
            self.commands.append(command if verb != "AUTH" else "AUTH")
            if verb in self.answers:
                await _say(writer, self.answers[verb])
            elif verb == "STARTTLS" and self.tls is not None:
                await _say(writer, "220 go ahead")
                await writer.start_tls(self.tls)
                self._secure = True
            elif verb == "DATA":
                await self._data(reader, writer)
            else:
                await _say(writer, *self._plainly(verb, command))
            if verb == "QUIT":
                return

    def _plainly(self, verb: str, command: str) -> list[str]:
        if verb == "EHLO":
            offers = [] if self._secure or self.tls is None else ["STARTTLS"]
            offers += ["AUTH PLAIN"] if self.user else []
            return [*(f"250-{one}" for one in ["mail.test", *offers]), "250 SIZE 1000000"]
        if verb == "AUTH":
            given = base64.b64decode(command.split(" ")[2]).decode().split("\0")[1:]
            self._signed_in = given == [self.user, self.password]
            return ["235 welcome" if self._signed_in else "535 no"]
        return ["221 bye" if verb == "QUIT" else "250 fine"]

    async def _data(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (self.user and not self._signed_in) or (self.tls is not None and not self._secure):
            await _say(writer, "530 not like this")
            return
        await _say(writer, "354 go on")
        await self._take(await reader.readuntil(b"\r\n.\r\n"))
        await _say(writer, "250 taken")

    async def _take(self, content: bytes) -> None:
        whole = content.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
        parsed = message_from_bytes(whole, policy=policy.SMTP)
        if not isinstance(parsed, EmailMessage):
            raise TypeError("the policy makes messages of this type")
        self.taken.append(parsed)


@dataclass(frozen=True)
class Call:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HookPeer:
    """Speaks HTTP/1.1; `answers` are used up in turn, the last one stays. `heard` runs before an answer."""

    answers: list[bytes] = field(default_factory=lambda: [answer(204)])
    heard: Callable[[], None] = lambda: None
    port: int = 0
    calls: list[Call] = field(default_factory=list)
    connections: int = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {
                name.lower(): value.strip()
                for name, _, value in (one.partition(":") for one in head[1:] if one)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.calls.append(Call(head[0].split(" ")[1], headers, body))
            self.heard()
            writer.write(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()


Peer = TypeVar("Peer", MailPeer, HookPeer)


def answer(status: int, *, headers: Sequence[str] = (), body: bytes = b"") -> bytes:
    lines = [f"HTTP/1.1 {status} said", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@asynccontextmanager
async def listening(peer: Peer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Peer]:
    """`tls`: from the first octet on."""
    server = await asyncio.start_server(peer.talk, "127.0.0.1", 0, ssl=tls, limit=LONGEST_LINE * 4)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()


async def _say(writer: asyncio.StreamWriter, *lines: str) -> None:
    writer.write("".join(f"{line}\r\n" for line in lines).encode())
    await writer.drain()
