"""What the operator's settings say about the gate, in the gate's own words."""

import ipaddress
from dataclasses import replace

from server.settings import Settings
from session.media.settings import GateSettings


def chosen_gate(settings: Settings) -> GateSettings:
    gate = settings.gate
    return GateSettings(
        bind_host=gate.host,
        second_host=gate.second_host,
        port=gate.port,
        advertised=tuple(gate.advertised),
        max_sessions=gate.max_sessions,
        processes=gate.processes,
        relays=tuple(str(ipaddress.ip_address(address)) for address in settings.turn.relays),
    )


def tried_gate(settings: Settings) -> GateSettings:
    """The same as one process on any free port, beside one that may run."""
    return replace(chosen_gate(settings), port=0, processes=1)
