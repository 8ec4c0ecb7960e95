"""All that is wrong with a settings file, at once."""

from pathlib import Path

import msgspec

from server.setting_groups import Settings
from server.setting_names import misfits
from server.setting_rules import broken
from server.settings import SettingsRefused, read_file


def wrong_in(file: Path) -> list[str]:
    """A sentence for each fault; none if the settings can be used. Rules that tie values together are judged once
    every name and kind is right."""
    try:
        tree = read_file(file)
    except SettingsRefused as error:
        return [str(error)]
    return list(misfits(tree)) or list(broken(msgspec.convert(tree, Settings, strict=False)))
