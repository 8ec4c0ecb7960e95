"""The registered receivers of webhooks, with their secrets, which are kept nowhere."""

from server.outbox import signing
from server.outbox.destination import Destinations
from server.outbox.endpoint import Endpoint
from server.storage.webhooks import WebhookStore


class Endpoints:
    """`key` is the server's, of which every endpoint's secret is made."""

    def __init__(self, store: WebhookStore, key: bytes, destinations: Destinations) -> None:
        self.store, self._key, self.destinations = store, key, destinations

    def secret_shown(self, endpoint: Endpoint) -> str:
        """For the receiver: `whsec_...`."""
        return signing.shown(signing.secret_of(self._key, endpoint.id))
