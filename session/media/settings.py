"""What the operator decides about the gate."""

import ipaddress
from dataclasses import dataclass
from typing import Final

MOST_SESSIONS: Final = 512  # as many as were measured: see DECISIONS.md


@dataclass(frozen=True, slots=True)
class GateSettings:
    """`port` 0 takes any free one. `advertised` are the addresses written into the SDP, in order of preference; empty
    means `bind_host`. `max_sessions` bounds memory: about 2 MB a session, most of it the resend buffer."""

    bind_host: str = "127.0.0.1"
    port: int = 0
    advertised: tuple[str, ...] = ()
    max_sessions: int = 64

    def __post_init__(self) -> None:
        """Raises ValueError with a sentence for the operator."""
        for address in (self.bind_host, *self.advertised):
            ipaddress.ip_address(address)
        named = self.advertised or (self.bind_host,)
        if any(ipaddress.ip_address(address).is_unspecified for address in named):
            raise ValueError(
                "The media gate listens on every address: set the advertised ones that browsers reach."
            )
        if not 0 <= self.port <= 65_535:
            raise ValueError("The media gate needs a port from 0 to 65535.")
        if not 1 <= self.max_sessions <= MOST_SESSIONS:
            raise ValueError(
                f"The media gate serves 1 to {MOST_SESSIONS} sessions at once; set its limit there."
            )
