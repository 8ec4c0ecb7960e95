"""What an operator may set: defaults < TOML file < `TACHIAI_*` variables. Unknown names are refused.

A variable names a setting in capitals, with `__` between a group and its member: `TACHIAI_GATE__PORT=40000`. A list is
written with commas. With `_FILE` behind the name the value is read from that file, for secrets that should not stand in
a process's environment.
"""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from server.setting_groups import LISTS, Settings, members
from server.setting_names import PREFIX, all_settings, misfits, unknown
from server.setting_rules import SettingsRefused, check

FILE_SUFFIX: Final = "_FILE"
LARGEST_FILE_BYTES: Final = 64 * 1024
FILE_VARIABLE: Final = "TACHIAI_CONFIG"
CREDENTIALS_VARIABLE: Final = "CREDENTIALS_DIRECTORY"  # systemd.exec(5), LoadCredential=
CREDENTIAL: Final = "credential:"
VAULT: Final = "vault:"
DEMO_DATA: Final = "./tachiai-demo"
_CREDENTIAL_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}", re.ASCII)

__all__ = [
    "Layer",
    "ServiceVariables",
    "Settings",
    "SettingsRefused",
    "assigned",
    "data_folder",
    "file_in_force",
    "layers_of",
    "load",
    "read_file",
    "secret_place",
    "service_variables",
    "settings_from",
    "variables_layer",
]


@dataclass(frozen=True, slots=True)
class Layer:
    """What one place sets, nested as in the file. `sources` maps a setting's dotted name to where it was set."""

    tree: Mapping[str, Any]
    sources: Mapping[str, str]

    def source_of(self, name: str) -> str | None:
        return self.sources.get(name)


