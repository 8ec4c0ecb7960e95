"""Two servers, whatever happens to what they share: what was taken away stays away, and no picture has two gates.

The invariants look at the gates, never at what a server believes.
"""

from collections.abc import Coroutine
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from session import recording
from session.errors import SessionElsewhere
from session.events import EndDemanded, Paused
from session.identity import SessionId, StaffId
from session.model import EndCause, State
from tests.memory_bus import MemoryBus
from tests.protocol.company import ROUND_MS, Company, Server, login_of
from tests.protocol.machine_steps import REFUSALS
from tests.protocol.virtual_loop import VirtualLoop

NAMES = tuple(SessionId(f"ses_{letter}") for letter in "abcdef")
STOPS_WITHIN_MS = 2_250
QUIET_MS = 40_000
names = st.sampled_from(NAMES)
either = st.integers(0, 1)


class CompanyMachine(RuleBasedStateMachine):
    @initialize()
    def start(self) -> None:
        self.loop = VirtualLoop()
        self.company = Company()
        self.taken_at: dict[SessionId, int] = {}  # by the monotonic clock: acknowledged to whoever took it
        self.cut_off_at: dict[str, int] = {}
        self.replaced = 0
        for server in self.company.servers:
            self.loop.call_soon(server.start)
        self._advance(2_000)

    # --- what people do

    @rule(name=names, at=either, in_peace=st.sampled_from([True, True, False]))
    def share(self, name: SessionId, at: int, in_peace: bool) -> None:
        """A session is opened here and goes as far as it goes."""
        if in_peace:
            self._heal()
            self._advance(2_000)
        server = self._server(at)
        if name not in self.company.store.rows:
            self._try(server.rig.sharing(name))
            self._advance(ROUND_MS)
            if in_peace and login_of(name) not in self.company.others.signed_out | server.circumstances.dead:
                assert self.company.forwarding(name) == [server]

    @rule(name=names, at=either)
    def end(self, name: SessionId, at: int) -> None:
        demanded = EndDemanded(EndCause.OFFICER_ENDED, StaffId("sta_9"))
        if self._try(self._server(at).rig.conductor.apply(name, demanded)):
            self._taken(name)
            assert not self._server(at).forwards(name)

    @rule(name=names, at=either)
    def pause(self, name: SessionId, at: int) -> None:
        self._try(self._server(at).rig.conductor.apply(name, Paused()))

    @rule(name=names, at=either)
    def sign_out(self, name: SessionId, at: int) -> None:
        """As `SigningOut` does it: dark, then the store. Unwritten it is owed, and here never acknowledged."""
        login = login_of(name)
        self._try(self._server(at).rig.conductor.end_all_of_login(login, EndCause.AGENT_SIGNED_OUT))
        self._server(at).circumstances.dead.add(login)
        if not self.company.store.down:
            self.company.others.signed_out.add(login)
            self._server(at).membership.changed()
            self._taken(name)

    # --- what the world does

    @rule(ms=st.sampled_from([50, 250, 1_000, 2_000, 5_000, 12_000, 20_000]))
    def let_time_pass(self, ms: int) -> None:
        self._advance(ms)

    @rule(down=st.booleans())
    def bus_down(self, down: bool) -> None:
        self.company.bus.down = down
        for server in self.company.servers:
            self._note_cut_off(server)

    @rule(at=either, silent=st.booleans())
    def cut_off(self, at: int, silent: bool) -> None:
        server = self._server(at)
        server.presence.bus.silent -= {server.name}
        server.presence.bus.silent |= {server.name} if silent else set()
        self._note_cut_off(server)

    @rule()
    def restart_bus(self) -> None:
        self.company.bus.restart()

    @rule(at=either, back=st.booleans())
    def fail_over(self, at: int, back: bool) -> None:
        """One server is sent to another Redis, while the other server goes on with the former one."""
        server = self._server(at)
        if back:
            server.ask(self.company.bus)
        else:
            other = MemoryBus(self.company.clock.monotonic_ms)
            self.replaced += 1
            other.run = 1_000 * self.replaced
            server.ask(other)
        self._note_cut_off(server)

    @rule()
    def everybody_follows(self) -> None:
        """And then all are sent to the one that is in charge; where nobody asks that any more, one is restarted."""
        buses = [server.presence.bus for server in self.company.servers]
        in_charge = [bus for bus in buses if self.company.others.runs[-1:] == [f"run_{bus.run}"]]
        if in_charge:
            self.company.bus = in_charge[0]
        else:
            self.company.bus.restart()
        for server in self.company.servers:
            server.ask(self.company.bus)
            self._note_cut_off(server)

    @rule(down=st.booleans())
    def store_down(self, down: bool) -> None:
        self.company.store.down = down
        for server in self.company.servers:
            self._note_cut_off(server)

    @rule(at=either)
    def crash(self, at: int) -> None:
        self.loop.finish(self._server(at).crash())
        server = self.company.new_server()
        self.company.servers[at] = server
        self.loop.call_soon(server.start)
        self._advance(ROUND_MS)

    @rule(name=names, at=either, fault=st.sampled_from(["down", "silent", "followed", "ended", "signed out"]))
    def try_while_shown(self, name: SessionId, at: int, fault: str) -> None:
        """What a random walk reaches too seldom: a picture is shown, and then."""
        self.share(name, at, in_peace=True)
        other = 1 - at
        match fault:
            case "down":
                self.bus_down(down=True)
            case "silent":
                self.cut_off(at, silent=True)
            case "followed":
                self.fail_over(other, back=False)
            case "ended":
                self.end(name, other)
            case _:
                self.sign_out(name, other)
        self._advance(STOPS_WITHIN_MS + 2 * ROUND_MS)

    # --- what must hold

    @invariant()
    def what_was_taken_away_stays_away(self) -> None:
        for name, since in self.taken_at.items():
            if self._now() - since >= STOPS_WITHIN_MS:
                assert not self.company.forwarding(name), "a revocation was undone, or never came"

    @invariant()
    def nobody_shows_what_they_cannot_be_told_to_stop(self) -> None:
        for server in self.company.servers:
            since = self.cut_off_at.get(server.name)
            if since is not None and self._now() - since >= STOPS_WITHIN_MS:
                assert not [name for name in NAMES if server.forwards(name)]

    @invariant()
    def no_session_has_two_gates(self) -> None:
        for name in NAMES:
            assert len(self.company.forwarding(name)) <= 1

    @invariant()
    def every_server_still_works(self) -> None:
        for server in self.company.servers:
            for task in server.tasks:
                assert not (task.done() and not task.cancelled() and task.exception())

    def teardown(self) -> None:
        if not hasattr(self, "loop"):
            return
        try:
            self._heal_and_compare()
        finally:
            for server in self.company.servers:
                self.loop.finish(server.crash())
            self.loop.close()

    def _heal_and_compare(self) -> None:
        """After quiet every row is over or held by exactly one server, and every end is told."""
        self._heal()
        self._advance(QUIET_MS)
        for name, row in self.company.store.rows.items():
            holding = [server.name for server in self.company.servers if name in server.sessions()]
            told = [
                event
                for event in self.company.log.events
                if event.session == name and event.name in recording.ENDS
            ]
            assert len(holding) == (row.state is not State.ENDED)
            assert bool(told) == (row.state is State.ENDED)

    def _heal(self) -> None:
        self.everybody_follows()
        self.company.store.down = self.company.bus.down = False
        self.company.bus.silent = set()

    def _server(self, at: int) -> Server:
        return self.company.servers[at]

    def _taken(self, name: SessionId) -> None:
        if name in self.company.store.rows:
            self.taken_at.setdefault(name, self._now())

    def _note_cut_off(self, server: Server) -> None:
        """From when on nothing reaches it that others do."""
        bus, runs = server.presence.bus, self.company.others.runs
        followed = f"run_{bus.run}" in runs[:-1]
        if bus.down or server.name in bus.silent or self.company.store.down or followed:
            self.cut_off_at.setdefault(server.name, self._now())
        else:
            self.cut_off_at.pop(server.name, None)

    def _try(self, work: Coroutine[Any, Any, object]) -> bool:
        """Whether whoever asked was told that it is done."""
        try:
            self.loop.finish(work)
        except (*REFUSALS, SessionElsewhere):
            return False
        return True

    def _advance(self, ms: int) -> None:
        while ms > 0:
            step = min(ms, ROUND_MS)
            self.company.clock.move(step)
            for server in self.company.servers:
                server.rig.gate.offer_stamps()
                self._note_cut_off(server)
            self.loop.advance(step)
            ms -= step

    def _now(self) -> int:
        return self.company.clock.monotonic_ms()


CompanyMachine.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,  # as the loop: every run is the same
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestCompanyMachine = CompanyMachine.TestCase
