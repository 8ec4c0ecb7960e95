"""`tachiai audit recipient`: auditors who can open periods of the log that its server no longer can."""

from pathlib import Path

import click

from server.commands.context import as_json_option, print_json, refuse
from server.commands.performing import say


@click.group()
def recipient() -> None:
    """Auditors' key pairs for sealed mode."""


@recipient.command()
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="The private key; the public file is written beside it, with .pub at its end.",
)
@as_json_option
def new(output: Path, as_json: bool) -> None:
    """Make an auditor's key pair: on the auditor's own machine, never on the server.

    The private key is encrypted by nothing. Keep it on a medium that only you can take, and a copy in a safe: without
    it, and without the recovery key, what is sealed stays sealed for ever. Give the .pub file to the operator.
    """
    from audit.keys.recipients import RecipientKey, RecipientRefused  # noqa: PLC0415

    try:
        key = RecipientKey.create(output)
    except RecipientRefused as error:
        refuse(str(error))
    public = output.with_name(f"{output.name}.pub")
    fingerprint = key.recipient.fingerprint.hex()
    if as_json:
        print_json({"private": str(output), "public": str(public), "fingerprint": fingerprint})
        return
    say(
        f"{output} is the private key, encrypted by nothing: keep it off every server, and a copy in a safe. {public} "
        f"is for the operator, who compares the fingerprint with you: {fingerprint}"
    )
