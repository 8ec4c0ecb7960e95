"""`tachiai audit`: looking at a log as an outsider would."""

import sys
from pathlib import Path

import click


@click.group()
def audit() -> None:
    """The audit log."""


@audit.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--key", default=None, help="The verifier key that you were told, or a file that holds it.")
@click.option(
    "--state", type=click.Path(path_type=Path), default=None, help="Remembers the last checkpoint seen."
)
def verify(folder: Path, key: str | None, state: Path | None) -> None:
    """Is the log in FOLDER whole and unchanged? Exit code 0 only if it is."""
    from audit.commands import verify_command  # noqa: PLC0415

    sys.exit(verify_command(folder, key, state, sys.stdout.write))
