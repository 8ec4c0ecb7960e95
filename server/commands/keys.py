"""`tachiai key`: the keys of other systems."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.commands.authenticator_ring import AUTHENTICATORS, rotate_authenticators
from server.commands.context import as_json_option, print_json
from server.commands.performing import done, moment, print_table, say

if TYPE_CHECKING:
    from server.administration.acts import KeyGiven

SCOPES = (
    "cases:write",
    "customers:write",
    "enrolments:write",
    "handoffs:write",
    "verifications:read",
    "verifications:write",
)
_days_option = click.option(
    "--days", type=click.IntRange(1, 365), default=90, show_default=True, help="How long the key lives."
)


@click.group()
def key() -> None:
    """Keys by which your other systems open cases, add customers, ask for enrolment links and verifications."""


@key.command()
@click.argument("name")
@click.option(
    "--scope", "scopes", type=click.Choice(SCOPES), multiple=True, required=True, help="What it may do."
)
@_days_option
@as_json_option
@click.pass_context
def create(context: click.Context, name: str, scopes: tuple[str, ...], days: int, as_json: bool) -> None:
    """Make a key for the system NAME, and print it once."""
    from server.administration.acts import CreateKey  # noqa: PLC0415

    _show(done(context, CreateKey(name=name, scopes=list(scopes), days=days)), as_json=as_json)


@key.command()
@click.argument("key_id", metavar="KEY|authenticators")
@_days_option
@click.option(
    "--retire",
    type=click.IntRange(1),
    help="Of the authenticators' ring: take this older key out, once nothing needs it.",
)
@click.option(
    "--file",
    "ring_file",
    type=click.Path(path_type=Path),
    help="Of the authenticators' ring: only add a key to this file, of which a credential is made.",
)
@click.option(
    "--overlap-hours",
    type=click.IntRange(0, 168),
    default=24,
    show_default=True,
    help="How long the former key stays good.",
)
@as_json_option
@click.pass_context
def rotate(  # each is an option of the command line
    context: click.Context,
    key_id: str,
    days: int,
    retire: int | None,
    ring_file: Path | None,
    overlap_hours: int,
    as_json: bool,
) -> None:
    """Make a new key in place of KEY, with the same name and scopes.

    `rotate authenticators`: a new key for the secrets of all authenticators, which are sealed anew while their codes
    are verified. May be repeated at any time, also after an interruption. See docs/keys.md.
    """
    if key_id == AUTHENTICATORS:
        rotate_authenticators(context, retire, ring_file, as_json=as_json)
        return
    if retire is not None or ring_file is not None:
        raise click.UsageError("--retire and --file are of `rotate authenticators`.")
    from server.administration.acts import RotateKey  # noqa: PLC0415

    _show(done(context, RotateKey(key=key_id, days=days, overlap_hours=overlap_hours)), as_json=as_json)


@key.command(name="list")
@as_json_option
@click.pass_context
def show_all(context: click.Context, as_json: bool) -> None:
    """Show all keys, the newest first, without their secrets."""
    from server.administration.acts import ListKeys  # noqa: PLC0415

    found = done(context, ListKeys())
    if as_json:
        print_json(found)
        return
    print_table(
        ("id", "name", "scopes", "expires", "last use", "state"),
        [
            (
                line.id,
                line.name,
                " ".join(line.scopes),
                moment(line.expires_at_ms),
                moment(line.last_used_ms),
                line.state,
            )
            for line in found.keys
        ],
    )


@key.command()
@click.argument("key_id", metavar="KEY")
@as_json_option
@click.pass_context
def revoke(context: click.Context, key_id: str, as_json: bool) -> None:
    """End a key, at once."""
    from server.administration.acts import RevokeKey  # noqa: PLC0415

    line = done(context, RevokeKey(key=key_id))
    if as_json:
        print_json(line)
    else:
        say(f"The key {line.id} ({line.name}) is {line.state}.")


def _show(given: "KeyGiven", *, as_json: bool) -> None:
    """The key alone on stdout, so that it can be piped; what it is, on stderr."""
    if as_json:
        print_json(given)
        return
    if given.former_until_ms is not None:
        say(f"The former key is good until {moment(given.former_until_ms)}.")
    say(
        f"Key {given.key.id} for {given.key.name}, until {moment(given.key.expires_at_ms)}. It is not shown again:"
    )
    click.echo(given.token)
