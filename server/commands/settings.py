"""`tachiai config`: the settings in force, what is wrong with a file, and the reference of all settings."""

import sys
from pathlib import Path

import click

from server.commands.context import (
    FOUND_WRONG,
    as_json_option,
    print_json,
    refuse,
    settings_file,
    settings_of,
)
from server.settings import file_in_force


@click.group()
def config() -> None:
    """Settings."""


@config.command()
@as_json_option
@click.pass_context
def show(context: click.Context, as_json: bool) -> None:
    """Print every setting in force and where it came from."""
    from server.setting_display import as_toml, shown  # noqa: PLC0415
    from server.settings import layers_of  # noqa: PLC0415

    lines = shown(settings_of(context), layers_of(settings_file(context)))
    if as_json:
        print_json({line.name: {"value": line.value, "source": line.source} for line in lines})
    else:
        sys.stdout.write(as_toml(lines))


@config.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--to-serve", is_flag=True, help="Judge also what `tachiai serve` asks for, on this machine.")
@as_json_option
@click.pass_context
def check(context: click.Context, file: Path | None, to_serve: bool, as_json: bool) -> None:
    """Say what is wrong with the settings in FILE; without it, in the file of --config or TACHIAI_CONFIG.

    What the environment sets is left out. Exit code 0 if all is well, else 1.
    """
    from server.setting_check import wrong_in  # noqa: PLC0415

    file = file or file_in_force(settings_file(context))
    if file is None:
        refuse("Name the settings file: as FILE, with --config, or in TACHIAI_CONFIG.")
    sentences = wrong_in(file, to_serve=to_serve)
    if as_json:
        print_json({"file": str(file), "wrong": sentences})
    else:
        sys.stdout.write(
            "".join(f"{sentence}\n" for sentence in sentences or [f"{file}: all settings can be used."])
        )
    sys.exit(FOUND_WRONG if sentences else 0)


@config.command()
@as_json_option
def reference(as_json: bool) -> None:
    """Print what every setting means, as Markdown."""
    from server.setting_display import reference as text  # noqa: PLC0415
    from server.setting_names import all_settings  # noqa: PLC0415

    if as_json:
        print_json(
            {
                setting.name: {
                    "meaning": setting.meaning,
                    "default": setting.default,
                    "variable": setting.variable,
                }
                for setting in all_settings()
            }
        )
    else:
        sys.stdout.write(text())
