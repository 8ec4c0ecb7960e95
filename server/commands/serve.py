"""`tachiai serve`."""

import asyncio
import sys
from typing import TYPE_CHECKING

import click

from server.commands.context import importing, not_now, print_json, refuse, settings_file, settings_of
from server.settings import file_in_force

if TYPE_CHECKING:
    from server.production.serving import Ready


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line when ready.")
@click.pass_context
def serve(context: click.Context, as_json: bool) -> None:
    """Serve what `tachiai init` prepared, until SIGTERM. SIGHUP reads the certificate anew.

    Nothing is made and nothing migrated: where something is missing, unsafe or of another version, it does not start
    and says what to do.
    """
    with importing():
        from server.production.refusals import NOT_NOW, REFUSALS  # noqa: PLC0415
        from server.production.safety import refuse_open_settings  # noqa: PLC0415
        from server.production.serving import serve as serve_until_told  # noqa: PLC0415

    def tell(ready: "Ready") -> None:
        if as_json:
            print_json(ready)
        else:
            sys.stdout.write(f"Tachiai answers {ready.base_url} (listening on {ready.listening}).\n")
            sys.stdout.flush()

    settings = settings_of(context)
    try:
        refuse_open_settings(file_in_force(settings_file(context)))
        asyncio.run(serve_until_told(settings, tell))
    except REFUSALS as error:
        refuse(f"Tachiai did not start: {error}")
    except NOT_NOW as error:
        not_now(f"Tachiai did not start, or stopped: {error}")
