"""`tachiai audit`: the log for outsiders, auditors and operators.

One module for each command, imported when it is asked for; its attribute has the command's name, with `_` for `-`.
"""

import importlib
from collections.abc import Mapping
from typing import Final

import click

COMMANDS: Final[Mapping[str, str]] = {
    "evidence": "server.commands.audit.evidence",
    "export": "server.commands.audit.export",
    "exports": "server.commands.audit.exports",
    "index": "server.commands.audit.index",
    "receipt-checker": "server.commands.audit.receipt_checker",
    "erase": "server.commands.audit.erase",
    "erasures": "server.commands.audit.erasures",
    "search": "server.commands.audit.search",
    "withdraw": "server.commands.audit.withdraw",
    "fsck": "server.commands.audit.fsck",
    "prove": "server.commands.audit.prove",
    "schema": "server.commands.audit.schema",
    "report": "server.commands.audit.report",
    "decrypt": "server.commands.audit.decrypt",
    "recipient": "server.commands.audit.recipient",
    "kek": "server.commands.audit.kek",
    "rewrap": "server.commands.audit.rewrap",
    "verify": "server.commands.audit.verify",
    "verify-evidence": "server.commands.audit.verify_evidence",
    "verify-receipt": "server.commands.audit.verify_receipt",
}


class _Group(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        command: click.Command = getattr(importlib.import_module(place), cmd_name.replace("-", "_"))
        return command


@click.group(cls=_Group)
def audit() -> None:
    """The audit log."""
