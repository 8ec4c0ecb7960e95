"""`tachiai init`: from nothing, or from wherever an earlier one was stopped, to an instance that can be served.

Order, each step durable before the next: settings file, keys, log, database, first officer. So a key exists before
anything that it protects, and a log before the rows that refer to it; what contradicts this order was not left by a
crash, and is refused.
"""

import fcntl
import hashlib
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
from server.badges.key_file import BadgeKeyFile
from server.clock import SystemClock
from server.foundation import opened_records
from server.keys import HAS_SIGNED, Keys, make_post_quantum, open_keys, refuse_unusable
from server.places import Places, refuse_unfinished
from server.production.first_officer import NAME_ONE, FirstOfficer, Officer, Wanted, judge
from server.production.key_making import Fingerprint, fingerprints, make_missing
from server.production.safety import Unsafe, safe_places
from server.production.settings_file import commented
from server.production.usual import usual_settings
from server.production.warnings import warnings
from server.setting_names import all_settings
from server.settings import Layer, Settings, load, settings_from, variables_layer
from verification.badge import public_of

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
    places = _safe_places(request, settings)
    refuse_unfinished(places)
    _refuse_strangers(places)
    if request.officer is not None:
        judge(request.officer)
    elif not places.database.exists():
        raise InitRefused(NAME_ONE)
    refuse_unusable(places.keys)
    if places.keys.badges is not None and places.keys.badges.exists():
        BadgeKeyFile(places.keys.badges).signing()
    _make_folders(places)
    report = Report(settings_file=str(file), data=str(places.data))
    _write_settings(file, settings, report)
    with _alone(file):
        keys, badges = _keys(settings, places, report), _badges(places, report)
        await _records(settings, places, keys, report)
        report.officer = await FirstOfficer(settings).ensure(request.officer, new_link=request.new_link)
    report.fingerprints = [*fingerprints(keys), *badges]
    report.warnings = list(warnings(settings, places))
    return report


def _keys(settings: Settings, places: Places, report: Report) -> Keys:
    made, found = make_missing(places, settings.http.base_url)
    report.made += map(str, made)
    report.found += map(str, found)
    keys = open_keys(places.keys)
    if settings.log.post_quantum:
        second = make_post_quantum(keys.log_signing_key, origin_of(keys.log_signing_key))
        report.made += [] if second is None else [str(second)]
    return keys


def _badges(places: Places, report: Report) -> list[Fingerprint]:
    """The badge key, which may be made beside a log: it opens nothing, and the log tells when it came. None of ours
    where the issuer is a process of its own. Raises BadgeKeyRefused."""
    place = places.keys.badges
    if place is None:
        return []
    if os.access(place.parent, os.W_OK):
        clear_leftover(place)
    file = BadgeKeyFile(place)
    (report.made if file.make(SystemClock().now_ms()) else report.found).append(str(place))
    signing = file.signing()
    return [Fingerprint(f"badges {signing.key.id}", hashlib.sha256(public_of(signing.seed)).hexdigest())]


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


def _safe_places(request: Request, settings: Settings) -> Places:
    """Of a first init all that is missing is told at once, the officer too. Raises Unsafe."""
    try:
        return safe_places(settings)
    except Unsafe as error:
        if request.officer is None and not _is_there(request.settings_file):
            raise Unsafe(f"{error}\n{NAME_ONE}") from error
        raise


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


def _remember(places: Places) -> None:
    memory = places.keys.signed_before
    if not memory.exists() and os.access(memory.parent, os.W_OK):
        write_new(memory, HAS_SIGNED, 0o600)


def _refuse_loss(places: Places) -> None:
    """A second log under one key would be two stories with one signature."""
    if not places.log.exists() and places.keys.signed_before.exists():
        raise InitRefused(
            f"{places.keys.log_signing_key} has signed a log, and there is none in {places.log}. No second one was "
            "made. Is the volume mounted? After a loss run `tachiai restore`. To begin anew, take other keys and "
            "another folder."
        )
