"""Browsers without pictures: what the pages send, sent by hand."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from server.badges.issuer import request_text
from session.consent import canonical
from tests.protocol.described import check_described
from tests.protocol.key_shares import send_answer, send_offer
from tests.protocol.server_stand import Stand, page_id

WITHIN_S = 30.0  # a machine that stands still for seconds is no server that does not answer
IDLE_S = 5.0  # the server closes what is idle for 10 s; a request sent in that moment is reset
PAGES = ("/api/", "/agent/", "/security/sign-in", "/sign-out")


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    body: Any
    headers: Any


class Browser:
    """One browser with its cookies. Requests carry its origin as a browser's would."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(keepalive_timeout=IDLE_S),
            timeout=aiohttp.ClientTimeout(total=WITHIN_S),
        )
        self.device = DeviceKey()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.session.close()

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answered:
        data = raw if raw is not None else (json.dumps(body).encode() if body is not None else None)
        sent = {
            "Origin": self.stand.url,
            **({"Content-Type": "application/json"} if data is not None else {}),
        }
        url = self.stand.url + (path if path.startswith(PAGES) else f"/api/v1{path}")
        async with self.session.request(
            method, url, data=data, headers={**sent, **(headers or {})}, allow_redirects=False
        ) as response:
            text = await response.read()
            check_described(method, url.removeprefix(self.stand.url), response.status)
            is_json = response.content_type in {"application/json", "application/problem+json"}
            return Answered(response.status, json.loads(text) if is_json else text, response.headers)

    async def page(self, path: str, *, headers: dict[str, str] | None = None) -> Answered:
        async with self.session.get(
            self.stand.url + path, headers=headers, allow_redirects=False
        ) as response:
            check_described("GET", path, response.status)
            return Answered(response.status, await response.text(), response.headers)

    async def sign_in(self, username: str, door: str = "agent") -> Answered:
        return await self.ask(
            "POST",
            "/logins",
            {
                "door": door,
                "username": username,
                "password": self.stand.accounts[username].password,
                "code": self.stand.fresh_code(username),
            },
        )

    async def open_session(
        self, reference: str = "C-2041", *, contact: str = "text", **more: str
    ) -> dict[str, Any]:
        """With a badge. Words are compared where the `contact` is a voice."""
        asked = {"case": await self.stand.case_of(reference), "contact": contact, **more}
        answer = await self.ask("POST", "/sessions", asked)
        assert answer.status == 201, answer.body
        await self.show_badge(answer.body["session"], reference)
        return dict(answer.body)

    async def show_badge(self, session: str, reference: str = "C-2041") -> Answered:
        signature = self.device.sign(request_text(session, reference))
        answer = await self.ask(
            "POST", f"/sessions/{session}/badge", {"device_key": self.device.jwk, "signature": signature}
        )
        assert answer.status == 200, answer.body
        assert answer.body["document"], answer.body  # an agent with a passkey has to use it first
        return answer

    async def ticket(self, **asked: str) -> str:
        answer = await self.ask("POST", "/socket-tickets", asked)
        assert answer.status == 200, answer.body
        return str(answer.body["ticket"])

    @asynccontextmanager
    async def socket(self, *, page: str | None = None, **asked: str) -> AsyncIterator["Socket"]:
        """Seated and welcomed."""
        async with self.dial() as socket:
            socket.page = page or page_id()
            await socket.send({"type": "hello", "ticket": await self.ticket(**asked), "page": socket.page})
            await socket.next("welcome")
            yield socket

    @asynccontextmanager
    async def dial(self, origin: str | None = None) -> AsyncIterator["Socket"]:
        url = f"{self.stand.url}/api/v1/socket"
        headers = {"Origin": origin or self.stand.url}
        async with self.session.ws_connect(url, headers=headers) as connection, asyncio.TaskGroup() as group:
            socket = Socket(connection)
            pump = group.create_task(socket.pump())
            try:
                yield socket
            finally:
                pump.cancel()


class Socket:
    """A page's end of the live protocol. It always reads, as a browser does, and remembers every message it got."""

    def __init__(self, connection: "aiohttp.ClientWebSocketResponse[Any]") -> None:
        self.connection = connection
        self.got: list[dict[str, Any]] = []
        self.page = ""
        self._arrived: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

    async def pump(self) -> None:
        try:
            while (frame := await self.connection.receive()).type is aiohttp.WSMsgType.TEXT:
                self._arrived.put_nowait(json.loads(frame.data))
        except ConnectionError:
            return
        finally:
            self._arrived.put_nowait(None)

    async def send(self, message: dict[str, Any]) -> None:
        await self.connection.send_str(json.dumps(message))

    async def read(self) -> dict[str, Any] | None:
        """The next message; None when the socket is closed."""
        async with asyncio.timeout(WITHIN_S):
            message = await self._arrived.get()
        if message is not None:
            self.got.append(message)
        return message

    async def next(self, kind: str) -> dict[str, Any]:
        while (message := await self.read()) is not None:
            if message["type"] == kind:
                return message
        raise AssertionError(f"closed with {self.connection.close_code} before a {kind}: {self.got[-3:]}")

    async def view(self, state: str) -> dict[str, Any]:
        """The view once it shows this state."""
        for message in reversed(self.got):
            if message["type"] in {"state", "welcome"}:
                if message["view"].get("state") == state:
                    return dict(message["view"])
                break
        while (message_or_none := await self.read()) is not None:
            if message_or_none["type"] == "state" and message_or_none["view"].get("state") == state:
                return dict(message_or_none["view"])
        raise AssertionError(f"closed before {state}: {self.got[-3:]}")

    async def closed(self) -> int | None:
        while await self.read() is not None:
            continue
        return self.connection.close_code


