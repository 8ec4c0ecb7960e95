"""`tachiai audit report`: the self-audit, now."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from server.commands.context import as_json_option, print_json, refuse
from server.commands.performing import done, say

if TYPE_CHECKING:  # as heavy as what it comes with
    from server.administration.report_acts import ReportGiven

DAYS: Final = 7


@click.command()
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="The folder to write the report into; without it, this one.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "pdf", "json"]),
    default="html",
    show_default=True,
    help="A page for people, the same on paper, or one document for programs.",
)
@click.option(
    "--days", type=click.IntRange(1, 3_660), default=DAYS, show_default=True, help="Of how many days."
)
@click.option(
    "--language", default="", help="The page's language; without it, the first of the setting languages."
)
@as_json_option
@click.pass_context
def report(context: click.Context, folder: Path, form: str, days: int, language: str, as_json: bool) -> None:
    """Verify the log and write a report on it and on those who keep it. The report is an entry of the log.

    It holds pseudonyms and counts, no customer's data. What could not be looked at is said in it.

    \b
    Exit codes:
       0  good, and nothing to be mended
       1  the log is good; something else is to be mended
       2  nothing was verified, or no report was made
       3  the server, its log or its database does not answer
      10 to 13  as `tachiai audit verify`
    """
    from server.administration.report_acts import Format, MakeReport  # noqa: PLC0415

    if not folder.is_dir():
        refuse(f"There is no folder {folder}. No report was made.")
    formats: dict[str, Format] = {"html": "html", "pdf": "pdf", "json": "json"}
    act = MakeReport(days=days, format=formats[form], language=language)
    made = done(context, act)
    file = _written(folder, form, made)
    if as_json:
        print_json(
            {
                "file": str(file),
                "sha256": made.sha256,
                "entry": made.entry,
                "exit_code": made.exit_code,
                "to_mend": made.to_mend,
                "sentence": made.sentence,
            }
        )
    else:
        click.echo(f"Written: {file}, SHA-256 {made.sha256}, announced in entry {made.entry}.")
        say(made.sentence)
        if made.to_mend:
            say(f"To be mended: {made.to_mend}. The report says what, and how.")
    sys.exit(made.exit_code)


def _written(folder: Path, form: str, made: "ReportGiven") -> Path:
    from server.reporting.names import file_name  # noqa: PLC0415

    file = folder / file_name(made.to_ms, made.entry, form)
    try:
        with file.open("xb") as stream:
            stream.write(made.content)
    except OSError as error:
        refuse(
            f"{file} cannot be written: {error.strerror}. The report is recorded in entry {made.entry} all the same."
        )
    return file
