"""`tachiai roster`: who is to work when, so that a look at a customer outside of it is seen."""

import sys
from pathlib import Path

import click

from server.commands.context import REFUSED, as_json_option, print_json, refuse
from server.commands.performing import done, say


@click.group()
def roster() -> None:
    """Who is to work when. A look at a customer more than half an hour outside of an agent's shifts is a flag."""


@roster.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json_option
@click.pass_context
def take_in(context: click.Context, file: Path, as_json: bool) -> None:
    """Take in shifts from FILE: all of them or none.

    FILE is CSV in UTF-8 with at most 1,000 rows. Its first row is agent,from,to: a username, and two moments with their
    distance to UTC, as in 2026-11-30T09:00+09:00. Shifts add to those that are planned already.
    """
    from server.administration.roster_acts import ImportRoster  # noqa: PLC0415

    result = done(context, ImportRoster(content=_content(file)))
    if as_json:
        print_json(result)
    elif not result.bad:
        say(f"Took in {result.shifts} shifts of {result.people} people.")
    if not result.bad:
        return
    say(f"Nothing was taken in. Wrong: {result.bad_in_all}.")
    for bad in result.bad:
        say(f"line {bad.line}: {bad.sentence}" if bad.line else bad.sentence)
    sys.exit(REFUSED)


def _content(file: Path) -> bytes:
    from support.roster_file import LARGEST_FILE_BYTES  # noqa: PLC0415

    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST_FILE_BYTES + 1)  # one more, so that a larger one is seen to be larger
    except OSError as error:
        refuse(f"{file} cannot be read: {error.strerror}. Nothing was changed.")
