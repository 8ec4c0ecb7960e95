"""`tachiai audit erase`: asking for a customer to be erased."""

from typing import TYPE_CHECKING

import click

from server.commands.context import as_json_option, print_json
from server.commands.performing import done, moment, say

if TYPE_CHECKING:
    from server.administration.erasure_acts import Level


@click.command()
@click.argument("reference")
@click.option(
    "--level",
    type=click.Choice(["V0", "V1", "V2", "V3"]),
    required=True,
    help="How sure it is that the customer asks: V2 or more.",
)
@click.option(
    "--proof", required=True, help="How that was made sure, in words; sealed under the customer's key."
)
@as_json_option
@click.pass_context
def erase(context: click.Context, reference: str, level: "Level", proof: str, as_json: bool) -> None:
    """Ask for a customer to be erased: REFERENCE is yours for them, or their pseudonym in the log.

    Nothing is erased by asking. Two officers approve on the page /security/approvals, and the running server carries
    it out when the wait is over (retention.wait_days). It is refused, with the reason, while something must be kept.
    Exit code 2 then.
    """
    from server.administration.erasure_acts import RequestErasure  # noqa: PLC0415

    asked = done(context, RequestErasure(customer=reference, level=level, proof=proof))
    if as_json:
        print_json(asked)
        return
    say(
        f"{asked.erasure}: asked for. Two officers approve it on /security/approvals; it is carried out at "
        f"{moment(asked.due_at_ms)} at the earliest. Until then: tachiai audit withdraw {asked.erasure}"
    )
