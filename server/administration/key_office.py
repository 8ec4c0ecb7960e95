"""API keys: made, listed, revoked, and replaced with an overlap."""

import secrets
from typing import Final

from audit.event import Actor, EventName, Fact
from server.administration import acts
from server.administration.errors import ActRefused
from server.administration.ground import Ground
from server.verification_request import SYSTEM_USERNAME
from support.api_key import (
    DAY_MS,
    ID_BYTES,
    MOST_DAYS,
    SECRET_BYTES,
    ApiKey,
    Scope,
    is_name,
    presented,
    token_of,
)

NEVER_AGAIN_MS: Final = 2**53 - 1
HOUR_MS: Final = 3_600_000
MOST_OVERLAP_HOURS: Final = 7 * 24


class KeyOffice:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def create(self, act: acts.CreateKey, by: Actor) -> acts.KeyGiven:
        if not is_name(act.name):
            raise ActRefused(
                "A key's name has 1 to 64 letters, digits, blanks, dots and dashes. Nothing was made."
            )
        return await self._made(act.name, _scopes(act.scopes), act.days, by)

    async def rotate(self, act: acts.RotateKey, by: Actor) -> acts.KeyGiven:
        former = await self._key(act.key)
        now = self._ground.clock.now_ms()
        if not former.live(now):
            raise ActRefused(
                "This key is expired or revoked: make a new one with `create`. Nothing was made."
            )
        if not 0 <= act.overlap_hours <= MOST_OVERLAP_HOURS:
            raise ActRefused(f"The overlap is 0 to {MOST_OVERLAP_HOURS} hours. Nothing was made.")
        until = min(former.expires_at_ms, now + act.overlap_hours * HOUR_MS)
        return await self._made(former.name, former.scopes, act.days, by, replaced=former.id, until_ms=until)

    async def show_all(self, _: acts.ListKeys, __: Actor) -> acts.KeyList:
        now = self._ground.clock.now_ms()
        keys = await self._ground.stores.api_keys.all_keys()
        return acts.KeyList(keys=[_line(key, now) for key in keys])

    async def revoke(self, act: acts.RevokeKey, by: Actor) -> acts.KeyLine:
        """Every request looks the key up, so the row is the revocation."""
        key, now = await self._key(act.key), self._ground.clock.now_ms()
        if await self._ground.stores.api_keys.revoke(key.id, now):
            self._ground.register.taken_away(EventName.OPERATOR_KEY_REVOKED, by, {"key": key.id})
        await self._stop_asking(key)
        return _line(await self._key(key.id), now)

    async def _stop_asking(self, key: ApiKey) -> None:
        """Verifications that it asked for end with it."""
        party = await self._ground.stores.staff.find_by_username(f"{SYSTEM_USERNAME}{key.id}")
        if party is not None:
            await self._ground.exclusion.exclude(party.id, NEVER_AGAIN_MS)

    async def _made(
        self,
        name: str,
        scopes: frozenset[Scope],
        days: int,
        by: Actor,
        *,
        replaced: str | None = None,
        until_ms: int = 0,
    ) -> acts.KeyGiven:
        if not 1 <= days <= MOST_DAYS:
            raise ActRefused(f"A key lives 1 to {MOST_DAYS} days. Nothing was made.")
        token = token_of(secrets.token_bytes(ID_BYTES), secrets.token_bytes(SECRET_BYTES))
        shown, now = presented(token), self._ground.clock.now_ms()
        if shown is None:
            raise AssertionError("a key that was just made has a key's form")
        key = ApiKey(shown.id, name, shown.secret_hash, scopes, now, now + days * DAY_MS)
        facts: dict[str, Fact] = {
            "key": key.id,
            "scopes": " ".join(sorted(scopes)),
            "expires_at_ms": key.expires_at_ms,
            "replaces": replaced or "",
        }
        intent = self._ground.register.intent(EventName.OPERATOR_KEY_CREATED, by, facts)
        await self._ground.register.carry_out(
            [intent],
            lambda index: self._ground.stores.api_keys.add(key, index, replaced=replaced, until_ms=until_ms),
        )
        return acts.KeyGiven(key=_line(key, now), token=token, former_until_ms=until_ms if replaced else None)

    async def _key(self, named: str) -> ApiKey:
        key = await self._ground.stores.api_keys.find(named)
        if key is None:
            raise ActRefused(
                "There is no key with this id; `tachiai key list` shows them. Nothing was changed."
            )
        return key


def _scopes(names: list[str]) -> frozenset[Scope]:
    try:
        return frozenset(Scope(name) for name in names)
    except ValueError:
        raise ActRefused(f"A scope is one of {', '.join(Scope)}. Nothing was made.") from None


def _line(key: ApiKey, now: int) -> acts.KeyLine:
    ended = "revoked" if key.revoked_at_ms is not None else "expired"
    return acts.KeyLine(
        id=key.id,
        name=key.name,
        scopes=sorted(key.scopes),
        created_at_ms=key.created_at_ms,
        expires_at_ms=key.expires_at_ms,
        last_used_ms=key.last_used_ms,
        state="active" if key.live(now) else ended,
    )
