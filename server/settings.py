"""What an operator may set: defaults < TOML file < `TACHIAI_*` variables. Unknown names are refused.

A variable names a setting in capitals, with `__` between a group and its member: `TACHIAI_GATE__PORT=40000`. A list is
written with commas. With `_FILE` behind the name the value is read from that file, for secrets that should not stand in
a process's environment.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

PREFIX: Final = "TACHIAI_"
FILE_SUFFIX: Final = "_FILE"
LARGEST_FILE_BYTES: Final = 64 * 1024
LISTS: Final = (list[str], list[int])
MOST_CHOICES: Final = 6
MOST_CONNECTIONS: Final = 50_000
LONGEST_CONSENT_S: Final = 1_800


class SettingsRefused(Exception):
    """A setting is unknown or has a value that cannot be. The message is a sentence for the operator."""


class HttpSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where pages and the interface are served. `base_url` "" means: made from host and port."""

    host: str = "localhost"
    port: int = msgspec.field(default=8080)
    base_url: str = ""
    trusted_proxies: list[str] = []
    connections: int = 1_024  # open at the same time, of all together
    connections_of_each: int = 128  # and of one source: many pages and sockets may share an office's address
    metrics_port: int = 0


class GateAddressSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the media gate listens (UDP) and which addresses it tells browsers; port 0 is any free one."""

    host: str = "127.0.0.1"
    port: int = 0
    advertised: list[str] = []
    max_sessions: int = 64


class ConsentSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """For how long a customer may agree to share: the choices offered, in seconds, each at most 1800."""

    durations_s: list[int] = msgspec.field(default_factory=lambda: [300, 600, 900, 1800])


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    organisation: str = "Kaede Exchange"
    data: str = "./tachiai-demo"
    log_level: str = "info"
    security_contact: str = ""
    http: HttpSettings = HttpSettings()
    gate: GateAddressSettings = GateAddressSettings()
    consent: ConsentSettings = ConsentSettings()


def load(
    file: Path | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """Settings from all layers. `overrides` are the command line's, nested as in the file. Raises SettingsRefused."""
    tree: dict[str, Any] = {}
    if file is not None:
        _merge(tree, _read_toml(file))
    _merge(tree, _from_environment(os.environ if environment is None else environment))  # noqa: TID251  # the one home
    _merge(tree, dict(overrides or {}))
    try:
        settings = msgspec.convert(tree, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsRefused(f"A setting cannot be used: {error}.") from error
    return _checked(settings)


def data_folder(settings: Settings) -> Path:
    """Absolute, so that it stays the same whatever happens to the working folder."""
    return Path(settings.data).resolve()


def render(settings: Settings) -> str:
    """All settings with their values, a line each. There is no secret among them."""
    return "\n".join(_lines(msgspec.to_builtins(settings), ""))


def _checked(settings: Settings) -> Settings:
    for name, port in (
        ("http.port", settings.http.port),
        ("http.metrics_port", settings.http.metrics_port),
        ("gate.port", settings.gate.port),
    ):
        if not 0 <= port <= 65535:  # the range of a port
            raise SettingsRefused(f"{name} is {port}; a port lies between 0 and 65535.")
    if not 16 <= settings.http.connections_of_each <= settings.http.connections <= MOST_CONNECTIONS:
        raise SettingsRefused(
            f"http.connections_of_each lies between 16 and http.connections, and that is at most {MOST_CONNECTIONS}."
        )
    if not 1 <= settings.gate.max_sessions <= 10_000:
        raise SettingsRefused("gate.max_sessions must lie between 1 and 10000.")
    if settings.log_level not in {"debug", "info", "warning", "error"}:
        raise SettingsRefused("log_level is one of debug, info, warning, error.")
    durations = settings.consent.durations_s
    if not (1 <= len(durations) <= MOST_CHOICES and durations == sorted(set(durations))):
        raise SettingsRefused(f"consent.durations_s lists 1 to {MOST_CHOICES} durations, the shortest first.")
    if not (durations[0] >= 1 and durations[-1] <= LONGEST_CONSENT_S):
        raise SettingsRefused(f"consent.durations_s lie between 1 and {LONGEST_CONSENT_S} seconds.")
    return settings


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
        if not variable.startswith(PREFIX):
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
    tree[path[-1]] = [part.strip() for part in text.split(",") if part.strip()] if member in LISTS else text


def _member(kind: Any, name: str, variable: str) -> Any:
    is_group = isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    known = {item.name: item.type for item in msgspec.structs.fields(kind)} if is_group else {}
    if name not in known:
        raise SettingsRefused(
            f"{variable} names no setting; here are known: {', '.join(sorted(known)) or 'none'}."
        )
    return known[name]


def _merge(tree: dict[str, Any], above: Mapping[str, Any]) -> None:
    for name, value in above.items():
        if isinstance(value, Mapping):
            _merge(tree.setdefault(name, {}), value)
        else:
            tree[name] = value


def _lines(value: Any, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path} = {value!r}"]
    return [line for name, member in value.items() for line in _lines(member, f"{path}.{name}".lstrip("."))]
