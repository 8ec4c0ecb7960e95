"""Are we running as installed? Our packages have generic import names; another `session` on the path must not serve."""

import importlib.util
from pathlib import Path
from typing import Final

PACKAGES: Final = ("server", "session", "verification", "support", "audit", "web_client")


class InstallationRefused(Exception):
    """The packages found are not one installation. The message is a sentence for the operator."""


def parent_folder() -> Path:
    """The one folder that holds all our packages. Raises InstallationRefused naming the stranger."""
    places = {name: _place(name) for name in PACKAGES}
    home = places["server"].parent
    strangers = [f"{name} at {place}" for name, place in places.items() if place.parent != home]
    if strangers:
        raise InstallationRefused(
            f"Tachiai's packages must share the folder {home}, but found {'; '.join(strangers)}. "
            "Install Tachiai into an environment of its own."
        )
    return home


def web_folder() -> Path:
    return parent_folder() / "web_client"


def _place(name: str) -> Path:
    # A spec is found without importing, so a stranger's code does not run.
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise InstallationRefused(f"Tachiai's package {name} is not installed. Install Tachiai again.")
    return Path(next(iter(spec.submodule_search_locations))).resolve()
