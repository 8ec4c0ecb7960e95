"""Every setting by its dotted name, and what is wrong with a tree of them: all at once, each as a sentence."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args, get_origin

import msgspec

from server.setting_groups import Settings, members

PREFIX: Final = "TACHIAI_"


@dataclass(frozen=True, slots=True)
class Setting:
    """One that can be set. `name` is dotted; `meaning` a sentence or two with unit and range; `default` its value."""

    name: str
    kind: Any
    meaning: str
    default: Any

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper().replace(".", "__")

    def value_in(self, settings: Settings) -> Any:
        value: Any = settings
        for part in self.name.split("."):
            value = getattr(value, part)
        return value


@dataclass(frozen=True, slots=True)
class Group:
    """`name` is "" for those that belong to no group."""

    name: str
    meaning: str
    settings: tuple[Setting, ...]


def groups() -> list[Group]:
    """In the order of their definitions; what belongs to no group comes first."""
    defaults = Settings()
    alone = [field for field in msgspec.structs.fields(Settings) if not members(field.type)]
    found = [Group("", "", tuple(_setting("", field, defaults) for field in alone))]
    for field in msgspec.structs.fields(Settings):
        if members(field.type):
            inner = msgspec.structs.fields(field.type)
            of_group = tuple(_setting(f"{field.name}.", one, getattr(defaults, field.name)) for one in inner)
            found.append(Group(field.name, (field.type.__doc__ or "").strip(), of_group))
    return found


def all_settings() -> list[Setting]:
    return [setting for group in groups() for setting in group.settings]


def misfits(tree: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each name that no setting has, and each value that is not of its setting's kind. What values may
    be beyond that is judged in `setting_rules`."""
    known = {setting.name: setting for setting in all_settings()}
    group_names = {name for name, kind in members(Settings).items() if members(kind)}
    for name, value in _leaves(tree, "", group_names):
        if name in group_names:
            yield f"{name} is a group of settings: write [{name}] and below it what it holds."
        elif name not in known:
            yield unknown(name, known)
        elif error := _kind_error(value, known[name]):
            yield error


def unknown(name: str, known: Mapping[str, object]) -> str:
    """The sentence for a name that no setting has, with the one that was probably meant."""
    return f"There is no setting {name}.{_guess(name, known)} `tachiai config reference` lists all."


def _guess(name: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    last = name.rpartition(".")[2]
    elsewhere = [one for one in known if one.rpartition(".")[2] == last]
    guessed = near or elsewhere
    return f" Did you mean {guessed[0]}?" if guessed else ""


def _leaves(tree: Mapping[str, Any], path: str, group_names: set[str]) -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        name = f"{path}{key}"
        if isinstance(value, Mapping) and (name in group_names or value):
            yield from _leaves(value, f"{name}.", group_names)
        else:
            yield name, value


def _kind_error(value: Any, setting: Setting) -> str | None:
    try:
        msgspec.convert(value, setting.kind, strict=False)
    except msgspec.ValidationError:
        return f"{setting.name} is {_WANTED[setting.kind]}, for instance {setting.name} = {_EXAMPLE[setting.kind]}."
    return None


_WANTED: Final = {
    bool: "true or false",
    int: "a whole number",
    str: "a text in quotes",
    list[int]: "a list of whole numbers",
    list[str]: "a list of texts",
}
_EXAMPLE: Final = {bool: "true", int: "1", str: '"text"', list[int]: "[1, 2]", list[str]: '["one", "two"]'}


def _setting(prefix: str, field: Any, defaults: Any) -> Setting:
    annotated = get_origin(field.type) is not None and hasattr(field.type, "__metadata__")
    described = [note.description for note in field.type.__metadata__] if annotated else [""]
    kind = get_args(field.type)[0] if annotated else field.type
    return Setting(prefix + field.name, kind, described[0] or "", getattr(defaults, field.name))
