"""`tachiai config`: the settings as they are in force."""

import sys

import click

from server.commands.context import settings_of


@click.group()
def config() -> None:
    """Settings."""


@config.command()
@click.pass_context
def show(context: click.Context) -> None:
    """Print all settings as they are in force."""
    from server.settings import render  # noqa: PLC0415

    sys.stdout.write(render(settings_of(context)) + "\n")
