"""`tachiai audit verify-evidence`: what a bundle of evidence proves, for whoever holds it."""

import sys
from pathlib import Path

import click

from server.commands.context import as_json_option


@click.command("verify-evidence")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--key", default=None, help="The log's verifier key that you were told, or a file that holds it."
)
@click.option(
    "--policy",
    type=click.Path(path_type=Path),
    default=None,
    help="A witness policy: enough of its witnesses must have signed.",
)
@as_json_option
def verify_evidence(file: Path, key: str | None, policy: Path | None, as_json: bool) -> None:
    """Does the bundle of evidence in FILE hold, and what does it say? Exit code 0 only if it holds.

    Needs no server, no network and no secret: the bundle, and the log's key from somebody you trust.

    \b
    Exit codes:
       0  good
       2  nothing was verified: no key, a file that cannot be read
      10  it does not hold: it was changed, or is of another log
      12  it holds, and too few witnesses of the policy have signed
      13  there is nothing in it, or its seals end too early
    """
    from audit.evidence.command import verify_evidence_command  # noqa: PLC0415

    sys.exit(verify_evidence_command(file, key, policy, sys.stdout.write, as_json=as_json))
