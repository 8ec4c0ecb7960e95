"""What each gate process counts, as metric families. `process` is its number, 1 for the one with the lowest port."""

from collections.abc import Iterable, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from server.gate_watch import Look
from session.media.metrics import Drop, GateMetrics

_PROCESS = "process"
_COUNTERS = (
    ("cpu_seconds", "CPU time of the gate process"),
    ("forwarded_packets", "Packets forwarded under a lease"),
    ("forwarded_bytes", "Bytes forwarded under a lease"),
    ("curtains", "Black pictures sent"),
    ("resent_packets", "Packets sent again because an agent missed them"),
    ("asked_again_packets", "Packets that the gate asked a customer for again because the line lost them"),
    ("key_frames_asked", "Key frames asked of customers' browsers"),
)
_GAUGES = (
    ("sessions", "Sessions with legs at the gate process"),
    ("flowing", "Pictures that flow through it now"),
    ("memory_bytes", "Memory that the gate process holds"),
)


def gate_families(looks: Sequence[Look | None]) -> Iterable[Metric]:
    """Of the processes that answered."""
    measured = [(str(number), look) for number, look in enumerate(looks, 1) if look]
    up = GaugeMetricFamily("tachiai_gate_process_up", "1 while the process answers", labels=[_PROCESS])
    for number, look in enumerate(looks, 1):
        up.add_metric([str(number)], float(look is not None))
    yield up
    for name, text in _GAUGES:
        gauge = GaugeMetricFamily(f"tachiai_gate_{name}", text, labels=[_PROCESS])
        for process, look in measured:
            gauge.add_metric([process], getattr(look.metrics, name))
        yield gauge
    for name, text in _COUNTERS:
        counter = CounterMetricFamily(f"tachiai_gate_{name}", text, labels=[_PROCESS])
        for process, look in measured:
            counter.add_metric([process], getattr(look.metrics, name))
        yield counter
    yield _cost(measured)
    yield _drops([(process, look.metrics) for process, look in measured])


def _cost(measured: Sequence[tuple[str, Look]]) -> Metric:
    text = "CPU time for a second of one picture, lately"
    cost = GaugeMetricFamily("tachiai_gate_cpu_seconds_per_picture", text, labels=[_PROCESS])
    for process, look in measured:
        if look.cost_ms is not None:
            cost.add_metric([process], look.cost_ms / 1_000)
    return cost


def _drops(measured: Sequence[tuple[str, GateMetrics]]) -> Metric:
    drops = CounterMetricFamily("tachiai_gate_drops", "Datagrams dropped", labels=["reason", _PROCESS])
    for process, metrics in measured:
        for reason in Drop:
            drops.add_metric([reason.value, process], metrics.drops.get(reason.value, 0))
    return drops
