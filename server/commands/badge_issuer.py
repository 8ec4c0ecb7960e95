"""`tachiai badge-issuer`: who signs agents' badges, as a process of its own; and the change of its key."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.commands.context import as_json_option, print_json, refuse, settings_of

if TYPE_CHECKING:
    from server.badges.key_file import BadgeKeyFile
    from server.settings import Settings
    from verification.badge import BadgeKey

_FILE = click.Path(dir_okay=False, path_type=Path)
_key_option = click.option(
    "--key-file", type=_FILE, help="The badge key's file. Without it the one that the settings name."
)


@click.group(invoke_without_command=True)
@click.option("--socket", type=_FILE, help="The UNIX socket to answer on, as introduction.issuer names it.")
@_key_option
@as_json_option
@click.pass_context
def badge_issuer(context: click.Context, socket: Path | None, key_file: Path | None, as_json: bool) -> None:
    """Sign agents' badges for a server on this machine, until SIGTERM.

    The badge key is then in this process alone: run it as another user than the server, with a key file that only this
    user may read. Put the socket into a folder of the server's group (chgrp, then chmod 2750): then it is that group's,
    and the server may ask. The key is made at the first start.
    """
    if context.invoked_subcommand is not None:
        return
    if socket is None:
        refuse("Give --socket FILE, the same that introduction.issuer names. Nothing was started.")
    from server import logs  # noqa: PLC0415
    from server.badge_parts import keyed_issuer  # noqa: PLC0415
    from server.badges.key_file import BadgeKeyRefused  # noqa: PLC0415
    from server.badges.process import SocketRefused, serve  # noqa: PLC0415
    from server.clock import SystemClock  # noqa: PLC0415
    from server.http.origin import site_for  # noqa: PLC0415
    from server.passkey_parts import relying_party  # noqa: PLC0415

    settings = settings_of(context)
    if not settings.organisation:
        refuse("Badges name the organisation: set `organisation` as the server has it. Nothing was started.")
    if not settings.http.base_url:
        refuse(
            "Passkeys are asked for under one address: set `http.base_url` as the server has it. Nothing was started."
        )
    logs.configure(settings.log_level)
    clock, file = SystemClock(), _file(settings, key_file)
    try:
        file.make(clock.now_ms())
        party = relying_party(site_for(settings.http.base_url), settings.organisation)
        issuer = keyed_issuer(settings, file, party, clock)
        asyncio.run(serve(issuer, socket, lambda: _ready(socket, file, as_json=as_json)))
    except (BadgeKeyRefused, SocketRefused) as error:
        refuse(f"The badge issuer did not start. {error}")


@badge_issuer.command()
@_key_option
@as_json_option
@click.pass_context
def rotate(context: click.Context, key_file: Path | None, as_json: bool) -> None:
    """Let a new key sign from now on; nothing has to be restarted.

    The former key's secret half is destroyed. What it signed holds until it expires, within twelve hours. The server
    puts both changes into the log before it tells customers' pages of them.
    """
    from server.badges.key_file import BadgeKeyRefused  # noqa: PLC0415
    from server.clock import SystemClock  # noqa: PLC0415

    try:
        new = _file(settings_of(context), key_file).rotate(SystemClock().now_ms())
    except BadgeKeyRefused as error:
        refuse(str(error))
    _say([new], as_json=as_json)


@badge_issuer.command()
@_key_option
@as_json_option
@click.pass_context
def keys(context: click.Context, key_file: Path | None, as_json: bool) -> None:
    """Print the public keys, the oldest first, with their times."""
    from server.badges.key_file import BadgeKeyRefused  # noqa: PLC0415

    try:
        found = _file(settings_of(context), key_file).keys()
    except BadgeKeyRefused as error:
        refuse(str(error))
    _say(list(found), as_json=as_json)


def _file(settings: "Settings", key_file: Path | None) -> "BadgeKeyFile":
    from server.badge_parts import key_file_of  # noqa: PLC0415
    from server.badges.key_file import BadgeKeyFile  # noqa: PLC0415
    from server.places import places_of  # noqa: PLC0415
    from server.settings import SettingsRefused  # noqa: PLC0415

    if key_file is not None:
        return BadgeKeyFile(key_file.resolve())
    if settings.introduction.key_file:
        return BadgeKeyFile(Path(settings.introduction.key_file))
    try:
        return key_file_of(places_of(settings))
    except SettingsRefused as error:
        refuse(str(error))


def _ready(socket: Path, file: "BadgeKeyFile", *, as_json: bool) -> None:
    key = file.signing().key
    if as_json:
        print_json({"socket": str(socket), "key": key})
        return
    sys.stdout.write(f"The badge issuer answers on {socket} and signs with the key {key.id}.\n")
    sys.stdout.flush()


def _say(found: "list[BadgeKey]", *, as_json: bool) -> None:
    if as_json:
        print_json({"keys": found})
        return
    for key in found:
        until = "in use" if key.until_ms is None else f"until {key.until_ms}"
        sys.stdout.write(f"{key.id}  {key.public}  from {key.from_ms}  {until}\n")
