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
@click.option(
    "--lockstate",
    type=click.Path(path_type=Path),
    default=None,
    help="The log's lockstate, where it is kept apart.",
)
def verify(folder: Path, key: str | None, state: Path | None, lockstate: Path | None) -> None:
    """Is the log in FOLDER whole and unchanged? Exit code 0 only if it is.

    \b
    Exit codes:
       0  good
       2  nothing was verified: no folder, no key, a file that cannot be read
      10  tampered: a byte was changed
      11  rolled back, or another history of the same log
      12  too few witnesses (for witness policies)
      13  incomplete: empty, not signed yet, or files missing
    """
    from audit.commands import verify_command  # noqa: PLC0415

    sys.exit(verify_command(folder, key, state, sys.stdout.write, lockstate))
