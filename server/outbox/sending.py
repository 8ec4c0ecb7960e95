"""One try at a message, whatever its channel."""

from dataclasses import dataclass

from server.clock import TrueClock
from server.outbox import signing
from server.outbox.calling import WebhookCall
from server.outbox.failure import Cause, TryFailed
from server.outbox.mailing import Mailer
from server.outbox.message import Channel, Message, mail_of
from server.storage.webhooks import WebhookStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Senders:
    """`mailer`: None where no mail server is set. `shown`: the demo's, where a mail counts as sent once it is shown."""

    mailer: Mailer | None
    webhook: WebhookCall
    endpoints: WebhookStore
    key: bytes
    clock: TrueClock
    shown: bool = False

    async def send(self, message: Message) -> None:
        """Raises TryFailed, StoreUnavailable."""
        if message.channel is Channel.MAIL:
            await self._mail(message)
        else:
            await self._call(message)

    async def _mail(self, message: Message) -> None:
        if self.mailer is not None:
            await self.mailer.send(message, mail_of(message.body))
        elif not self.shown:
            raise TryFailed(Cause.NO_SERVER)

    async def _call(self, message: Message) -> None:
        endpoint = await self.endpoints.find(message.endpoint or "")
        if endpoint is None or endpoint.removed_at_ms is not None:
            raise TryFailed(Cause.GONE, final=True)
        secret = signing.secret_of(self.key, endpoint.id)
        headers = signing.signed(secret, message.id, self.clock.now_ms(), message.body)
        await self.webhook.post(endpoint.url, headers, message.body)
