"""Whether a request by API key is let in. Each one is on record before anything is done for it, let in or not."""

import asyncio
from dataclasses import dataclass
from typing import Final

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.ports import AuditWriter
from server.bus.ports import Counters
from server.problems import Problem, too_many
from server.refused_claims import RefusedClaims
from server.storage.api_keys import SqlApiKeyStore
from support.api_key import NO_KEY, ApiKey, Scope, opens, presented
from verification.throttle import Rate

USES: Final = Rate(count=600, period_ms=60_000)  # of one key
REFUSED: Final = Rate(
    count=30, period_ms=600_000
)  # of one source: beyond, entries are summed and answers come late
REFUSED_OF_ALL: Final = Rate(count=300, period_ms=600_000)
LATE_S: Final = 1.0
TOUCH_EVERY_MS: Final = 60_000
_BEARER: Final = "Bearer "


@dataclass(frozen=True, slots=True)
class KeyPrincipal:
    """Another system of the organisation."""

    key: ApiKey

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.KEY, self.key.id)


class KeyDoor:
    """Unknown, wrong, expired and revoked keys take the same way: one look-up, one comparison, one answer."""

    def __init__(
        self, keys: SqlApiKeyStore, counters: Counters, log: AuditWriter, refusals: RefusedClaims
    ) -> None:
        self._keys, self._counters, self._log, self._refusals = keys, counters, log, refusals

    async def admit(
        self, authorization: str, scope: Scope, route: str, source: str, now: int
    ) -> KeyPrincipal:
        """`authorization` is the header, "" if there is none. Raises Problem (401, 403, 429), LogUnavailable,
        StoreUnavailable, BusUnavailable."""
        shown = (
            presented(authorization.removeprefix(_BEARER)) if _is_bearer(authorization) else None
        ) or NO_KEY
        found = await self._keys.find(shown.id)
        good = opens(found, shown, now)
        if found is None or not good:
            await self._refuse("no_key", source, now)
            raise Problem(
                401,
                "key_refused",
                "This key opens nothing: it is unknown, expired or revoked. Nothing was changed. Ask the operator.",
            )
        if scope not in found.scopes:
            await self._refuse("scope", source, now)
            raise Problem(
                403,
                "key_not_allowed",
                "This key may not do this: it lacks the scope. Nothing was changed. Ask the operator for another one.",
            )
        if await self._counters.take(f"key/{found.id}", USES):
            raise too_many(
                "This key asks too often. Nothing was changed. Wait a minute, then go on more slowly."
            )
        await self._log.append(_used(found, route, now))
        if found.last_used_ms is None or now - found.last_used_ms >= TOUCH_EVERY_MS:
            await self._keys.touch(found.id, now)
        return KeyPrincipal(found)

    async def _refuse(self, reason: str, source: str, now: int) -> None:
        """The source's own limit delays nobody else: whoever has a good key never comes here."""
        often = await self._counters.take(f"key-refused/{source}", REFUSED) > 0
        flood = await self._counters.take("key-refused", REFUSED_OF_ALL) > 0
        await self._refusals.refused_event(_refused(reason, now), often=often or flood)
        if often:
            await asyncio.sleep(LATE_S)


def _is_bearer(authorization: str) -> bool:
    return authorization.startswith(_BEARER)


def _used(key: ApiKey, route: str, now: int) -> Event:
    facts: dict[str, Fact] = {"route": route}
    return Event(
        name=EventName.KEY_REQUEST_MADE,
        outcome=Outcome.DONE,
        at_ms=now,
        actor=Actor(ActorKind.KEY, key.id),
        facts=facts,
    )


def _refused(reason: str, now: int) -> Event:
    facts: dict[str, Fact] = {"reason": reason}
    return Event(
        name=EventName.KEY_REQUEST_REFUSED,
        outcome=Outcome.REFUSED,
        at_ms=now,
        actor=Actor(ActorKind.KEY),
        facts=facts,
    )
