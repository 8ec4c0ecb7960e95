"""What is going on now, as metric families made at each scrape: sessions, sockets, pictures, the log, the gate."""

from collections import Counter
from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from audit.log import AuditLog
from server.checklist.live import Checklist
from server.checklist.table import Severity
from server.gate_numbers import gate_families
from server.gate_watch import GateWatch
from server.membership import Standing
from server.signalling.seats import Seat, Seats
from session.conductor import Conductor
from session.model import Party, State
from session.ports import Clock
from session.waiting import in_line

_OFFICER = "officer"


class LiveNumbers(Collector):
    def __init__(
        self,
        conductor: Conductor,
        seats: Seats,
        log: AuditLog,
        watch: GateWatch,
        checklist: Checklist,
        standing: Standing,
        clock: Clock,
    ) -> None:
        self._standing = standing
        self._conductor, self._seats, self._log = conductor, seats, log
        self._watch, self._checklist, self._clock = watch, checklist, clock

    def describe(self) -> Iterable[Metric]:
        """Nothing before the first scrape: names are known without asking the parts."""
        return ()

    def collect(self) -> Iterable[Metric]:
        yield from self._sessions()
        yield from self._sockets()
        yield from self._of_log()
        yield from self._of_gate()
        yield self._of_checklist()
        shared = float(self._standing.fresh_for_ms > 0)
        text = "1 while what servers share may be relied on (always without Redis)"
        yield GaugeMetricFamily("tachiai_bus_fresh", text, value=shared)

    def _sessions(self) -> Iterable[Metric]:
        live = self._conductor.live()
        counted = Counter(session.state for session in live)
        states = GaugeMetricFamily("tachiai_sessions", "Sessions that have not ended", labels=["state"])
        for state in State:
            if state is not State.ENDED:
                states.add_metric([state.value], counted[state])
        yield states
        now = self._clock.now_ms()
        line = in_line(live)
        yield GaugeMetricFamily("tachiai_line", "Customers who wait for somebody to accept", value=len(line))
        longest = max(0, now - line[0].opened_at) / 1_000 if line else 0.0
        yield GaugeMetricFamily("tachiai_line_longest_seconds", "For how long the first waits", value=longest)
        flowing = sum(self._conductor.media_may_flow(session, now) for session in live)
        yield GaugeMetricFamily("tachiai_leases", "Sessions whose picture may flow now", value=flowing)

    def _sockets(self) -> Iterable[Metric]:
        counted = Counter(
            seat.party.value if isinstance(seat, Seat) else _OFFICER for seat in self._seats.everybody()
        )
        sockets = GaugeMetricFamily("tachiai_sockets", "Open sockets", labels=["party"])
        for party in (*(party.value for party in Party), _OFFICER):
            sockets.add_metric([party], counted[party])
        yield sockets

    def _of_log(self) -> Iterable[Metric]:
        log = self._log
        yield GaugeMetricFamily(
            "tachiai_log_healthy", "1 while the audit log takes entries", value=float(log.healthy)
        )
        yield GaugeMetricFamily("tachiai_log_size", "Entries in the audit log", value=log.size)
        yield GaugeMetricFamily("tachiai_log_queue", "Events that wait for the writer", value=log.queued)
        yield GaugeMetricFamily(
            "tachiai_log_unsigned_entries", "Durable entries that await a checkpoint", value=log.unsigned
        )
        yield GaugeMetricFamily(
            "tachiai_log_unsigned_seconds", "For how long the oldest has waited", value=log.unsigned_for_s
        )

    def _of_gate(self) -> Iterable[Metric]:
        running = self._watch.state().running
        text = "1 while a process of the gate runs"
        yield GaugeMetricFamily("tachiai_gate_running", text, value=float(running))
        yield from gate_families(self._watch.latest)

    def _of_checklist(self) -> Metric:
        """The last look's, at most half a minute old."""
        counted = Counter(finding.severity for finding in self._checklist.last)
        found = GaugeMetricFamily("tachiai_checklist_findings", "What is weak here now", labels=["severity"])
        for severity in Severity:
            found.add_metric([severity.value], counted[severity])
        return found