def load(
    file: Path | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """Settings from all layers. Without `file` the one that TACHIAI_CONFIG names is read; `overrides` are the command
    line's, nested as in the file. Raises SettingsRefused."""
    return settings_from(layers_of(file, environment=environment), overrides=overrides)


def settings_from(layers: Sequence[Layer], *, overrides: Mapping[str, Any] | None = None) -> Settings:
    """`layers` with the stronger one last, `overrides` above them all. Raises SettingsRefused."""
    tree: dict[str, Any] = {}
    for layer in layers:
        _merge(tree, layer.tree)
    _merge(tree, dict(overrides or {}))
    for sentence in misfits(tree):
        raise SettingsRefused(sentence)
    settings = msgspec.convert(tree, Settings, strict=False)
    check(settings)
    return settings


def layers_of(file: Path | None = None, *, environment: Mapping[str, str] | None = None) -> list[Layer]:
    """The file's layer and the variables', the stronger one last. Raises SettingsRefused."""
    file = file_in_force(file, environment=environment)
    found = [] if file is None else [Layer(tree := read_file(file), _all_from(tree, str(file)))]
    return [*found, variables_layer(environment)]


def variables_layer(environment: Mapping[str, str] | None = None) -> Layer:
    """What `TACHIAI_*` variables set. Raises SettingsRefused."""
    return _from_environment(os.environ if environment is None else environment)  # noqa: TID251  # the one home


@dataclass(frozen=True, slots=True)
class ServiceVariables:
    """What a service manager gives its services (sd_notify(3), sd_watchdog_enabled(3)). `watchdog_s`: how often a sign
    of life is awaited at least; None if it is not, or not from this process."""

    notify_socket: str | None
    watchdog_s: float | None


def service_variables(environment: Mapping[str, str] | None = None) -> ServiceVariables:
    """Values that cannot be count as not given: the manager's own deadlines notice."""
    variables = os.environ if environment is None else environment  # noqa: TID251  # the one home
    every = variables.get("WATCHDOG_USEC", "")
    mine = variables.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    asked = mine and every.isdecimal() and int(every) > 0
    return ServiceVariables(variables.get("NOTIFY_SOCKET") or None, int(every) / 1_000_000 if asked else None)


def assigned(assignments: Sequence[str]) -> dict[str, Any]:
    """The tree of texts like `http.port=8443`; a list is written with commas. Raises SettingsRefused."""
    tree: dict[str, Any] = {}
    for assignment in assignments:
        name, sign, text = assignment.partition("=")
        if not sign:
            raise SettingsRefused(
                f"{assignment} sets nothing: write NAME=VALUE, for instance http.port=8443."
            )
        _place(tree, name.strip().split("."), text.strip(), name.strip())
    return tree


def file_in_force(file: Path | None, *, environment: Mapping[str, str] | None = None) -> Path | None:
    """`file`, or the one that TACHIAI_CONFIG names; None if there is neither."""
    variables = os.environ if environment is None else environment  # noqa: TID251  # the one home
    named = variables.get(FILE_VARIABLE)
    return Path(named) if file is None and named else file


def data_folder(settings: Settings) -> Path:
    """Absolute, so that it stays the same whatever happens to the working folder."""
    return Path(settings.data or DEMO_DATA).resolve()


def secret_place(text: str, *, environment: Mapping[str, str] | None = None) -> Path:
    """The file or folder that a setting under [keys] or [tls] names: a path, or a systemd credential. Raises
    SettingsRefused for a credential that the service was not given."""
    if not text.startswith(CREDENTIAL):
        return Path(text)
    name = text.removeprefix(CREDENTIAL)
    variables = os.environ if environment is None else environment  # noqa: TID251  # the one home
    given = variables.get(CREDENTIALS_VARIABLE)
    if not _CREDENTIAL_NAME.fullmatch(name):
        raise SettingsRefused(f"{text!r} names no credential: after the colon stands its name alone.")
    if not given:
        raise SettingsRefused(
            f"{text} is a systemd credential, and none were given. Give it to the service: LoadCredential={name}:PATH."
        )
    return Path(given) / name


def read_file(file: Path) -> dict[str, Any]:
    """What a TOML file says, not judged yet. Raises SettingsRefused."""
    try:
        return tomllib.loads(_read_text(file))
    except tomllib.TOMLDecodeError as error:
        raise SettingsRefused(f"{file} is not a TOML file: {error}.") from error


def _read_text(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST_FILE_BYTES:
            raise SettingsRefused(
                f"{file} is larger than {LARGEST_FILE_BYTES} bytes; that is no settings file."
            )
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsRefused(f"{file} cannot be read: {error}.") from error


def _from_environment(environment: Mapping[str, str]) -> Layer:
    tree: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for variable, value in environment.items():
        if not variable.startswith(PREFIX) or variable == FILE_VARIABLE:
            continue
        path, text = variable.removeprefix(PREFIX), value
        if path.endswith(FILE_SUFFIX):
            path, text = path.removesuffix(FILE_SUFFIX), _read_text(Path(value)).strip()
        parts = path.lower().split("__")
        _place(tree, parts, text, variable)
        sources[".".join(parts)] = variable
    return Layer(tree, sources)


def _place(tree: dict[str, Any], path: list[str], text: str, variable: str) -> None:
    kind: Any = Settings
    for name in path[:-1]:
        kind = _member(kind, name, variable)
        tree = tree.setdefault(name, {})
    member = _member(kind, path[-1], variable)
    if members(member):
        raise SettingsRefused(
            f"{variable} is a group; its settings are {variable}__ and one of {', '.join(members(member))}."
        )
    tree[path[-1]] = [part.strip() for part in text.split(",") if part.strip()] if member in LISTS else text


def _member(kind: Any, name: str, variable: str) -> Any:
    known = members(kind)
    if name not in known:
        of_variables = variable.startswith(PREFIX)
        names = {one.variable if of_variables else one.name: one for one in all_settings()}
        raise SettingsRefused(unknown(variable, names))
    return known[name]


def _all_from(tree: Mapping[str, Any], source: str) -> dict[str, str]:
    """Every setting that `tree` sets, with the one source of them all."""
    found: dict[str, str] = {}
    for name, value in tree.items():
        inner = _all_from(value, source) if isinstance(value, Mapping) else {"": source}
        found.update({f"{name}.{below}".rstrip("."): source for below in inner})
    return found


def _merge(tree: dict[str, Any], above: Mapping[str, Any]) -> None:
    for name, value in above.items():
        if isinstance(value, Mapping) and isinstance(tree.get(name, {}), dict):
            _merge(tree.setdefault(name, {}), value)
        else:
            tree[name] = value
