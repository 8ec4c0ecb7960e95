"""How a command has an act done and ends: with its answer, or with the sentence and exit code of what went wrong."""

import asyncio
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import click

from server.commands.context import not_now, refuse, settings_of

if TYPE_CHECKING:  # the acts' own module is light, but what performs them takes half a second to import
    from server.administration.act import Act

AnswerType = TypeVar("AnswerType")


def done(context: click.Context, act: "Act[AnswerType]") -> AnswerType:
    """By the running server, or here if none runs. Ends the process where it is not done."""
    from server.administration.errors import ActRefused, CannotReach  # noqa: PLC0415
    from server.administration.reaching import perform  # noqa: PLC0415

    settings = settings_of(context)
    try:
        return asyncio.run(perform(settings, act))
    except ActRefused as error:
        refuse(str(error))
    except CannotReach as error:
        not_now(str(error))


def say(text: str) -> None:
    """A sentence for people: it never stands where a program reads data."""
    sys.stderr.write(text + "\n")


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns as wide as their widest cell; control characters of any value are shown, never sent to the terminal."""
    cells = [list(headings), *([_visible(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
    for row in cells:
        sys.stdout.write(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n"
        )


def moment(at_ms: int | None) -> str:
    """UTC to the minute; "-" for none."""
    if at_ms is None:
        return "-"
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _visible(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)
