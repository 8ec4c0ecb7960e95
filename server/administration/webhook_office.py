"""Webhooks' receivers: registered, listed, tried, removed."""

import asyncio
from typing import Final

import msgspec

from audit.event import Actor, EventName, Fact
from server.administration import webhook_acts as acts
from server.administration.errors import ActRefused
from server.administration.ground import Ground
from server.identity import new_id
from server.outbox.destination import DestinationRefused
from server.outbox.endpoint import Endpoint, is_name
from server.outbox.message import DAY_MS, Channel, Message, Standing
from server.storage.database import AlreadyThere
from server.storage.outbox import Kept

MOST: Final = 50
TRIED_WITHIN_S: Final = 25.0
LOOK_EVERY_S: Final = 0.2
TYPE: Final = "webhook.test"


class WebhookOffice:
    def __init__(self, ground: Ground) -> None:
        self._ground, self._store = ground, ground.stores.webhooks

    async def add(self, act: acts.AddWebhook, by: Actor) -> acts.WebhookGiven:
        ground = self._ground
        if not is_name(act.name):
            raise ActRefused(
                "A webhook's name has 1 to 64 small letters, digits, dots and dashes. Nothing was added."
            )
        try:
            ground.endpoints.destinations.check(act.url)
        except DestinationRefused as error:
            raise ActRefused(f"{str(error).capitalize()}. Nothing was added.") from None
        if len(await self._store.standing()) >= MOST:
            raise ActRefused(f"There are {MOST} webhooks, and more cannot be. Nothing was added.")
        endpoint = Endpoint(new_id("whk"), act.name, act.url, ground.clock.now_ms())
        facts: dict[str, Fact] = {"webhook": endpoint.id, "name": endpoint.name}
        intent = ground.register.intent(EventName.OPERATOR_WEBHOOK_ADDED, by, facts)
        try:
            await ground.register.carry_out([intent], lambda index: self._store.add(endpoint, index))
        except AlreadyThere:
            raise ActRefused(
                "There is a webhook of this name. Nothing was added: remove that one first."
            ) from None
        return acts.WebhookGiven(webhook=_line(endpoint), secret=ground.endpoints.secret_shown(endpoint))

    async def show_all(self, _: acts.ListWebhooks, __: Actor) -> acts.WebhookList:
        return acts.WebhookList(webhooks=[_line(one) for one in await self._store.standing()])

    async def remove(self, act: acts.RemoveWebhook, by: Actor) -> acts.WebhookLine:
        """Every try looks the receiver up, so the row is the removal."""
        endpoint, now = await self._named(act.name), self._ground.clock.now_ms()
        if await self._store.remove(endpoint.id, now):
            self._ground.register.taken_away(
                EventName.OPERATOR_WEBHOOK_REMOVED, by, {"webhook": endpoint.id, "name": endpoint.name}
            )
        await self._ground.stores.outbox.void_of_removed(now)
        return _line(endpoint)

    async def test(self, act: acts.TryWebhook, by: Actor) -> acts.WebhookTried:
        endpoint, now = await self._named(act.name), self._ground.clock.now_ms()
        message = new_id("msg")
        body = {"type": TYPE, "timestamp_ms": now, "data": {"webhook": endpoint.name}}
        queued = Message(
            id=message,
            once=f"{TYPE}/{message}",
            part=0,
            channel=Channel.WEBHOOK,
            about=TYPE,
            body=msgspec.json.encode(body),
            created_at_ms=now,
            last_at_ms=now + DAY_MS,
            endpoint=endpoint.id,
        )
        await self._ground.register.look(
            EventName.OPERATOR_WEBHOOK_TESTED, by, {"webhook": endpoint.id, "message": message}
        )
        await self._ground.stores.outbox.queue([queued])
        kept = await self._tried(message)
        return acts.WebhookTried(
            webhook=_line(endpoint),
            message=message,
            standing=kept.standing.value,
            tries=kept.tries,
            failure=kept.failure,
        )

    async def _tried(self, message: str) -> Kept:
        """After the first try, or after a while in which nobody sends."""
        patience = TRIED_WITHIN_S if (await self._ground.status()).running else 0.0
        until = asyncio.get_running_loop().time() + patience
        while True:
            kept = await self._ground.stores.outbox.one(message)
            over = kept.standing is not Standing.WAITING or kept.failure is not None
            if over or asyncio.get_running_loop().time() >= until:
                return kept
            await asyncio.sleep(LOOK_EVERY_S)

    async def _named(self, name: str) -> Endpoint:
        endpoint = await self._store.named(name)
        if endpoint is None:
            raise ActRefused(
                "There is no webhook of this name; `tachiai webhook list` shows them. Nothing was changed."
            )
        return endpoint


def _line(endpoint: Endpoint) -> acts.WebhookLine:
    return acts.WebhookLine(
        id=endpoint.id, name=endpoint.name, url=endpoint.url, created_at_ms=endpoint.created_at_ms
    )
