"""`tachiai audit kek`: the file of a key-encryption key, on whatever machine it is kept."""

import sys
from pathlib import Path

import click

from server.commands.context import as_json_option, print_json, refuse


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--add", is_flag=True, help="Append a new version.")
@click.option("--remove", default="", metavar="VERSION", help="Take an older version out for good.")
@as_json_option
def kek(file: Path, add: bool, remove: str, as_json: bool) -> None:
    """Show the versions in FILE, each with what a copy of it is recognised by; the newest is last.

    For a credential: change the file that it is made of, restart the server, and run `tachiai audit rewrap`. Remove a
    version only after `tachiai audit rewrap --retire VERSION` has said that nothing is wrapped under it.
    """
    from audit.kek import FileKek, KeyUnavailable  # noqa: PLC0415

    if add and remove:
        refuse("Give --add or --remove, not both. Nothing was changed.")
    try:
        key = FileKek.open(file)
        if remove and remove not in key.versions():
            refuse(f"{file} has no version {remove}. Nothing was changed.")
        if add:
            key.add_version()
        elif remove:
            key.retire(remove)
    except KeyUnavailable as error:
        refuse(f"{str(error).rstrip('.')}. Nothing was changed.")
    if as_json:
        print_json([{"version": version, "check": check} for version, check in key.check_values().items()])
        return
    for version, check in key.check_values().items():
        sys.stdout.write(f"{version}  {check}\n")
