"""The secret shared with the TURN server, out of the file that a setting names."""

from typing import Final

from server.password_files import password_in
from server.settings import SettingsRefused
from server.turn.relays import NO_RELAYS, Relays
from server.turn.settings import TurnSettings

SHORTEST_SECRET: Final = 32


def relays_of(turn: TurnSettings) -> Relays:
    """Raises SettingsRefused."""
    if not turn.urls:
        return NO_RELAYS
    secret = password_in("turn.access", turn.access, "the TURN server")
    if len(secret) < SHORTEST_SECRET:
        raise SettingsRefused(
            f"turn.access names a file whose secret has fewer than {SHORTEST_SECRET} characters: whoever guesses it "
            "uses the TURN server. Make one with `openssl rand -hex 32`, and give it to both."
        )
    return Relays(turn.urls, secret)
