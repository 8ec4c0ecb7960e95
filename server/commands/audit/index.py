"""`tachiai audit index`: what makes searches quick."""

from typing import TYPE_CHECKING

import click

from server.commands.context import as_json_option, print_json
from server.commands.performing import done, say

if TYPE_CHECKING:
    from server.administration.search_acts import IndexStanding


@click.group()
def index() -> None:
    """The search index. Searches are right without it, and slow."""


@index.command()
@as_json_option
@click.pass_context
def rebuild(context: click.Context, as_json: bool) -> None:
    """Begin the index anew, out of the log. Recorded.

    A running server fills it in its spare time; without one this command does, before it ends. It is never needed
    for results to be right: the index mends itself. Use it after another keys.db was put in place by hand.
    """
    from server.administration.search_acts import RebuildIndex  # noqa: PLC0415

    _tell(done(context, RebuildIndex()), as_json=as_json)


@index.command()
@as_json_option
@click.pass_context
def status(context: click.Context, as_json: bool) -> None:
    """Up to which entry the index has come."""
    from server.administration.search_acts import ShowIndex  # noqa: PLC0415

    _tell(done(context, ShowIndex()), as_json=as_json)


def _tell(found: "IndexStanding", *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    rest = "Newer entries are looked through one by one" if found.complete else "It is being filled"
    say(f"{found.upto} of {found.size} entries are in the index. {rest}; searches find them all the same.")
    if found.closed:
        say(f"{found.closed} of them are opened by no key, so no search finds them.")
