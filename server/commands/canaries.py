"""`tachiai canary`: customers whom nobody has a reason to look at, so that whoever does is stopped."""

import click

from server.commands.context import as_json_option, print_json
from server.commands.performing import done, moment, print_table, say


@click.group()
def canary() -> None:
    """Customers whom nobody has a reason to look at: an agent who reaches for one is blocked for half an hour, and
    every officer sees a flag. Import one that is made up, and tell nobody who helps customers."""


@canary.command()
@click.argument("customer")
@as_json_option
@click.pass_context
def add(context: click.Context, customer: str, as_json: bool) -> None:
    """Mark CUSTOMER, by your own reference. Nothing that an agent sees tells that it is one."""
    from server.administration.canary_acts import AddCanary  # noqa: PLC0415

    line = done(context, AddCanary(customer=customer))
    if as_json:
        print_json(line)
    else:
        say(f"{line.reference} is a canary since {moment(line.marked_at_ms)}.")


@canary.command(name="list")
@as_json_option
@click.pass_context
def show_all(context: click.Context, as_json: bool) -> None:
    """Show all of them. This look is recorded."""
    from server.administration.canary_acts import ListCanaries  # noqa: PLC0415

    found = done(context, ListCanaries())
    if as_json:
        print_json(found)
        return
    print_table(
        ("customer", "name, masked", "since"),
        [(line.reference, line.label, moment(line.marked_at_ms)) for line in found.canaries],
    )


@canary.command()
@click.argument("customer")
@as_json_option
@click.pass_context
def remove(context: click.Context, customer: str, as_json: bool) -> None:
    """CUSTOMER is one like any other again. Blocks that it led to go on."""
    from server.administration.canary_acts import RemoveCanary  # noqa: PLC0415

    line = done(context, RemoveCanary(customer=customer))
    if as_json:
        print_json(line)
    else:
        say(f"{line.reference} is no canary any more.")
