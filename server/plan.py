"""What a server is put together from."""

from dataclasses import dataclass
from pathlib import Path

from server.demo_accounts import DemoDesk
from server.http.origin import Site
from server.keys import Keys
from server.places import Places
from server.settings import Settings
from verification.passwords import Passwords


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What differs between servers. `web` is the folder of pages, scripts and catalogues."""

    settings: Settings
    places: Places
    keys: Keys
    site: Site
    web: Path
    passwords: Passwords
    demo: DemoDesk | None = None
