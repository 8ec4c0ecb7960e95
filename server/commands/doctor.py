"""`tachiai doctor`."""

import asyncio
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import click

from server.commands.context import FOUND_WRONG, as_json_option, print_json, refuse, settings_of
from server.commands.doctor_media import look_at_media

if TYPE_CHECKING:  # as heavy as what it comes with
    from server.checklist.finding import Finding
    from server.checklist.wording import WordedFinding

_WIDTH: Final = 8


@click.command()
@click.option("--data", default=None, help="The data folder to look at.")
@click.option(
    "--media", is_flag=True, help="Try each way to the media gate instead, as a visitor's browser does."
)
@click.option("--url", default=None, help="With --media: the server's public address; else http.base_url.")
@click.option(
    "--ca",
    type=click.Path(exists=True, dir_okay=False),
    default=None,
    help="With --media: who else is trusted.",
)
@as_json_option
@click.pass_context
def doctor(
    context: click.Context, data: str | None, media: bool, url: str | None, ca: str | None, as_json: bool
) -> None:
    """Say what is weak here now, and how to mend it. Exit code 1 if something should be mended, else 0."""
    if media:
        look_at_media(context, url, ca, as_json=as_json)
    if url or ca:
        refuse("--url and --ca go with --media.")
    from server.checklist.wording import worded  # noqa: PLC0415
    from server.http.catalogues import read_folder  # noqa: PLC0415
    from server.installation import web_folder  # noqa: PLC0415

    findings = _examined(context, data)
    words = read_folder(web_folder() / "locales", ["en"])["en"]
    shown = [worded(finding, words) for finding in findings]
    if as_json:
        print_json({"worst": shown[0].severity, "findings": shown})
    else:
        sys.stdout.write("".join(_lines(shown)))
    sys.exit(FOUND_WRONG if any(finding.to_mend for finding in findings) else 0)


def _examined(context: click.Context, data: str | None) -> "list[Finding]":
    from server.administration.errors import ActRefused  # noqa: PLC0415
    from server.doctor import examine  # noqa: PLC0415
    from server.settings import SettingsRefused  # noqa: PLC0415

    try:
        return asyncio.run(examine(settings_of(context, {"data": data})))
    except (SettingsRefused, ActRefused) as error:
        refuse(str(error))
    except OSError as error:
        refuse(f"{error.filename} cannot be looked at: {error.strerror}. Be the server's own user, or root.")


def _lines(findings: "Iterable[WordedFinding]") -> Iterable[str]:
    for finding in findings:
        yield f"{finding.severity:<{_WIDTH}}{finding.title}: {finding.now}\n"
        if finding.mend is not None:
            yield f"{'':<{_WIDTH}}-> {finding.mend}\n"
