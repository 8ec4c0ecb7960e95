"""`tachiai audit fsck`: the host looks at its own log with its keys."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.commands.context import REFUSED, as_json_option, print_json, settings_of

if TYPE_CHECKING:  # loaded when it is asked for
    from audit.fsck import Checked


@click.command()
@click.argument("data", required=False, type=click.Path(path_type=Path))
@as_json_option
@click.pass_context
def fsck(context: click.Context, data: Path | None, as_json: bool) -> None:
    """Does every section of the log open that a key should open, and is the key store whole? Nothing is changed.

    DATA is the data folder, without it the one of the settings. Run it as the server's own user, while the server runs
    or not. It shows nothing of what is in the entries. Also named: what began more than ten minutes ago with no entry
    that says how it ended, and what interrupted writes have left. Exit codes are those of `tachiai audit verify`.
    """
    found = _checked(context, data)
    if as_json:
        print_json(found.document())
    else:
        listed = found.report.findings if found.report.exit_code != REFUSED else ()
        lines = [found.report.sentence, *(f"  {one.code.value}: {one}" for one in listed)]
        sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.exit(found.report.exit_code)


def _checked(context: click.Context, data: Path | None) -> "Checked":
    from audit.commands import not_verified  # noqa: PLC0415
    from audit.fsck import Checked, check_host  # noqa: PLC0415
    from audit.note import Verifier  # noqa: PLC0415
    from audit.opening import verifier_key_of  # noqa: PLC0415
    from audit.recover import LogRefused  # noqa: PLC0415
    from server.keys import KeysRefused, open_keys  # noqa: PLC0415
    from server.places import places_of  # noqa: PLC0415
    from server.settings import SettingsRefused  # noqa: PLC0415

    try:
        places = places_of(settings_of(context, {"data": None if data is None else str(data)}))
        keys = open_keys(places.keys)
        verifier = Verifier.parse(verifier_key_of(keys.log_signing_key))
        return check_host(places.log, verifier, keys.kek, time.time_ns() // 1_000_000)
    except (SettingsRefused, KeysRefused, LogRefused) as error:
        return Checked(not_verified(str(error)))
    except OSError as error:
        return Checked(not_verified(f"{error.filename} cannot be read: {error.strerror}"))
