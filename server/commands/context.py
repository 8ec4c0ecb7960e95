"""What every command needs: the settings in force, one way to refuse, and one way to print data."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn

import click
import msgspec

from server.settings import Settings, SettingsRefused, load

FOUND_WRONG: Final = 1
REFUSED: Final = 2
NOT_NOW: Final = 3

as_json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document, for programs."
)


@contextmanager
def importing() -> Iterator[None]:
    """Around large imports: what they make stays, and the collector would look it through again and again."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def settings_of(context: click.Context, overrides: dict[str, Any] | None = None) -> Settings:
    """The settings in force for this command. `overrides` are its own options, nested as in the file; those that are
    None were not given. Ends the process if they cannot be used."""
    try:
        return load(settings_file(context), overrides=_given(overrides or {}))
    except SettingsRefused as error:
        refuse(str(error))


def settings_file(context: click.Context) -> Path | None:
    """What the root option `--config` names; None if it was not given."""
    file: Path | None = context.find_root().obj
    return file


def refuse(sentence: str) -> NoReturn:
    """Wrong use, or unsafe: nothing was changed."""
    _end(sentence, REFUSED)


def not_now(sentence: str) -> NoReturn:
    """The database, the log or the server does not answer. The sentence says what was changed, if anything."""
    _end(sentence, NOT_NOW)


def print_json(document: object) -> None:
    """The one JSON document of a command, in one line."""
    sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
    sys.stdout.flush()


def _end(sentence: str, code: int) -> NoReturn:
    sys.stderr.write(sentence + "\n")
    sys.exit(code)


def _given(tree: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _given(value) if isinstance(value, dict) else value
        for name, value in tree.items()
        if value is not None
    }
