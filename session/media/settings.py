"""What the operator decides about the gate."""

import ipaddress
from dataclasses import dataclass
from typing import Final

MOST_SESSIONS: Final = 512  # of one process, as many as were measured: see DECISIONS.md
MOST_PROCESSES: Final = 32


@dataclass(frozen=True, slots=True)
class GateSettings:
    """`port` 0 takes any free one. `second_host` is of the other family than `bind_host`, served on the same port;
    empty is none. `advertised` are the addresses written into the SDP, in order of preference, of both families as the
    operator has them; empty means those that are listened on. `max_sessions` is of one process and bounds memory:
    about 2 MB a session, most of it the resend buffer. `processes` take a port each: `port` and those that follow it,
    or any free ones. `relays` are the addresses of a TURN server's relays, each in its shortest form."""

    bind_host: str = "127.0.0.1"
    port: int = 0
    second_host: str = ""
    advertised: tuple[str, ...] = ()
    max_sessions: int = 64
    processes: int = 1
    relays: tuple[str, ...] = ()

    @property
    def told(self) -> tuple[str, ...]:
        """The addresses that browsers are told."""
        return self.advertised or tuple(filter(None, (self.bind_host, self.second_host)))

    def __post_init__(self) -> None:
        """Raises ValueError with a sentence for the operator."""
        for address in (self.bind_host, *self.told):
            ipaddress.ip_address(address)
        if self.second_host and not _of_two_families(self.bind_host, self.second_host):
            raise ValueError("The media gate listens on one address of each family: IPv4 and IPv6.")
        if any(ipaddress.ip_address(address).is_unspecified for address in self.told):
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


def _of_two_families(one: str, other: str) -> bool:
    return {ipaddress.ip_address(address).version for address in (one, other)} == {4, 6}
