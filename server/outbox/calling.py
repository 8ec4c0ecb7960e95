"""One try at a webhook: one POST to one pinned address, no redirect, a small answer, all within a deadline."""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Final

import aiohttp

from server.outbox.destination import DestinationRefused, Destinations, Lookup, Pinned
from server.outbox.failure import Cause, TryFailed

ANSWER_WITHIN_S: Final = 15.0
MOST_ANSWER_BYTES: Final = 4_096
GONE: Final = 410
_HEADERS: Final = {"Content-Type": "application/json", "User-Agent": "tachiai"}


class WebhookCall:
    """`tls`: other authorities than the system's, for tests. `lookup` resolves names."""

    def __init__(
        self,
        destinations: Destinations,
        *,
        within_s: float = ANSWER_WITHIN_S,
        tls: ssl.SSLContext | None = None,
        lookup: Lookup | None = None,
    ) -> None:
        self._destinations, self._within_s, self._lookup = destinations, within_s, lookup
        self._tls = tls

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Any answer from 200 to 299 counts as taken. Raises TryFailed."""
        try:
            self._destinations.check(url)
            async with asyncio.timeout(self._within_s):
                status = await self._status(url, {**_HEADERS, **headers}, body)
        except DestinationRefused as error:
            raise TryFailed(Cause.DESTINATION) from error
        except TimeoutError as error:
            raise TryFailed(Cause.TIMEOUT) from error
        except (aiohttp.ClientSSLError, ssl.SSLError) as error:
            raise TryFailed(Cause.TLS) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise TryFailed(_cause(error)) from error
        if status == GONE:
            raise TryFailed(Cause.GONE, final=True)
        if not 200 <= status < 300:  # RFC 9110, 15.3
            raise TryFailed(Cause.REFUSED)

    async def _status(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """A connection of its own: nothing of another endpoint's is used again."""
        if self._tls is None:  # not before it is needed: the system's authorities take a while to read
            self._tls = ssl.create_default_context()
        connector = aiohttp.TCPConnector(
            resolver=Pinned(self._destinations, self._lookup),
            use_dns_cache=False,
            ssl=self._tls,
            force_close=True,
        )
        async with (
            aiohttp.ClientSession(
                connector=connector,
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                read_bufsize=MOST_ANSWER_BYTES,
                max_line_size=MOST_ANSWER_BYTES,
                max_field_size=MOST_ANSWER_BYTES,
            ) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            await _read_little(response)
            return response.status


async def _read_little(response: aiohttp.ClientResponse) -> None:
    """The answer says nothing that we use; whoever sends a long one is cut off, and has taken the message or not by
    the status alone."""
    read = 0
    async for chunk in response.content.iter_any():
        read += len(chunk)
        if read > MOST_ANSWER_BYTES:
            return


def _cause(error: BaseException) -> Cause:
    """aiohttp wraps what a resolver raises."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, DestinationRefused):
            return Cause.DESTINATION
        seen = seen.__cause__ or seen.__context__
    return Cause.UNREACHABLE
