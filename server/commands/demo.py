"""`tachiai demo`."""

import asyncio

import click

from server.commands.context import importing, refuse, settings_of


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=None, help="Default 8080; 0 takes any free one."
)
@click.option(
    "--host", default=None, help="Default localhost. Another one is served with a self-signed certificate."
)
@click.option("--data", default=None, help="The demo's own folder. Default ./tachiai-demo")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line when ready.")
@click.pass_context
def demo(context: click.Context, port: int | None, host: str | None, data: str | None, as_json: bool) -> None:
    """Start everything on this machine, with invented people."""
    settings = settings_of(context, {"http": {"port": port, "host": host}, "data": data})
    with importing():
        from server.demo_run import run_demo  # noqa: PLC0415  # SQLAlchemy and cryptography: a second
        from server.start_refusals import REFUSALS  # noqa: PLC0415

    try:
        asyncio.run(run_demo(settings, as_json=as_json))
    except REFUSALS as error:
        refuse(f"Tachiai did not start: {error}")
