"""The test of a connection that anybody may run, from a browser or the command line, without a session.

It gives what the two hops ask for: a trial at the gate, which is answered and forwards nothing (`session.media.trial`),
and a minute's credentials for the TURN server. All tests of the world share a few of its users, so that what strangers
hold of it is bounded by those users' quotas, whoever and however many they are.
"""

import hashlib
from dataclasses import dataclass
from typing import Final, Protocol

from server.problems import Problem
from server.turn.relays import Relays, RelayShown
from session.gate_port import GateUnavailable
from session.media.trial import LIFE_S, Trial
from session.ports import Clock

SHARED_USERS: Final = 8


class TrialGates(Protocol):
    def trials(self) -> list[Trial]:
        """Of each process; first the one that a new session would go to. Raises GateUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class ConnectionTest:
    gates: list[Trial]
    relay: RelayShown | None
    until_ms: int


class ConnectionTests:
    def __init__(self, gates: TrialGates, relays: Relays, clock: Clock) -> None:
        self._gates, self._relays, self._clock = gates, relays, clock

    def begin(self, source: str) -> ConnectionTest:
        """`source`: the address that asks, as limits count it. Raises Problem."""
        try:
            trials = self._gates.trials()
        except GateUnavailable as error:
            raise Problem(
                503,
                "gate_unavailable",
                "The media gate does not answer now. Nothing was tested; try again in a minute.",
            ) from error
        until_ms = self._clock.now_ms() + LIFE_S * 1_000
        shared = hashlib.sha256(source.encode()).digest()[0] % SHARED_USERS
        return ConnectionTest(trials, self._relays.made(f"connection test {shared}", until_ms), until_ms)
