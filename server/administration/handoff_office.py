"""The keys of the organisation's own site: added, listed, removed."""

import json
from typing import Final

from audit.event import Actor, EventName, Fact
from server.administration import handoff_acts as acts
from server.administration.errors import ActRefused
from server.administration.ground import Ground
from server.me.signed_tokens import KeyRefused, read_key
from server.storage.handoff_keys import HandoffKey

MOST: Final = 8
_ALGORITHMS: Final = {"OKP": "EdDSA", "EC": "ES256"}


class HandoffOffice:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def add(self, act: acts.AddSigner, by: Actor) -> acts.SignerLine:
        if not self._ground.base_url:
            raise ActRefused(
                "A token names this server's address: set http.base_url in the settings. Nothing was added."
            )
        try:
            public = read_key(act.content)
        except KeyRefused as error:
            raise ActRefused(str(error)) from error
        known = await self._ground.stores.handoff_keys.all_keys()
        active = [key for key in known if key.removed_at_ms is None]
        if any(key.id == public.id for key in active):
            raise ActRefused("This key is there already. Nothing was changed.")
        if len(active) >= MOST:
            raise ActRefused(f"There are {MOST} keys already: remove one first. Nothing was added.")
        key = HandoffKey(public.id, public.text, self._ground.clock.now_ms())
        facts: dict[str, Fact] = {"signer": key.id}
        intent = self._ground.register.intent(EventName.OPERATOR_SIGNER_ADDED, by, facts)
        await self._ground.register.carry_out(
            [intent], lambda index: self._ground.stores.handoff_keys.add(key, index)
        )
        return _line(key)

    async def show_all(self, _: acts.ListSigners, __: Actor) -> acts.SignerList:
        keys = await self._ground.stores.handoff_keys.all_keys()
        return acts.SignerList(keys=[_line(key) for key in keys], audience=self._ground.base_url)

    async def remove(self, act: acts.RemoveSigner, by: Actor) -> acts.SignerLine:
        """Every token's key is looked up, so the row is the removal."""
        store, now = self._ground.stores.handoff_keys, self._ground.clock.now_ms()
        if await store.remove(act.key, now):
            self._ground.register.taken_away(EventName.OPERATOR_SIGNER_REMOVED, by, {"signer": act.key})
        key = await store.find(act.key)
        if key is None:
            raise ActRefused(
                "There is no key with this id; `tachiai handoff-key list` shows them. Nothing was changed."
            )
        return _line(key)


def _line(key: HandoffKey) -> acts.SignerLine:
    return acts.SignerLine(
        key=key.id,
        algorithm=_ALGORITHMS[json.loads(key.public_key)["kty"]],
        added_at_ms=key.added_at_ms,
        state="active" if key.removed_at_ms is None else "removed",
    )
