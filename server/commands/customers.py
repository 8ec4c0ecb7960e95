"""`tachiai customer`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.commands.context import REFUSED, as_json_option, print_json, refuse
from server.commands.performing import done, moment, print_table, say
from server.commands.staff import show_link, show_request

if TYPE_CHECKING:
    from server.administration.erasure_acts import Holds, Kind


@click.group()
def customer() -> None:
    """Customers."""


@customer.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--update", is_flag=True, help="Change customers who are known with other details; each is recorded."
)
@as_json_option
@click.pass_context
def take_in(context: click.Context, file: Path, update: bool, as_json: bool) -> None:
    """Take in customers from FILE: all of them or none.

    FILE is CSV in UTF-8 with at most 10,000 rows. Its first row is reference,name,email,phone and behind it, if
    you like, further fields as name:kind; the kind (name, email, phone, account, text) says how it is masked. A row
    that is known as it stands changes nothing.
    """
    from server.administration.acts import ImportCustomers  # noqa: PLC0415

    result = done(context, ImportCustomers(content=_content(file), update=update))
    if as_json:
        print_json(result)
    elif not result.bad:
        say(f"Added {result.added}, changed {result.changed}, unchanged {result.unchanged}.")
    if not result.bad:
        return
    say(f"Nothing was taken in. Wrong: {result.bad_in_all}.")
    for bad in result.bad:
        say(f"line {bad.line}: {bad.sentence}" if bad.line else bad.sentence)
    sys.exit(REFUSED)


@customer.command(name="list")
@click.option("--after", default="", help="Show those behind this reference.")
@as_json_option
@click.pass_context
def show_all(context: click.Context, after: str, as_json: bool) -> None:
    """Show references and masked names, 500 at once. The look is recorded."""
    from server.administration.acts import ListCustomers  # noqa: PLC0415

    found = done(context, ListCustomers(after=after))
    if as_json:
        print_json(found)
        return
    print_table(("reference", "name"), [(line.reference, line.label) for line in found.customers])
    if found.more:
        say(f"There are more: --after {found.customers[-1].reference}")


@customer.command()
@click.argument("reference")
@as_json_option
@click.pass_context
def enrol(context: click.Context, reference: str, as_json: bool) -> None:
    """Print the link by which a customer sets up an authenticator app, for one who has none yet."""
    from server.administration.acts import EnrolCustomer  # noqa: PLC0415

    show_link(done(context, EnrolCustomer(reference=reference)), as_json=as_json)


@customer.command()
@click.argument("reference")
@as_json_option
@click.pass_context
def reset(context: click.Context, reference: str, as_json: bool) -> None:
    """Ask two officers to let a customer enrol anew who lost their authenticator.

    This gives nothing by itself. First make sure by your own rules who is asking. Two different officers approve on
    the page /security/approvals within 24 hours, and the second one is shown the link.
    """
    from server.administration.acts import ResetCustomer  # noqa: PLC0415

    show_request(done(context, ResetCustomer(reference=reference)), as_json=as_json)


_kind_option = click.option(
    "--investigation", is_flag=True, help="A hold of an investigation; without it, a legal hold."
)


@customer.command()
@click.argument("reference")
@click.option("--reason", required=True, help="Why, in words; sealed under the customer's own key.")
@_kind_option
@as_json_option
@click.pass_context
def hold(context: click.Context, reference: str, reason: str, investigation: bool, as_json: bool) -> None:
    """Keep a customer from being erased, and their sections of the log from expiring, until the hold is released."""
    from server.administration.erasure_acts import HoldCustomer  # noqa: PLC0415

    kind = _kind(investigation)
    _show_holds(done(context, HoldCustomer(customer=reference, kind=kind, reason=reason)), as_json=as_json)


@customer.command()
@click.argument("reference")
@click.option("--reason", required=True, help="Why it ends, in words; sealed under the customer's own key.")
@_kind_option
@as_json_option
@click.pass_context
def release(context: click.Context, reference: str, reason: str, investigation: bool, as_json: bool) -> None:
    """Lift every legal hold on a customer, or with --investigation every hold of an investigation."""
    from server.administration.erasure_acts import ReleaseCustomer  # noqa: PLC0415

    kind = _kind(investigation)
    _show_holds(done(context, ReleaseCustomer(customer=reference, kind=kind, reason=reason)), as_json=as_json)


def _kind(investigation: bool) -> "Kind":
    return "investigation" if investigation else "legal"


def _show_holds(found: "Holds", *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    rows = [(line.kind, moment(line.placed_at_ms), line.placed_by, line.reason) for line in found.holds]
    print_table(("kind", "since", "placed by", "reason"), rows)
    if not rows:
        say(f"No hold stands on {found.reference}.")


def _content(file: Path) -> bytes:
    from support.customer_file import LARGEST_FILE_BYTES  # noqa: PLC0415

    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST_FILE_BYTES + 1)  # one more, so that a larger one is seen to be larger
    except OSError as error:
        refuse(f"{file} cannot be read: {error.strerror}. Nothing was changed.")
