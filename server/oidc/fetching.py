"""Asking the provider: no redirects, no proxy, no cookies, small answers, a short wait."""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
import msgspec

ANSWER_WITHIN_S: Final = 5.0
LARGEST_ANSWER_BYTES: Final = 256 * 1024


class ProviderUnavailable(Exception):
    """It does not answer, or not as a provider does. The sentence is for the operator and names no secret."""


async def fetch(
    url: str, *, form: Mapping[str, str] | None = None, authorization: str | None = None
) -> Mapping[str, Any]:
    """A JSON object, by GET, or by POST with a form. Raises ProviderUnavailable."""
    wanted = {"Accept": "application/json"}
    try:
        async with (
            asyncio.timeout(ANSWER_WITHIN_S),
            _session() as session,
            session.request(
                "GET" if form is None else "POST",
                url,
                data=form,
                allow_redirects=False,
                headers=wanted if authorization is None else {**wanted, "Authorization": authorization},
            ) as response,
        ):
            body = await _read(response)
            if response.status != 200:
                raise ProviderUnavailable(f"{url} answered with status {response.status}")
            found = msgspec.json.decode(body)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise ProviderUnavailable(f"{url} does not answer: {type(error).__name__}") from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ProviderUnavailable(f"{url} answers with what is no JSON") from error
    if not isinstance(found, dict):
        raise ProviderUnavailable(f"{url} answers with what is no JSON object")
    return found


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for piece in response.content.iter_chunked(16 * 1024):
        body += piece
        if len(body) > LARGEST_ANSWER_BYTES:
            raise ProviderUnavailable(f"{response.url} answers with more than {LARGEST_ANSWER_BYTES} bytes")
    return bytes(body)


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        connector=aiohttp.TCPConnector(ssl=ssl.create_default_context()),
        headers={"User-Agent": "tachiai"},
    )
