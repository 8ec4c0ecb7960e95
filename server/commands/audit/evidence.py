"""`tachiai audit evidence`: all that proves one session to somebody else, as one file."""

from pathlib import Path

import click

from server.commands.context import as_json_option, not_now, print_json
from server.commands.performing import done, say
from server.commands.writing import finished_file


@click.command()
@click.argument("session")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file, a zip."
)
@click.option("--reason", required=True, help="What it is for, in one line; it is recorded.")
@as_json_option
@click.pass_context
def evidence(context: click.Context, session: str, output: Path, reason: str, as_json: bool) -> None:
    """Write what the log holds of SESSION to a file that anybody can check with the log's verifier key alone.

    It opens these entries, with what they hold of persons, to whoever has the file. That it was made, and why, is an
    entry before it is; another holds the file's SHA-256. `tachiai audit verify-evidence` checks it.

    \b
    Exit codes: 0 written; 2 refused, nothing left the log; 3 the server, the log or the database did not go on.
    """
    from server.administration.export_acts import MakeEvidence  # noqa: PLC0415

    try:
        with finished_file(output) as file:
            made = done(context, MakeEvidence(session=session, reason=reason))
            file.write(made.content)
    except OSError as error:
        not_now(f"{output} could not be written: {error.strerror}. The log says that it was made.")
    if as_json:
        print_json({"entry": made.entry, "entries": made.entries, "sha256": made.sha256, "file": str(output)})
    else:
        say(f"{output}: {made.entries} entries, SHA-256 {made.sha256}")
        say(f"Recorded as entry {made.entry}.")
