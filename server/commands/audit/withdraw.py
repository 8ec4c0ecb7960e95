"""`tachiai audit withdraw`: taking a request for erasure back."""

import click

from server.commands.context import as_json_option, print_json
from server.commands.performing import done, say


@click.command()
@click.argument("erasure")
@as_json_option
@click.pass_context
def withdraw(context: click.Context, erasure: str, as_json: bool) -> None:
    """Take back the request ERASURE, also one that officers approved, until it is begun."""
    from server.administration.erasure_acts import WithdrawErasure  # noqa: PLC0415

    taken = done(context, WithdrawErasure(erasure=erasure))
    if as_json:
        print_json(taken)
        return
    say(f"{taken.erasure}: withdrawn. Nothing is erased.")
