"""`tachiai audit export`: entries of the log, opened, as a file."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

import click

from server.commands.context import as_json_option, not_now, print_json, refuse, settings_of
from server.commands.moment_option import Moment
from server.commands.performing import say
from server.commands.writing import finished_file

if TYPE_CHECKING:
    from server.administration.export_acts import BeginExport, ExportBegun, ExportPiece
    from server.settings import Settings

_INDEX = click.IntRange(0, 2**53 - 2)


@click.command()
@click.option(
    "--format",
    "format_",
    type=click.Choice(["jsonl", "ocsf", "cef"]),
    default="jsonl",
    show_default=True,
    help="One line an entry: the record itself, an OCSF 1.9.0 event, or ArcSight CEF:0.",
)
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file."
)
@click.option("--from-entry", "start", type=_INDEX, default=0, help="The first entry, by its index.")
@click.option("--to-entry", "last", type=_INDEX, default=None, help="The last one.")
@click.option("--from", "from_ms", type=Moment(), default=None, help="The first moment; UTC.")
@click.option("--to", "until_ms", type=Moment(), default=None, help="The moment after the last; UTC.")
@click.option("--session", default=None, help="Only of this session, by its id.")
@click.option("--case", default=None, help="Only of this case: your reference, or its id.")
@click.option(
    "--customer", default=None, help="Only about this customer: your reference, or their pseudonym."
)
@as_json_option
@click.pass_context
def export(
    context: click.Context,
    /,
    *,
    format_: Literal["jsonl", "ocsf", "cef"],
    output: Path,
    start: int,
    last: int | None,
    as_json: bool,
    **filters: str | int | None,
) -> None:
    """Write entries to a file, decrypted. That this was done, with what was asked for, is an entry before it begins.

    What was erased or sealed leaves as that. The last line says how many lines there should be, of which range, and
    under which signed checkpoint: a file without it was cut. Keep the file as you keep the log's keys; what left cannot
    be erased from here (`tachiai audit exports` lists it).

    \b
    Exit codes: 0 written; 2 refused, nothing left the log; 3 the server, the log or the database did not go on.
    """
    import msgspec  # noqa: PLC0415

    from server.administration.errors import ActRefused, CannotReach  # noqa: PLC0415
    from server.administration.export_acts import BeginExport  # noqa: PLC0415
    from server.administration.search_acts import SearchLog  # noqa: PLC0415

    try:
        wanted = msgspec.convert(filters, SearchLog)
    except msgspec.ValidationError:
        refuse("One of the filters is longer than anything that the log knows. Nothing was taken out.")
    act = BeginExport(
        format=format_, wanted=wanted, start=start, stop=2**53 - 1 if last is None else last + 1
    )
    try:
        with finished_file(output) as file:
            begun, end = asyncio.run(_fetch(settings_of(context), act, file))
    except ActRefused as error:
        refuse(str(error))
    except CannotReach as error:
        not_now(f"{error} {output} was not written.")
    except OSError as error:
        not_now(f"{output} could not be written: {error.strerror}. The log says that the export failed.")
    _tell(begun, end, output, as_json=as_json)


def _tell(begun: "ExportBegun", end: "ExportPiece", output: Path, *, as_json: bool) -> None:
    if as_json:
        told = {"entry": begun.export, "entries": end.count, "closed": end.closed, "sha256": end.sha256}
        print_json(told | {"file": str(output)})
    else:
        say(f"{output}: {end.count} of entries {begun.start} to {begun.stop - 1}, SHA-256 {end.sha256}")
        if end.closed:
            say(
                f"No key here opens {end.closed} of the entries looked at: without filters they are in the file as "
                "closed; with filters nobody here knows whether they match, and they are left out."
            )
        say(f"Recorded as entry {begun.export}.")


async def _fetch(
    settings: "Settings", act: "BeginExport", file: BinaryIO
) -> tuple["ExportBegun", "ExportPiece"]:
    from server.administration.export_acts import LeaveExport, NextPiece  # noqa: PLC0415
    from server.administration.reaching import conversation  # noqa: PLC0415

    async with conversation(settings) as office:
        begun = await office.perform(act)
        try:
            while True:
                piece = await office.perform(NextPiece(export=begun.export))
                file.write(piece.content)
                if piece.over:
                    return begun, piece
        except OSError:
            await office.perform(LeaveExport(export=begun.export))
            raise
