"""The two homes of the issuer, seen from the server: this process, or another one behind a UNIX socket.

A request to another process is one line of JSON, and so is its answer; each has a connection of its own.
"""

import asyncio
from pathlib import Path
from typing import Final, Literal

import msgspec

from server.badges.issuer import (
    IssuedBadge,
    IssueRefused,
    IssueRequest,
    IssuerUnavailable,
    KeyedIssuer,
    PasskeyNeeded,
)
from server.badges.key_file import BadgeKeyRefused
from server.badges.proving import Question
from verification.badge import BadgeKey

LONGEST_LINE_BYTES: Final = 64 * 1024
ANSWER_WITHIN_S: Final = 5.0


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`issue` has a request, `nonce` a question, `keys` neither."""

    v: Literal[1] = 1
    op: Literal["issue", "keys", "nonce"]
    request: IssueRequest | None = None
    question: Question | None = None


class Answered(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One of the members is there: what was asked for, or a sentence that says why not."""

    badge: IssuedBadge | None = None
    keys: tuple[BadgeKey, ...] | None = None
    nonce: str | None = None
    passkey_needed: str | None = None
    refused: str | None = None
    unavailable: str | None = None


def answer(issuer: KeyedIssuer, asked: Asked) -> Answered:
    """Whatever comes of it, as an answer."""
    try:
        return _made(issuer, asked)
    except PasskeyNeeded as error:
        return Answered(passkey_needed=str(error))
    except IssueRefused as error:
        return Answered(refused=str(error))
    except BadgeKeyRefused as error:
        return Answered(unavailable=str(error))


def _made(issuer: KeyedIssuer, asked: Asked) -> Answered:
    if asked.op == "keys":
        return Answered(keys=issuer.keys())
    if asked.op == "nonce" and asked.question is not None:
        return Answered(nonce=issuer.nonce(asked.question))
    if asked.op == "issue" and asked.request is not None:
        return Answered(badge=issuer.issue(asked.request))
    return Answered(refused="A badge was asked for without saying whose.")


class LocalIssuer:
    """Implements issuer.Issuer in this process. Signing and the journal's write are done in a thread."""

    def __init__(self, issuer: KeyedIssuer) -> None:
        self._issuer = issuer

    async def nonce(self, question: Question) -> str:
        return _nonce_of(await self._answered(Asked(op="nonce", question=question)))

    async def issue(self, request: IssueRequest) -> IssuedBadge:
        return _badge_of(await self._answered(Asked(op="issue", request=request)))

    async def keys(self) -> tuple[BadgeKey, ...]:
        return _keys_of(await self._answered(Asked(op="keys")))

    async def _answered(self, asked: Asked) -> Answered:
        return await asyncio.to_thread(answer, self._issuer, asked)


class RemoteIssuer:
    """Implements issuer.Issuer over the socket of `tachiai badge-issuer`."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def nonce(self, question: Question) -> str:
        return _nonce_of(await self._answered(Asked(op="nonce", question=question)))

    async def issue(self, request: IssueRequest) -> IssuedBadge:
        return _badge_of(await self._answered(Asked(op="issue", request=request)))

    async def keys(self) -> tuple[BadgeKey, ...]:
        return _keys_of(await self._answered(Asked(op="keys")))

    async def _answered(self, asked: Asked) -> Answered:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                reader, writer = await asyncio.open_unix_connection(
                    str(self._socket), limit=LONGEST_LINE_BYTES
                )
                try:
                    writer.write(msgspec.json.encode(asked) + b"\n")
                    await writer.drain()
                    return msgspec.json.decode(await reader.readline(), type=Answered)
                finally:
                    writer.close()
        except (OSError, ValueError, TimeoutError) as error:  # a msgspec.DecodeError is a ValueError
            raise IssuerUnavailable("The badge issuer does not answer. No badge was made.") from error


def _badge_of(answered: Answered) -> IssuedBadge:
    _must_be_available(answered)
    if answered.passkey_needed is not None:
        raise PasskeyNeeded(answered.passkey_needed)
    if answered.refused is not None or answered.badge is None:
        raise IssueRefused(answered.refused or "No badge was made.")
    return answered.badge


def _nonce_of(answered: Answered) -> str:
    _must_be_available(answered)
    if answered.nonce is None:
        raise IssuerUnavailable(answered.refused or "The badge issuer has asked nothing. No badge was made.")
    return answered.nonce


def _keys_of(answered: Answered) -> tuple[BadgeKey, ...]:
    _must_be_available(answered)
    return answered.keys or ()


def _must_be_available(answered: Answered) -> None:
    if answered.unavailable is not None:
        raise IssuerUnavailable(answered.unavailable)
