"""The settings file that `init` writes: every setting with its meaning, those that were chosen in force."""

import textwrap
from collections.abc import Iterator
from typing import Final

from server.setting_display import toml_value
from server.setting_names import Group, Setting, groups
from server.settings import Settings

WIDTH: Final = 100
_HEAD: Final = """\
# Settings of Tachiai. A line that begins with "#" and a name shows the default: take the "# " away to change it.
# `tachiai config check FILE` says what is wrong with this file. A TACHIAI_* variable wins over a line here.
"""


def commented(settings: Settings) -> str:
    """TOML that gives exactly these settings again, with every other one as a comment."""
    return "\n".join([_HEAD, *(_group(group, settings) for group in groups())])


def _group(group: Group, settings: Settings) -> str:
    head = f"# {group.meaning}\n[{group.name}]\n" if group.name else ""
    return head + "".join(_entry(setting, settings) for setting in group.settings)


def _entry(setting: Setting, settings: Settings) -> str:
    name = setting.name.rpartition(".")[2]
    value = setting.value_in(settings)
    line = f"{name} = {toml_value(value)}"
    return "".join(_comment(setting.meaning)) + (line if value != setting.default else f"# {line}") + "\n"


def _comment(meaning: str) -> Iterator[str]:
    for line in textwrap.wrap(meaning, WIDTH, break_on_hyphens=False):
        yield f"# {line}\n"
