"""`tachiai audit schema`: the shape of what leaves the log."""

import json

import click


@click.command()
def schema() -> None:
    """Print the JSON Schema (2020-12) of the lines of an export, with the closed list of event names.

    The log's page, exports and syslog give entries in this one shape; OCSF has it as `unmapped`, CEF as TachiaiRecord.
    """
    from audit.export.schema import record_schema  # noqa: PLC0415

    click.echo(json.dumps(record_schema(), indent=2, sort_keys=True))
