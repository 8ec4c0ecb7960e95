"""`tachiai init`: from nothing, or from wherever an earlier one was stopped, to an instance that can be served.

Order, each step durable before the next: settings file, keys, log, database, first officer. So a key exists before
anything that it protects, and a log before the rows that refer to it; what contradicts this order was not left by a
crash, and is refused.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from audit.disk import Disk
from audit.new_file import clear_leftover, write_new
from audit.opening import origin_of
from server.administration.acts import Status
from server.administration.reaching import ask_server
from server.clock import SystemClock
from server.foundation import opened_records
from server.keys import Keys, open_keys
from server.places import Places, refuse_unfinished
from server.production.first_officer import FirstOfficer, Officer, Wanted
from server.production.key_making import Fingerprint, fingerprints, make_missing
from server.production.safety import safe_places
from server.production.settings_file import commented
from server.production.usual import usual_settings
from server.production.warnings import warnings
from server.setting_names import all_settings
from server.settings import Layer, Settings, load, settings_from, variables_layer

SETTINGS_MODE: Final = 0o640
_SYSTEMS: Final = ("lost+found",)


class InitRefused(Exception):
    """Something is in the way. The message says what, and what to do; nothing was made after it was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`chosen`: the options given, nested as in the settings file. `officer` None: not named. `new_link`: what the
    first officer was given before is to be void."""

    settings_file: Path
    chosen: Mapping[str, Any]
    officer: Wanted | None
    new_link: bool = False


@dataclass(slots=True, kw_only=True)
class Report:
    """What there is now. `made` and `found` are paths, `warnings` sentences."""

    settings_file: str
    data: str
    made: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    fingerprints: list[Fingerprint] = field(default_factory=list)
    officer: Officer | None = None


async def initialise(request: Request) -> Report:
    """Raises InitRefused, and the refusals of `start_refusals`: each is a sentence."""
    file = request.settings_file
    settings = _settings(request)
    places = safe_places(settings)
    refuse_unfinished(places)
    _refuse_strangers(places)
    if request.officer is None and not places.database.exists():
        raise InitRefused("Name the first security officer: --officer-username and --officer-name.")
    _make_folders(places)
    report = Report(settings_file=str(file), data=str(places.data))
    _write_settings(file, settings, report)
    with _alone(file):
        made, found = make_missing(places, settings.http.base_url)
        report.made += map(str, made)
        report.found += map(str, found)
        keys = open_keys(places.keys)
        await _records(settings, places, keys, report)
        report.officer = await FirstOfficer(settings).ensure(request.officer, new_link=request.new_link)
    report.fingerprints = fingerprints(keys)
    report.warnings = list(warnings(settings, places))
    return report


def _settings(request: Request) -> Settings:
    file = request.settings_file
    if _is_there(file):
        settings = load(file)
        _refuse_contradiction(file, settings, load(file, overrides=request.chosen))
        return settings
    variables = variables_layer()
    options = Layer(request.chosen, _names_in(request.chosen))
    chosen = settings_from([variables, options])
    usual = usual_settings(file, chosen, lambda name: name in options.sources or name in variables.sources)
    return settings_from([Layer(usual, {}), variables, options])


def _is_there(file: Path) -> bool:
    try:
        return file.exists()
    except PermissionError as error:
        raise InitRefused(
            f"This user may not look for {file}. Run this as the user that will serve."
        ) from error


def _names_in(tree: Mapping[str, Any], path: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in tree.items():
        if isinstance(value, Mapping):
            found |= _names_in(value, f"{path}{name}.")
        else:
            found[f"{path}{name}"] = "option"
    return found


def _refuse_contradiction(file: Path, there: Settings, wanted: Settings) -> None:
    differing = [one.name for one in all_settings() if one.value_in(there) != one.value_in(wanted)]
    if differing:
        raise InitRefused(
            f"{file} is there already and says otherwise about {', '.join(differing)}. Change it there, or leave the "
            "option out; init changes no settings file."
        )


def _refuse_strangers(places: Places) -> None:
    """An instance's folder is known by what it has."""
    if not places.data.is_dir() or places.log.exists() or places.database.exists():
        return
    strangers = sorted(place.name for place in places.data.iterdir() if place.name not in _SYSTEMS)
    if strangers:
        raise InitRefused(
            f"{places.data} holds something that is not Tachiai's: {', '.join(strangers[:3])}. Give an empty or new "
            "folder as data."
        )


def _make_folders(places: Places) -> None:
    """First of all, since it is what an operator without the right to it fails at."""
    try:
        Disk().make_folder(places.data)
        if places.lockstate.parent != places.log:
            Disk().make_folder(places.lockstate.parent)
    except OSError as error:
        raise InitRefused(
            f"{error.filename} cannot be made: {error.strerror}. Make it as root and give it to the user that will "
            "serve, or choose another folder with --data."
        ) from error


def _write_settings(file: Path, settings: Settings, report: Report) -> None:
    if file.exists():
        report.found.append(str(file))
        return
    try:
        Disk().make_folder(file.resolve().parent, 0o750)
        write_new(file, commented(settings).encode(), SETTINGS_MODE)
    except OSError as error:
        raise InitRefused(
            f"{file} cannot be written: {error.strerror}. Name another one with --config."
        ) from error
    report.made.append(str(file))


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Two at once would both find that something is missing."""
    with file.open("rb") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InitRefused(f"Another init works with {file}. Wait until it is done.") from error
        if os.access(file.parent, os.W_OK):
            clear_leftover(file)
        yield


async def _records(settings: Settings, places: Places, keys: Keys, report: Report) -> None:
    """Log and database. A running server has both, and alone may open them."""
    there = [str(place) for place in (places.log, places.database) if place.exists()]
    _refuse_loss(places)
    if await ask_server(settings, Status()) is None:
        async with opened_records(places, keys, SystemClock(), made_as=origin_of(keys.log_signing_key)):
            _remember(places)
    report.found += there
    report.made += [str(place) for place in (places.log, places.database) if str(place) not in there]


def _memory(places: Places) -> Path:
    """Beside the signing key: that it has signed a log. Whatever becomes of the data, the key remembers."""
    return places.keys.log_signing_key.with_name("log-signing-key.used")


def _remember(places: Places) -> None:
    memory = _memory(places)
    if not memory.exists() and os.access(memory.parent, os.W_OK):
        write_new(memory, b"A log that this key signs was made by `tachiai init`.\n", 0o600)


def _refuse_loss(places: Places) -> None:
    """A second log under one key would be two stories with one signature."""
    if not places.log.exists() and _memory(places).exists():
        raise InitRefused(
            f"{places.keys.log_signing_key} has signed a log, and there is none in {places.log}. No second one was "
            "made. Is the volume mounted? After a loss run `tachiai restore`. To begin anew, take other keys and "
            "another folder."
        )
