"""Bodies of requests: sizes and deadlines first, then a strict parse into the route's type."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from server.problems import Problem, without_values

LARGEST_BODY_BYTES: Final = 256 * 1024
LARGEST_FORM_BYTES: Final = 8 * 1024
BODY_WITHIN_S: Final = 10.0
DEEPEST: Final = 32
_CODE_NAME: Final = re.compile(r"code|otp|pin\b|one_?time|recovery|authenticat", re.IGNORECASE)
_PASSKEY_NAME: Final = re.compile(r"user_handle|attestation")
_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"


async def read(request: web.Request, *, largest: int = LARGEST_BODY_BYTES) -> bytes:
    """The whole body. Raises Problem (413, 408)."""
    if request.content_length is not None and request.content_length > largest:
        raise _too_large(largest)
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            body = await request.read()
    except TimeoutError as error:
        raise Problem(
            408, "too_slow", "The request's body did not come within 10 seconds. Nothing was changed."
        ) from error
    except web.HTTPRequestEntityTooLarge as error:
        raise _too_large(largest) from error
    except (web.RequestPayloadError, ConnectionError) as error:
        raise Problem(
            400, "body_not_understood", "The request's body broke off. Nothing was changed."
        ) from error
    if len(body) > largest:
        raise _too_large(largest)
    return body


def parse(request: web.Request, body: bytes, kind: type[msgspec.Struct]) -> msgspec.Struct:
    """Strict: JSON, exactly the members of `kind`. Raises Problem (415, 400, 422)."""
    if request.content_type != _JSON:
        raise Problem(415, "wrong_content_type", "Send application/json.")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise Problem(422, "does_not_fit", f"{without_values(error)} Nothing was changed.") from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Problem(400, "body_not_understood", "The body is not JSON. Nothing was changed.") from error


def refuse_body(body: bytes) -> None:
    """For routes that take none."""
    if body not in {b"", b"{}"}:
        raise Problem(422, "does_not_fit", "This takes no body. Nothing was changed.")


async def read_form(request: web.Request) -> dict[str, str]:
    """An urlencoded form with each field at most once. Raises Problem."""
    if request.content_type != _FORM:
        raise Problem(415, "wrong_content_type", "Send the page's own form.")
    body = await read(request, largest=LARGEST_FORM_BYTES)
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=16
        )
    except (ValueError, UnicodeDecodeError) as error:
        raise Problem(400, "body_not_understood", "The form cannot be read. Nothing was changed.") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Problem(422, "does_not_fit", "The form names a field twice. Nothing was changed.")
    return fields


def carries_code(text: bytes | str) -> bool:
    """Does a JSON text have a member, at any depth, that is named like a customer's code?"""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    return any(_CODE_NAME.search(name) for name in _names(value, DEEPEST))


def carries_passkey(text: bytes) -> bool:
    """Is it the answer of an authenticator? Staff have passkeys too: ask where a customer's is expected."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    return any(_PASSKEY_NAME.fullmatch(name) for name in _names(value, DEEPEST))


def _names(value: Any, depth: int) -> Iterator[str]:
    if depth == 0:
        return
    if isinstance(value, dict):
        yield from value
        for member in value.values():
            yield from _names(member, depth - 1)
    elif isinstance(value, list):
        for member in value:
            yield from _names(member, depth - 1)


def _too_large(largest: int) -> Problem:
    return Problem(413, "too_large", f"The request's body may have {largest} bytes. Nothing was changed.")
