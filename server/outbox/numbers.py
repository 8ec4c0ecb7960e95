"""What was tried and what waits, as numbers made at each scrape."""

from collections.abc import Callable, Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from server.checklist.facts import Outgoing
from server.outbox.delivery import Delivery
from server.outbox.failure import Cause
from server.outbox.message import Channel


class OutboxNumbers(Collector):
    """`standing`: the last count of what waits."""

    def __init__(self, delivery: Delivery, standing: Callable[[], Outgoing]) -> None:
        self._delivery, self._standing = delivery, standing

    def describe(self) -> Iterable[Metric]:
        """Nothing before the first scrape."""
        return ()

    def collect(self) -> Iterable[Metric]:
        tries = CounterMetricFamily(
            "tachiai_outbox_tries", "Tries at sending since the start", labels=["channel", "outcome"]
        )
        for channel in Channel:
            for outcome in ("sent", *Cause):
                tries.add_metric([channel.value, outcome], self._delivery.tries[channel.value, outcome])
        yield tries
        standing = self._standing()
        for name, text, value in (
            ("waiting", "Mails and webhooks that wait to be sent", standing.waiting),
            ("late", "Those of them that have waited for an hour", standing.late),
            ("dead", "Those that were given up within seven days", standing.dead),
        ):
            yield GaugeMetricFamily(f"tachiai_outbox_{name}", text, value=value)
