"""The root of the command line: which commands there are, and where each one lies."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from server.version import VERSION

COMMANDS: Final[Mapping[str, str]] = {
    "agent": "server.commands.staff",
    "audit": "server.commands.audit",
    "backup": "server.commands.backup",
    "badge-issuer": "server.commands.badge_issuer",
    "canary": "server.commands.canaries",
    "case": "server.commands.cases",
    "config": "server.commands.settings",
    "customer": "server.commands.customers",
    "demo": "server.commands.demo",
    "doctor": "server.commands.doctor",
    "flags": "server.commands.flags",
    "handoff-key": "server.commands.handoff_keys",
    "init": "server.commands.init",
    "key": "server.commands.keys",
    "migrate": "server.commands.backup",
    "officer": "server.commands.staff",
    "openapi": "server.commands.openapi",
    "restore": "server.commands.backup",
    "roster": "server.commands.rosters",
    "serve": "server.commands.serve",
    "webhook": "server.commands.webhooks",
    "witness": "server.commands.witness",
}
_FILE = click.Path(dir_okay=False, path_type=Path)  # whether it must be there is the command's to say


class _Root(click.Group):
    """Imports a command's module when it is asked for; the module's attribute has the command's name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        command: click.Command = getattr(importlib.import_module(place), cmd_name.replace("-", "_"))
        return command


@click.group(cls=_Root)
@click.option(
    "--config",
    type=_FILE,
    default=None,
    help="The settings file. Without it the one that TACHIAI_CONFIG names.",
)
@click.version_option(VERSION, prog_name="tachiai")
@click.pass_context
def tachiai(context: click.Context, config: Path | None) -> None:
    """Tachiai: witnessed remote assistance."""
    context.obj = config
