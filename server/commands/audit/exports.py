"""`tachiai audit exports`: what has left the log."""

import click

from server.commands.context import as_json_option, print_json
from server.commands.performing import done, moment, print_table, say


@click.command()
@click.option(
    "--customer",
    default=None,
    help="Only those with entries about this customer: your reference, or their pseudonym, also after an erasure.",
)
@as_json_option
@click.pass_context
def exports(context: click.Context, customer: str | None, as_json: bool) -> None:
    """List every export and bundle of evidence that was taken out, as the log itself tells. The look is recorded.

    An erasure does not reach what has left: ask here what that is, and who took it. What goes to a collector
    by [syslog] is not listed.
    """
    from server.administration.export_acts import ListExports  # noqa: PLC0415

    found = done(context, ListExports(customer=customer))
    if as_json:
        print_json(found)
        return
    if not found.exports:
        say("None holds entries about them." if customer else "Nothing was taken out.")
        return
    rows = [
        (
            str(line.entry),
            moment(line.at_ms),
            line.by,
            f"{line.what} {line.format}",
            f"{line.start}-{line.stop - 1}",
            " ".join(f"{name}={value}" for name, value in line.wanted.items()) or "everything",
            line.state,
            "-" if line.entries is None else str(line.entries),
            "-" if line.concerning is None else str(line.concerning),
        )
        for line in found.exports
    ]
    headings = ("entry", "time", "by", "what", "range", "asked for", "state", "lines", "about them")
    print_table(headings, rows)
