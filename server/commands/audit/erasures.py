"""`tachiai audit erasures`: what was asked for, and what became of it."""

import click

from server.commands.context import as_json_option, print_json
from server.commands.performing import done, moment, print_table


@click.command()
@as_json_option
@click.pass_context
def erasures(context: click.Context, as_json: bool) -> None:
    """Show requests for erasure and the receipts of those carried out, the latest first. The look is recorded."""
    from server.administration.erasure_acts import ListErasures  # noqa: PLC0415

    found = done(context, ListErasures())
    if as_json:
        print_json(found)
        return
    rows = [
        (
            line.erasure,
            line.reference,
            line.state if line.reason is None else f"{line.state}: {line.reason}",
            f"{line.approvals} of 2",
            moment(line.due_at_ms),
            moment(line.done_at_ms),
            "-" if line.entry is None else str(line.entry),
        )
        for line in found.erasures
    ]
    print_table(("erasure", "customer", "state", "approved", "not before", "done", "entry"), rows)
