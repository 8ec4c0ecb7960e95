"""All that is wrong with a settings file, at once."""

from pathlib import Path

import msgspec

from server.log_keeping.collector import collector_of
from server.log_keeping.policy_file import read_policy
from server.production.safety import Unsafe, refuse_open_settings, safe_places
from server.setting_groups import Settings
from server.setting_names import misfits
from server.setting_rules import broken
from server.settings import SettingsRefused, read_file


def wrong_in(file: Path, *, to_serve: bool = False) -> list[str]:
    """A sentence for each fault; none if the settings can be used. Rules that tie values together are judged once
    every name and kind is right, and `to_serve`, what serving in earnest asks on this machine, once they hold."""
    try:
        tree = read_file(file)
    except SettingsRefused as error:
        return [str(error)]
    if wrong := list(misfits(tree)):
        return wrong
    settings = msgspec.convert(tree, Settings, strict=False)
    return list(broken(settings)) or (_unsafe(file, settings) if to_serve else [])


def _unsafe(file: Path, settings: Settings) -> list[str]:
    try:
        refuse_open_settings(file)
        safe_places(settings)
        read_policy(settings)
        collector_of(settings)
    except (SettingsRefused, Unsafe) as error:
        return str(error).splitlines()
    return []
