"""`tachiai handoff-key`: the keys by which your own site sends its signed-in customers to their page here."""

from pathlib import Path

import click

from server.commands.context import as_json_option, print_json, refuse
from server.commands.performing import done, moment, print_table, say

LARGEST_FILE = 2_048


@click.group(name="handoff-key")
def handoff_key() -> None:
    """Public keys of your own site, which signs the way to /me for whoever is signed in there (docs/me.md)."""


@handoff_key.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@as_json_option
@click.pass_context
def add(context: click.Context, file: Path, as_json: bool) -> None:
    """Accept tokens that the private part of FILE signs: a public JSON Web Key or PEM, Ed25519 or P-256."""
    from server.administration.handoff_acts import AddSigner  # noqa: PLC0415

    line = done(context, AddSigner(content=_content(file)))
    if as_json:
        print_json(line)
    else:
        say(f"Tokens signed with {line.algorithm} by this key are accepted. Its kid:")
        click.echo(line.key)


@handoff_key.command(name="list")
@as_json_option
@click.pass_context
def show_all(context: click.Context, as_json: bool) -> None:
    """Show all keys, the newest first, and the audience that tokens have to name."""
    from server.administration.handoff_acts import ListSigners  # noqa: PLC0415

    found = done(context, ListSigners())
    if as_json:
        print_json(found)
        return
    say(f"Tokens name as aud: {found.audience or '(set http.base_url first)'}")
    print_table(
        ("kid", "algorithm", "added", "state"),
        [(line.key, line.algorithm, moment(line.added_at_ms), line.state) for line in found.keys],
    )


@handoff_key.command()
@click.argument("key")
@as_json_option
@click.pass_context
def remove(context: click.Context, key: str, as_json: bool) -> None:
    """Accept nothing of KEY any more, at once. Who is signed in stays so, for at most 12 hours."""
    from server.administration.handoff_acts import RemoveSigner  # noqa: PLC0415

    line = done(context, RemoveSigner(key=key))
    if as_json:
        print_json(line)
    else:
        say(f"The key {line.key} is {line.state}.")


def _content(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            refuse(f"{file} is too large for a public key. Nothing was added.")
        return content.decode("ascii")
    except (OSError, UnicodeDecodeError):
        refuse(f"{file} cannot be read as a public key. Nothing was added.")
