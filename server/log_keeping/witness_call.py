"""Asking one witness for its signature, until it gives it, refuses, or cannot be understood (C2SP tlog-witness)."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import aiohttp

from audit.tree_head import TreeHead
from audit.witnesses.cosignature import Cosignature, CosignatureInvalid, read_cosignatures
from audit.witnesses.exchange import (
    MAX_ANSWER,
    PATH,
    Answer,
    AnswerInvalid,
    Status,
    encode_request,
    parse_answer,
)
from audit.witnesses.policy import Witness

ANSWER_WITHIN_S: Final = 5.0
_TRIES: Final = 4  # somebody else may show the witness our checkpoints meanwhile

Prove = Callable[[int, int], list[bytes]]


class Cause(StrEnum):
    """Why a witness will not sign although it knows the log. `seen` of `Refusal` is the size it names."""

    LARGER = "larger"  # it has signed more entries than we have
    ROOT = "root"  # it has signed another root at this size
    HISTORY = "history"  # our entries do not go on from those that it has signed


@dataclass(frozen=True, slots=True)
class Refusal:
    cause: Cause
    seen: int


class Unanswered(Exception):
    """No signature this time, and nothing to conclude from it. The sentence is for the operator."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a witness is asked to sign. `prove(old, size)` leads from a smaller tree of ours to this one."""

    note: bytes
    text: str
    head: TreeHead
    prove: Prove


@asynccontextmanager
async def calling() -> AsyncIterator[aiohttp.ClientSession]:
    """No proxy, no cookies, no answer that unpacks to more than was sent."""
    async with aiohttp.ClientSession(
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN_S),
        connector=aiohttp.TCPConnector(limit=128, limit_per_host=4, ssl=ssl.create_default_context()),
        headers={"User-Agent": "tachiai"},
    ) as session:
        yield session


class WitnessCall:
    """One for each witness: remembers how far it is, as it last said."""

    def __init__(self, witness: Witness) -> None:
        if witness.url is None:
            raise ValueError("a witness without an address cannot be asked")
        self.witness = witness
        self._place = witness.url.rstrip("/") + PATH
        self._size = 0

    async def ask(self, session: aiohttp.ClientSession, shown: Shown) -> list[Cosignature] | Refusal:
        """Raises Unanswered."""
        for _ in range(_TRIES):
            old = min(self._size, shown.head.size)
            answer = await self._post(session, await self._request(old, shown))
            match answer.status:
                case Status.COSIGNED:
                    self._size = shown.head.size
                    return self._checked(shown, answer)
                case Status.CONFLICT if answer.size is not None:
                    refusal = _conflict(answer.size, old, shown.head.size)
                    self._size = answer.size
                    if refusal is not None:
                        return refusal
                case Status.NOT_PROVED if old:
                    return Refusal(Cause.HISTORY, old)
                case _:
                    raise Unanswered(f"it answered {answer.status.value}: {_MEANING[answer.status]}")
        raise Unanswered("it names another size each time")

    async def _request(self, old: int, shown: Shown) -> bytes:
        proof: list[bytes] = []
        if 0 < old < shown.head.size:
            proof = await asyncio.to_thread(shown.prove, old, shown.head.size)
        return encode_request(old, tuple(proof), shown.note)

    async def _post(self, session: aiohttp.ClientSession, body: bytes) -> Answer:
        try:
            async with session.post(self._place, data=body, allow_redirects=False) as response:
                content = await _read(response)
                return parse_answer(response.status, response.content_type, content)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise Unanswered(f"it cannot be reached: {type(error).__name__}") from error
        except AnswerInvalid as error:
            raise Unanswered(str(error)) from error

    def _checked(self, shown: Shown, answer: Answer) -> list[Cosignature]:
        try:
            return read_cosignatures(shown.text, answer.lines, [self.witness.verifier])
        except CosignatureInvalid as error:
            raise Unanswered(f"its signature is none: {error}") from error


def _conflict(seen: int, old: int, size: int) -> Refusal | None:
    """None: it is only at another size than we thought. Raises Unanswered."""
    if seen > size:
        return Refusal(Cause.LARGER, seen)
    if seen != old:
        return None
    if seen == size:
        return Refusal(Cause.ROOT, seen)
    raise Unanswered("it names the size that it was asked for as another one")


async def _read(response: aiohttp.ClientResponse) -> bytes:
    content = b""
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > MAX_ANSWER:
            raise AnswerInvalid("the answer is too long")
    return content


_MEANING: Final = {
    Status.MALFORMED: "it does not understand the request",
    Status.NOT_SIGNED: "it knows another key of this log",
    Status.UNKNOWN_LOG: "it does not know this log; give its keeper the verifier key",
    Status.NOT_PROVED: "it refuses a first checkpoint, which needs no proof",
    Status.CONFLICT: "it names no size",
}