class DeviceKey:
    """What a page keeps in IndexedDB."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        numbers = self.private.public_key().public_numbers()
        x, y = (_base64url(part.to_bytes(32)) for part in (numbers.x, numbers.y))
        self.jwk = f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'

    def sign(self, document: str) -> str:
        r, s = decode_dss_signature(self.private.sign(document.encode(), ec.ECDSA(hashes.SHA256())))
        return _base64url(r.to_bytes(32) + s.to_bytes(32))


class Customer(Browser):
    def __init__(self, stand: Stand, reference: str = "K-30518") -> None:
        super().__init__(stand)
        self.reference = reference
        self.key = DeviceKey()

    async def claim(
        self,
        invitation: dict[str, Any],
        *,
        by_code: bool = False,
        headers: dict[str, str] | None = None,
    ) -> Answered:
        way = {"code": invitation["code"]} if by_code else {"token": invitation["link"].partition("#")[2]}
        return await self.ask(
            "POST",
            "/invitations/claim",
            {**way, "device_key": self.key.jwk, "language": "en"},
            headers=headers,
        )

    async def type_code(self, code: str | None = None) -> Answered:
        typed = code or self.stand.fresh_code(self.reference)
        return await self.ask("POST", "/customer/session/verification", {"code": typed})

    async def agree(
        self,
        proposal: dict[str, Any],
        *,
        surface: str = "tab",
        minutes: int = 5,
        extras: tuple[str, ...] = (),
    ) -> Answered:
        document = self.document(proposal, surface=surface, minutes=minutes, extras=extras)
        return await self.ask(
            "POST", "/customer/session/consent", {"document": document, "signature": self.key.sign(document)}
        )

    def document(
        self,
        proposal: dict[str, Any],
        *,
        surface: str = "tab",
        minutes: int = 5,
        extras: tuple[str, ...] = (),
    ) -> str:
        wording = proposal["wordings"][0]
        return canonical(
            {
                "v": 1,
                "kind": "tachiai-consent",
                "session": proposal["session"],
                "agent": proposal["agent"],
                "organisation": proposal["organisation"],
                "scopes": sorted([surface, *extras]),
                "duration_ms": minutes * 60_000,
                "nonce": proposal["nonce"],
                "wording": {name: wording[name] for name in ("language", "sha256", "version")},
                "transcript": proposal["transcript"],
                "device": proposal["device"],
                "page_time_ms": self.stand.clock.now_ms(),
            }
        )


@dataclass(frozen=True, slots=True)
class Share:
    """Two people in a session, with their sockets."""

    agent: Browser
    customer: Customer
    agent_socket: Socket
    customer_socket: Socket
    session: str


@asynccontextmanager
async def in_verifying(
    stand: Stand, *, username: str = "agent", customer_reference: str = "K-30518", **opened_as: str
) -> AsyncIterator[Share]:
    """A signed-in agent, a customer who claimed and accepted the badge, both connected."""
    async with Browser(stand) as agent, Customer(stand, customer_reference) as customer:
        signed_in = await agent.sign_in(username)
        assert signed_in.status == 201, signed_in.body
        opened = await agent.open_session(**opened_as)
        assert (await customer.claim(opened["invitation"])).status == 201
        async with (
            agent.socket(session=opened["session"]) as at_agent,
            customer.socket(purpose="session") as at_customer,
        ):
            await at_customer.send({"type": "badge.shown"})
            await at_customer.view("introducing")
            await at_customer.send({"type": "badge.accept"})
            await at_customer.view("verifying")
            yield Share(agent, customer, at_agent, at_customer, opened["session"])


@asynccontextmanager
async def in_ready(stand: Stand, *extras: str) -> AsyncIterator[Share]:
    """Verified and agreed, also to `extras`."""
    async with in_verifying(stand) as share:
        await agreed(share, *extras)
        yield share


async def agreed(share: Share, *extras: str) -> None:
    """From the question for a code to an agreement."""
    assert (await share.customer.type_code()).body["outcome"] == "verified"
    asked = await share.customer_socket.view("consenting")
    answer = await share.customer.agree(asked["proposal"], extras=extras)
    assert answer.status == 200, answer.body
    await share.customer_socket.view("ready")


@asynccontextmanager
async def in_sharing(stand: Stand, *extras: str) -> AsyncIterator[Share]:
    """Media flows as far as the fake gate goes."""
    async with in_ready(stand, *extras) as share:
        await begin(share)
        yield share


async def begin(share: Share) -> None:
    """From an agreement to a picture."""
    await send_offer(share)
    await share.customer_socket.next("media.answer")
    await send_answer(share, await share.agent_socket.next("media.offer"))
    await share.customer_socket.next("media.keys")
    await share.customer_socket.send({"type": "share.start", "surface": "tab"})
    await share.customer_socket.view("sharing")


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
