"""What a collector lacks, as numbers made at each scrape."""

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from server.log_keeping.forwarding import Forwarding
from server.log_keeping.keeper import Keeper


class ForwardingNumbers(Collector):
    """All are 0 where nothing is forwarded."""

    def __init__(self, keepers: Iterable[Keeper]) -> None:
        self._forwarding = [keeper for keeper in keepers if isinstance(keeper, Forwarding)]

    def describe(self) -> Iterable[Metric]:
        """Nothing before the first scrape."""
        return ()

    def collect(self) -> Iterable[Metric]:
        told = self._forwarding
        for name, text, value in (
            ("behind", "Entries that the collector is not known to have", sum(one.behind for one in told)),
            (
                "connected",
                "1 while there is a connection to the collector",
                any(one.connected for one in told),
            ),
            ("late", "1 while it lacks entries for too long", any(one.late for one in told)),
        ):
            yield GaugeMetricFamily(f"tachiai_forwarding_{name}", text, value=float(value))
