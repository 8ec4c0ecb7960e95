"""`tachiai case`."""

from typing import TYPE_CHECKING

import click

from server.commands.context import as_json_option, print_json
from server.commands.performing import done, moment, print_table, say

if TYPE_CHECKING:
    from server.administration.acts import CaseLine


@click.group()
def case() -> None:
    """Cases: the reasons for contacts, without which nothing about a customer opens."""


@case.command(name="open")
@click.argument("reference")
@click.option("--customer", required=True, help="The customer's reference.")
@click.option("--reason", required=True, help="One line, as the agent reads it.")
@click.option("--agent", default="", help="The username of the agent who gets it. Without it, nobody yet.")
@as_json_option
@click.pass_context
def open_(
    context: click.Context, reference: str, customer: str, reason: str, agent: str, as_json: bool
) -> None:
    """Open a case; it is live at once."""
    from server.administration.acts import OpenCase  # noqa: PLC0415

    act = OpenCase(reference=reference, customer=customer, reason=reason, agent=agent)
    _show(done(context, act), as_json=as_json)


@case.command(name="list")
@click.option("--all", "closed_too", is_flag=True, help="With those that are closed.")
@as_json_option
@click.pass_context
def show_all(context: click.Context, closed_too: bool, as_json: bool) -> None:
    """Show open cases, the latest activity first, 500 at most. The look is recorded."""
    from server.administration.acts import ListCases  # noqa: PLC0415

    found = done(context, ListCases(closed_too=closed_too))
    if as_json:
        print_json(found)
        return
    print_table(
        ("reference", "customer", "agent", "state", "live", "last activity"),
        [
            (
                line.reference,
                line.customer,
                line.agent or "-",
                line.state,
                "yes" if line.live else "no",
                moment(line.last_activity_ms),
            )
            for line in found.cases
        ],
    )


@case.command()
@click.argument("reference")
@as_json_option
@click.pass_context
def close(context: click.Context, reference: str, as_json: bool) -> None:
    """Close a case. What runs in it ends."""
    from server.administration.acts import CloseCase  # noqa: PLC0415

    _show(done(context, CloseCase(reference=reference)), as_json=as_json)


@case.command()
@click.argument("reference")
@click.option("--agent", required=True, help='A username; "" takes it from everybody.')
@as_json_option
@click.pass_context
def assign(context: click.Context, reference: str, agent: str, as_json: bool) -> None:
    """Give a case to an agent, who then has eight hours. What the former one runs in it ends."""
    from server.administration.acts import AssignCase  # noqa: PLC0415

    _show(done(context, AssignCase(reference=reference, agent=agent)), as_json=as_json)


def _show(line: "CaseLine", *, as_json: bool) -> None:
    if as_json:
        print_json(line)
    else:
        say(f"{line.reference} is {line.state}, with {line.agent or 'nobody'}.")
