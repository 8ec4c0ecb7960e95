"""Settings for people: those in force with where each came from, and the reference of all.

No setting is itself a secret: keys are named by their files.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from server.setting_names import Setting, all_settings, groups
from server.settings import Layer, Settings

DEFAULT: Final = "default"


@dataclass(frozen=True, slots=True)
class Shown:
    """`source`: "default", a file's path, or a variable's name."""

    name: str
    value: Any
    source: str


def shown(settings: Settings, layers: Sequence[Layer]) -> list[Shown]:
    """Every setting, in the order of their definitions."""
    return [Shown(one.name, one.value_in(settings), _source(one, layers)) for one in all_settings()]


def as_toml(lines: Sequence[Shown]) -> str:
    """Lines of a settings file that would set the very same, with the source of each behind it."""
    texts = [f"{line.name} = {toml_value(line.value)}" for line in lines]
    width = min(max(map(len, texts)), 60)
    return "".join(f"{text:<{width}}  # {line.source}\n" for text, line in zip(texts, lines, strict=True))


def toml_value(value: Any) -> str:
    """A TOML text, number or list. JSON's escapes are TOML's, but for one character that JSON leaves as it is."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def reference() -> str:
    """Markdown: what docs/settings.md holds."""
    parts = [_INTRODUCTION]
    for group in groups():
        parts.append(f"## [{group.name}]\n{group.meaning}\n" if group.name else "## In no group\n")
        parts += [_entry(setting) for setting in group.settings]
    return "\n".join(parts)


def _entry(setting: Setting) -> str:
    kind = _KINDS[setting.kind]
    return (
        f"### `{setting.name}`\n{setting.meaning}\n\n"
        f"{kind}; default `{toml_value(setting.default)}`; variable `{setting.variable}`\n"
    )


def _source(setting: Setting, layers: Sequence[Layer]) -> str:
    for layer in reversed(layers):
        source = layer.source_of(setting.name)
        if source is not None:
            return source
    return DEFAULT


_KINDS: Final = {
    bool: "True or false",
    int: "Whole number",
    str: "Text",
    list[int]: "List of whole numbers",
    list[str]: "List of texts",
}
_INTRODUCTION: Final = """# Settings
Made by `tachiai config reference` from the settings' own definitions; do not edit.

A setting stands in the TOML file that `--config FILE` or the variable `TACHIAI_CONFIG` names, or in a variable of
the environment, which wins over the file. A list in a variable is written with commas. With `_FILE` behind a variable's
name the value is read from the file that it names. An unknown name is refused, wherever it stands.

`tachiai config show` prints every setting in force and where it came from; `tachiai config check FILE` says what is
wrong with a file.
"""
