"""What the operator decides about the gate."""

import ipaddress
from dataclasses import dataclass
from typing import Final

MOST_SESSIONS: Final = 512  # of one process, as many as were measured: see DECISIONS.md
MOST_PROCESSES: Final = 32


@dataclass(frozen=True, slots=True)
class GateSettings:
    """`port` 0 takes any free one. `advertised` are the addresses written into the SDP, in order of preference; empty
    means `bind_host`. `max_sessions` is of one process and bounds memory: about 2 MB a session, most of it the resend
    buffer. `processes` take a port each: `port` and those that follow it, or any free ones."""

    bind_host: str = "127.0.0.1"
    port: int = 0
    advertised: tuple[str, ...] = ()
    max_sessions: int = 64
    processes: int = 1

    def __post_init__(self) -> None:
        """Raises ValueError with a sentence for the operator."""
        for address in (self.bind_host, *self.advertised):
            ipaddress.ip_address(address)
        named = self.advertised or (self.bind_host,)
        if any(ipaddress.ip_address(address).is_unspecified for address in named):
            raise ValueError(
                "The media gate listens on every address: set the advertised ones that browsers reach."
            )
        if not 1 <= self.processes <= MOST_PROCESSES:
            raise ValueError(
                f"The media gate runs as 1 to {MOST_PROCESSES} processes; set their number there."
            )
        if not 0 <= self.port <= 65_535 - (self.processes - 1):
            raise ValueError("The media gate needs a port from 0 to 65535 for each of its processes.")
        if not 1 <= self.max_sessions <= MOST_SESSIONS:
            raise ValueError(
                f"The media gate serves 1 to {MOST_SESSIONS} sessions at once; set its limit there."
            )
