"""`tachiai init`: prepares a machine, and finishes what an earlier one began."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.commands.context import as_json_option, not_now, print_json, refuse, settings_file
from server.commands.performing import moment
from server.settings import SettingsRefused, assigned, file_in_force

if TYPE_CHECKING:
    from server.production.initialising import Report

USUAL_FILE = Path("/etc/tachiai/tachiai.toml")


@click.command()
@click.option("--organisation", help="The name that customers know you by.")
@click.option("--base-url", help="The address that people type, for instance https://help.example.com.")
@click.option("--data", help="The folder of database and log. Default /var/lib/tachiai")
@click.option("--keys", help="The folder of keys. Default: `keys` beside the settings file.")
@click.option(
    "--kek", help="The key-encryption key's file, or vault:NAME. Default: `kek` beside the settings file."
)
@click.option("--languages", help="Of the pages, the usual one first. Default en,ja")
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="NAME=VALUE",
    help="Any other setting, for instance http.port=8443; a list with commas. May be repeated.",
)
@click.option("--officer-username", help="What the first security officer signs in with.")
@click.option("--officer-name", help="The first security officer's name.")
@click.option("--officer-number", default="S-001", show_default=True)
@click.option("--officer-team", default="Security", show_default=True)
@click.option("--new-link", is_flag=True, help="A new link for the first officer; the earlier one is void.")
@as_json_option
@click.pass_context
def init(context: click.Context, /, **options: Any) -> None:
    """Make settings, keys, log, database and the first security officer.

    The settings file is the one of --config or TACHIAI_CONFIG, else /etc/tachiai/tachiai.toml. What exists is kept as
    it is, so init may be run again: after it was interrupted, or to see what there is.
    """
    from server.administration.errors import ActRefused  # noqa: PLC0415
    from server.production.initialising import Request, initialise  # noqa: PLC0415
    from server.production.refusals import NOT_NOW, REFUSALS  # noqa: PLC0415

    file = file_in_force(settings_file(context)) or USUAL_FILE
    try:
        request = Request(
            settings_file=file.absolute(),
            chosen=_chosen(options),
            officer=_officer(options),
            new_link=options["new_link"],
        )
        report = asyncio.run(initialise(request))
    except (ActRefused, *REFUSALS) as error:
        refuse(str(error))
    except NOT_NOW as error:
        not_now(str(error))
    if options["as_json"]:
        print_json(report)
    else:
        sys.stdout.write(_told(report))


def _chosen(options: dict[str, Any]) -> dict[str, Any]:
    named = (
        ("organisation", options["organisation"]),
        ("http.base_url", options["base_url"]),
        ("data", _absolute(options["data"])),
        ("keys.folder", _absolute(options["keys"])),
        ("keys.kek", _absolute(options["kek"])),
        ("languages", options["languages"]),
    )
    return assigned([*(f"{name}={value}" for name, value in named if value), *options["assignments"]])


def _absolute(path: str | None) -> str | None:
    """As typed here; the file must say the same wherever the server is started."""
    return path if path is None or path.startswith(("credential:", "vault:")) else str(Path(path).absolute())


def _officer(options: dict[str, Any]) -> Any:
    from server.production.first_officer import Wanted  # noqa: PLC0415

    username, name = options["officer_username"], options["officer_name"]
    if bool(username) != bool(name):
        raise SettingsRefused("--officer-username and --officer-name go together: give both.")
    if not username:
        return None
    return Wanted(
        username=username, name=name, number=options["officer_number"], team=options["officer_team"]
    )


def _told(report: "Report") -> str:
    lines = [f"Found   {place}" for place in report.found] + [f"Made    {place}" for place in report.made]
    lines += ["", "Fingerprints. Keep them on paper or on another machine; none of them opens anything:"]
    lines += [f"  {mark.key:<24} {mark.value}" for mark in report.fingerprints]
    lines += _officers_part(report)
    lines += [f"\nWarning: {sentence}" for sentence in report.warnings]
    lines += [
        "",
        "What to do next",
        *(f"  {number}. {step}" for number, step in enumerate(_steps(report), 1)),
    ]
    return "\n".join(lines) + "\n"


def _officers_part(report: "Report") -> list[str]:
    officer = report.officer
    if officer is None:
        return []
    if officer.link is not None:
        return [
            "",
            f"The link by which {officer.username} sets a password and an authenticator. It is shown once, works once,",
            f"and ends on {moment(officer.expires_at_ms)}. Whoever has it becomes that officer:",
            f"  {officer.link}",
        ]
    if officer.state == "pending":
        return [
            "",
            f"{officer.username} was given a link and has not enrolled. If it is lost: tachiai init --new-link",
        ]
    return ["", f"{officer.username} has enrolled."]


def _steps(report: "Report") -> list[str]:
    command = f"tachiai --config {report.settings_file}"
    return [
        "Copy the keys to a safe place that is not this machine, the key-encryption key apart from the backups.",
        f"Look at what is weak here: {command} doctor",
        f"Start the server: {command} serve (deploy/ has a service for systemd and a TLS proxy's settings).",
        "Give the officer the link in person; let them open it once the server answers.",
        f"Make a backup, and restore it once to try: {command} backup /path/on/another/volume",
    ]
