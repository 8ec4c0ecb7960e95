"""`tachiai audit rewrap`: another version of the key-encryption key, and the end of an old one."""

import click

from server.commands.context import as_json_option, print_json
from server.commands.performing import done, say


@click.command()
@click.option("--new-version", is_flag=True, help="Make a new version of the key-encryption key first.")
@click.option(
    "--retire",
    default="",
    metavar="VERSION",
    help="Destroy this older version once nothing is wrapped under it: backups from its time open no more.",
)
@as_json_option
@click.pass_context
def rewrap(context: click.Context, new_version: bool, retire: str, as_json: bool) -> None:
    """Wrap every key of the log anew, under the newest version of the key-encryption key.

    May be repeated at any time, also after an interruption; the server may run. See docs/keys.md.
    """
    from server.administration.wrapping_acts import RewrapKeys  # noqa: PLC0415

    answer = done(context, RewrapKeys(new_version=new_version, retire=retire))
    if as_json:
        print_json(answer)
        return
    say(f"All {answer.keys} keys are wrapped under {answer.version}, {answer.changed} of them anew.")
    if answer.retired:
        say(f"{answer.retired} is destroyed: what was wrapped under it, in backups too, opens no more.")
    elif len(answer.versions) > 1:
        say(
            f"Older versions still open what is in older backups: {', '.join(answer.versions[:-1])}. Take a backup "
            "now; once you need none from before it, destroy them: tachiai audit rewrap --retire VERSION"
        )
