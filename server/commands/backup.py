"""`tachiai backup`, `restore` and `migrate`."""

import asyncio
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import click

from server.commands.context import (
    as_json_option,
    not_now,
    print_json,
    refuse,
    settings_file,
    settings_of,
)

Answer = TypeVar("Answer")
_FOLDER = click.Path(path_type=Path)


@click.command()
@click.argument("target", type=_FOLDER)
@click.option("--without-keys", is_flag=True, help="Leave the server's keys out; keep them elsewhere.")
@as_json_option
@click.pass_context
def backup(context: click.Context, target: Path, without_keys: bool, as_json: bool) -> None:
    """Copy everything a server needs into TARGET, a new folder; the server may run meanwhile.

    The key-encryption key is never copied: without it a backup opens nothing, so keep it apart and keep it well.
    """
    settings = settings_of(context)
    from server.backup import telling  # noqa: PLC0415
    from server.backup.taking import Order, take  # noqa: PLC0415  # SQLAlchemy and cryptography: a second
    from server.clock import SystemClock  # noqa: PLC0415
    from server.settings import file_in_force  # noqa: PLC0415

    order = Order(
        settings=settings,
        settings_file=file_in_force(settings_file(context)),
        target=target,
        with_keys=not without_keys,
    )
    taken = _run(take(order, SystemClock()))
    if as_json:
        print_json(telling.taken_document(taken, target))
    else:
        click.echo(telling.taken_words(taken, target))


@click.command()
@click.argument("source", type=_FOLDER)
@click.option("--data", default=None, help="The data folder to fill; default: the settings'.")
@click.option("--keys", default=None, help="The folder for the server's keys; default: the settings'.")
@click.option("--kek", default=None, help="The file of the key-encryption key; default: the settings'.")
@click.option(
    "--lockstate",
    type=_FOLDER,
    default=None,
    help="A lockstate that outlived the data, wherever it lies now.",
)
@click.option("--declare-loss", is_flag=True, help="Go on without entries that were signed, on record.")
@as_json_option
@click.pass_context
def restore(
    context: click.Context,
    source: Path,
    data: str | None,
    keys: str | None,
    kek: str | None,
    lockstate: Path | None,
    declare_loss: bool,
    as_json: bool,
) -> None:
    """Put the backup SOURCE into an empty data folder, after checking all of it."""
    # Another data folder has a lockstate of its own: the settings' one is that of a server which may be running.
    log = {"lockstate": None if data is None else ""}
    settings = settings_of(context, {"data": data, "keys": {"folder": keys, "kek": kek}, "log": log})
    from server.administration.host_user import operator  # noqa: PLC0415
    from server.backup import restoring, telling  # noqa: PLC0415
    from server.clock import SystemClock  # noqa: PLC0415

    wish = restoring.Wish(
        settings=settings,
        source=source,
        surviving=lockstate,
        declare_loss=declare_loss,
        by=operator(os.getuid()),
    )
    done = _run(restoring.restore(wish, SystemClock()))
    if as_json:
        print_json(telling.restored_document(done))
    else:
        click.echo(telling.restored_words(done))


@click.command()
@as_json_option
@click.pass_context
def migrate(context: click.Context, as_json: bool) -> None:
    """Bring the database to this version's schema; a copy of it is made first. Stop the server before."""
    settings = settings_of(context)
    from server.administration.host_user import operator  # noqa: PLC0415
    from server.backup import telling  # noqa: PLC0415
    from server.backup.upgrading import upgrade  # noqa: PLC0415
    from server.clock import SystemClock  # noqa: PLC0415

    done = _run(upgrade(settings, operator(os.getuid()), SystemClock()))
    if as_json:
        copy = None if done.copy is None else str(done.copy)
        print_json({"from": done.before, "to": done.after, "copy": copy})
    else:
        click.echo(telling.upgraded_words(done))


def _run(work: Coroutine[Any, Any, Answer]) -> Answer:
    from server.backup.errors import BackupRefused, NotPossibleNow  # noqa: PLC0415

    try:
        return asyncio.run(work)
    except BackupRefused as error:
        refuse(str(error))
    except NotPossibleNow as error:
        not_now(str(error))
