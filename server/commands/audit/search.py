"""`tachiai audit search`: entries of the log, opened, for whoever runs the server."""

from typing import TYPE_CHECKING

import click

from server.commands.context import as_json_option, print_json
from server.commands.moment_option import Moment
from server.commands.performing import done, moment, print_table, say

if TYPE_CHECKING:
    from audit.export.record import LogRecord


@click.command()
@click.option(
    "--customer", default=None, help="Your reference for a customer, or their pseudonym in the log."
)
@click.option("--actor", default=None, help="Who did it: a username, or an id as entries have it.")
@click.option(
    "--kind", default=None, help="customer, agent, officer, operator, key (another system) or system."
)
@click.option("--case", default=None, help="Your reference for a case, or its id.")
@click.option("--session", default=None, help="The id of a session.")
@click.option("--event", default=None, help="The whole name, for instance agent:case:viewed.")
@click.option("--outcome", default=None, help="intent, done, failed, refused or unknown.")
@click.option("--from", "from_ms", type=Moment(), default=None, help="The first moment; UTC.")
@click.option("--to", "until_ms", type=Moment(), default=None, help="The moment after the last; UTC.")
@click.option(
    "--before", type=click.IntRange(0, 2**53 - 1), default=None, help="Only entries with a lower index."
)
@click.option(
    "--limit", type=click.IntRange(1, 1_000), default=100, show_default=True, help="How many at most."
)
@as_json_option
@click.pass_context
def search(context: click.Context, /, *, as_json: bool, **filters: str | int | None) -> None:
    """Show the newest entries that match all that is given. The search is recorded, with what was asked for.

    What is printed is decrypted: treat it as you treat the log's keys.
    """
    import msgspec  # noqa: PLC0415

    from server.administration.search_acts import SearchLog  # noqa: PLC0415
    from server.commands.context import refuse  # noqa: PLC0415

    try:
        act = msgspec.convert(filters, SearchLog)
    except msgspec.ValidationError:
        refuse("One of the filters is longer than anything that the log knows. Nothing was read.")
    found = done(context, act)
    if as_json:
        print_json(found)
        return
    print_table(
        ("entry", "time", "event", "outcome", "by", "about"),
        [_row(entry) for entry in reversed(found.entries)],
    )
    if not found.entries:
        say("No entry that was looked at matches." if found.read_from else "No entry matches.")
    if found.closed:
        say(f"Whether these match nobody here knows, since no key here opens them: {found.closed} entries.")
    if found.read_from:
        say(f"Older entries were not looked at. Go on with --before {found.read_from}")


def _row(entry: "LogRecord") -> tuple[str, ...]:
    if entry.actor is None:
        closed = "(sealed: an auditor's key opens it)" if entry.sealed else "(erased)"
        return (str(entry.index), "-", closed, "-", "-", "-")
    about = [one for one in (entry.case, entry.session, entry.customer) if one is not None]
    by = f"{entry.actor.kind} {entry.actor.id}".rstrip()
    return (
        str(entry.index),
        moment(entry.at_ms),
        entry.name or "-",
        entry.outcome or "-",
        by,
        " ".join(about) or "-",
    )
