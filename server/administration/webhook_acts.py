"""What an operator may ask about webhooks, and what comes back."""

from typing import Annotated

import msgspec

from server.administration.act import Act, Answer, Word

Url = Annotated[str, msgspec.Meta(max_length=500)]


class WebhookLine(Answer, frozen=True, kw_only=True):
    id: str
    name: str
    url: str
    created_at_ms: int


class WebhookList(Answer, frozen=True, kw_only=True):
    webhooks: list[WebhookLine]


class WebhookGiven(Answer, frozen=True, kw_only=True):
    """`secret` is what its receiver checks signatures with; shown here and nowhere else."""

    webhook: WebhookLine
    secret: str


class WebhookTried(Answer, frozen=True, kw_only=True):
    """`standing`: sent, waiting, dead or void. `failure`: why the last try came to nothing; None if it did not, or
    there was none yet. `message` is its `webhook-id`."""

    webhook: WebhookLine
    message: str
    standing: str
    tries: int
    failure: str | None


class AddWebhook(Act[WebhookGiven], frozen=True, kw_only=True, tag="webhooks.add"):
    """From now on requests may name it."""

    name: Word
    url: Url


class ListWebhooks(Act[WebhookList], frozen=True, kw_only=True, tag="webhooks.list"):
    """Without secrets."""


class RemoveWebhook(Act[WebhookLine], frozen=True, kw_only=True, tag="webhooks.remove"):
    """At once; whatever waits for it goes nowhere."""

    name: Word


class TryWebhook(Act[WebhookTried], frozen=True, kw_only=True, tag="webhooks.test"):
    """A message of the type `webhook.test`, and what became of its first try."""

    name: Word


WebhookAct = AddWebhook | ListWebhooks | RemoveWebhook | TryWebhook
