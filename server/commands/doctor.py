"""`tachiai doctor`."""

import asyncio
import sys

import click

from server.commands.context import settings_of


@click.command()
@click.option("--data", default=None, help="The data folder to look at.")
@click.pass_context
def doctor(context: click.Context, data: str | None) -> None:
    """Look at what a server needs here, and say what is missing."""
    from server.doctor import examine  # noqa: PLC0415

    sys.exit(asyncio.run(examine(settings_of(context, {"data": data}), sys.stdout.write)))
