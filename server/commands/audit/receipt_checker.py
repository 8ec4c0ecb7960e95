"""`tachiai audit receipt-checker`: a page for people who check receipts without us."""

from pathlib import Path

import click

from server.commands.context import as_json_option, print_json, refuse


@click.command("receipt-checker")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write.",
)
@as_json_option
def receipt_checker(output: Path, as_json: bool) -> None:
    """Write one HTML file that checks receipts with no server and no network.

    Give it away with the log's verifier key, in a way that does not depend on this server: whoever has both can check a
    receipt on any computer, by opening the file in a browser. It brings no key of its own.
    """
    import hashlib  # noqa: PLC0415

    from server.installation import web_folder  # noqa: PLC0415
    from server.standalone.receipt_checker import receipt_checker as made  # noqa: PLC0415

    content = made(web_folder())
    try:
        with output.open("xb") as file:
            file.write(content)
    except FileExistsError:
        refuse(f"{output} is there already, and was not changed. Remove it first, or give another name.")
    except OSError as error:
        refuse(f"{output} cannot be written: {error.strerror}.")
    digest = hashlib.sha256(content).hexdigest()
    if as_json:
        print_json({"file": str(output), "bytes": len(content), "sha256": digest})
    else:
        click.echo(f"Written: {output}, {len(content)} bytes, SHA-256 {digest}")
