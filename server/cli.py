"""The command line. Heavy parts are imported by the command that needs them."""

import asyncio
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from server.settings import Settings, SettingsRefused, load, render

USAGE_EXIT = 2
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
@click.option("--config", type=_FILE, default=None, help="A TOML file with settings.")
@click.pass_context
def tachiai(context: click.Context, config: Path | None) -> None:
    """Tachiai: witnessed remote assistance."""
    context.obj = config


@tachiai.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=None, help="Default 8080; 0 takes any free one."
)
@click.option(
    "--host", default=None, help="Default localhost. Another one is served with a self-signed certificate."
)
@click.option("--data", default=None, help="The demo's own folder. Default ./tachiai-demo")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line when ready.")
@click.pass_obj
def demo(config: Path | None, port: int | None, host: str | None, data: str | None, as_json: bool) -> None:
    """Start everything on this machine, with invented people."""
    http = {name: value for name, value in (("port", port), ("host", host)) if value is not None}
    settings = _settings(config, {"http": http, **({"data": data} if data is not None else {})})
    from server.demo_run import run_demo  # noqa: PLC0415  # SQLAlchemy and cryptography: a second
    from server.start_refusals import REFUSALS  # noqa: PLC0415

    try:
        asyncio.run(run_demo(settings, as_json=as_json))
    except REFUSALS as error:
        _refuse(error)


@tachiai.group()
def audit() -> None:
    """The audit log."""


@audit.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--key", default=None, help="The verifier key that you were told, or a file that holds it.")
@click.option(
    "--state", type=click.Path(path_type=Path), default=None, help="Remembers the last checkpoint seen."
)
def verify(folder: Path, key: str | None, state: Path | None) -> None:
    """Is the log in FOLDER whole and unchanged? Exit code 0 only if it is."""
    from audit.commands import verify_command  # noqa: PLC0415

    sys.exit(verify_command(folder, key, state, sys.stdout.write))


@tachiai.command()
@click.option("--demo", "demo_routes", is_flag=True, help="With the routes that only the demo has.")
def openapi(demo_routes: bool) -> None:
    """Print the OpenAPI 3.1 description."""
    from server.description import description  # noqa: PLC0415

    sys.stdout.write(description(demo_routes=demo_routes) + "\n")


@tachiai.command()
@click.option("--data", default=None, help="The data folder to look at.")
@click.pass_obj
def doctor(config: Path | None, data: str | None) -> None:
    """Look at what a server needs here, and say what is missing."""
    from server.doctor import examine  # noqa: PLC0415

    settings = _settings(config, {"data": data} if data is not None else {})
    sys.exit(asyncio.run(examine(settings, sys.stdout.write)))


@tachiai.group(name="config")
def config_group() -> None:
    """Settings."""


@config_group.command()
@click.pass_obj
def show(config: Path | None) -> None:
    """Print all settings as they are in force."""
    sys.stdout.write(render(_settings(config, {})) + "\n")


def _settings(config: Path | None, overrides: dict[str, Any]) -> Settings:
    try:
        return load(config, overrides=overrides)
    except SettingsRefused as error:
        _refuse(error)


def _refuse(error: BaseException) -> NoReturn:
    sys.stderr.write(f"Tachiai did not start. {error}\n")
    sys.exit(USAGE_EXIT)
