"""`tachiai openapi`."""

import sys

import click


@click.command()
@click.option("--demo", "demo_routes", is_flag=True, help="With the routes that only the demo has.")
def openapi(demo_routes: bool) -> None:
    """Print the OpenAPI 3.1 description."""
    from server.description import description  # noqa: PLC0415

    sys.stdout.write(description(demo_routes=demo_routes) + "\n")
