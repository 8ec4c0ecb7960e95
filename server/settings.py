"""What an operator may set: defaults < TOML file < `TACHIAI_*` variables. Unknown names are refused.

A variable names a setting in capitals, with `__` between a group and its member: `TACHIAI_GATE__PORT=40000`. A list is
written with commas. With `_FILE` behind the name the value is read from that file, for secrets that should not stand in
a process's environment.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from server.setting_groups import LISTS, Settings, members
from server.setting_rules import SettingsRefused, check

PREFIX: Final = "TACHIAI_"
FILE_SUFFIX: Final = "_FILE"
LARGEST_FILE_BYTES: Final = 64 * 1024
FILE_VARIABLE: Final = "TACHIAI_CONFIG"
CREDENTIALS_VARIABLE: Final = "CREDENTIALS_DIRECTORY"  # systemd.exec(5), LoadCredential=
CREDENTIAL: Final = "credential:"
DEMO_DATA: Final = "./tachiai-demo"
_CREDENTIAL_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}", re.ASCII)

__all__ = ["Settings", "SettingsRefused", "data_folder", "load", "render", "secret_place"]


def load(
    file: Path | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """Settings from all layers. Without `file` the one that TACHIAI_CONFIG names is read; `overrides` are the command
    line's, nested as in the file. Raises SettingsRefused."""
    variables = os.environ if environment is None else environment  # noqa: TID251  # the one home
    named = variables.get(FILE_VARIABLE)
    file = Path(named) if file is None and named else file
    tree: dict[str, Any] = {}
    if file is not None:
        _merge(tree, _read_toml(file))
    _merge(tree, _from_environment(variables))
    _merge(tree, dict(overrides or {}))
    try:
        settings = msgspec.convert(tree, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsRefused(f"A setting cannot be used: {error}.") from error
    check(settings)
    return settings


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


def render(settings: Settings) -> str:
    """All settings with their values, a line each. There is no secret among them."""
    return "\n".join(_lines(msgspec.to_builtins(settings), ""))


def _read_toml(file: Path) -> dict[str, Any]:
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


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for variable, value in environment.items():
        if not variable.startswith(PREFIX) or variable == FILE_VARIABLE:
            continue
        path, text = variable.removeprefix(PREFIX), value
        if path.endswith(FILE_SUFFIX):
            path, text = path.removesuffix(FILE_SUFFIX), _read_text(Path(value)).strip()
        _place(tree, path.lower().split("__"), text, variable)
    return tree


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
        raise SettingsRefused(
            f"{variable} names no setting; here are known: {', '.join(sorted(known)) or 'none'}."
        )
    return known[name]


def _merge(tree: dict[str, Any], above: Mapping[str, Any]) -> None:
    for name, value in above.items():
        if isinstance(value, Mapping) and isinstance(tree.get(name, {}), dict):
            _merge(tree.setdefault(name, {}), value)
        else:
            tree[name] = value


def _lines(value: Any, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path} = {value!r}"]
    return [line for name, member in value.items() for line in _lines(member, f"{path}.{name}".lstrip("."))]
