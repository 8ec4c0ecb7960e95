"""`tachiai witness`: a small server of its own that signs what other people's logs show it."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.commands.context import as_json_option, print_json, refuse

if TYPE_CHECKING:
    from server.witness.serving import Ready

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)
_folder_option = click.option("--folder", type=_FOLDER, required=True, help="The witness's own folder.")


@click.group(invoke_without_command=True)
@click.option("--listen", metavar="HOST:PORT", help="Where to listen; port 0 takes any free one.")
@click.option("--folder", type=_FOLDER, help="The witness's own folder, as `init` made it.")
@click.option(
    "--log", "logs", metavar="KEY", multiple=True, help="A log's verifier key, or a file that holds it."
)
@click.option(
    "--certificate", type=_FILE, help="A PEM file; without it only this machine reaches the witness."
)
@click.option("--certificate-key", type=_FILE, help="A PEM file with its key.")
@as_json_option
@click.pass_context
def witness(
    context: click.Context,
    listen: str | None,
    folder: Path | None,
    logs: tuple[str, ...],
    certificate: Path | None,
    certificate_key: Path | None,
    as_json: bool,
) -> None:
    """Sign the checkpoints of other people's logs, until SIGTERM (C2SP tlog-witness).

    It signs a checkpoint only if it goes on from the last one that it signed, so that the log's keeper cannot show you
    one history and somebody else another. Run it on a machine that the log's keeper does not rule.
    """
    if context.invoked_subcommand is not None:
        return
    if listen is None or folder is None or not logs:
        refuse(
            "Give --listen HOST:PORT, --folder DIR and --log KEY. Make the folder first: tachiai witness init."
        )
    from server.listening import ListenRefused  # noqa: PLC0415
    from server.witness.serving import Order, WitnessRefused, serve  # noqa: PLC0415

    host, port = _place(listen)
    order = Order(
        host=host, port=port, folder=folder, logs=logs, certificate=certificate, key=certificate_key
    )
    try:
        asyncio.run(serve(order, lambda ready: _tell(ready, as_json=as_json)))
    except (WitnessRefused, ListenRefused) as error:
        refuse(f"The witness did not start. {error}")


@witness.command()
@_folder_option
@click.option(
    "--name", required=True, help="How it is called in signatures, for instance audit.example.org/w1."
)
@click.option("--post-quantum", is_flag=True, help="Make a second key, ML-DSA-44, and sign with both.")
@as_json_option
def init(folder: Path, name: str, post_quantum: bool, as_json: bool) -> None:
    """Make a witness that has seen nothing, and print its verifier keys."""
    from server.witness.folder import FolderRefused, make_folder  # noqa: PLC0415

    try:
        signers = make_folder(folder, name, post_quantum=post_quantum)
    except FolderRefused as error:
        refuse(str(error))
    _print_keys([str(signer.verifier) for signer in signers], as_json=as_json)


@witness.command()
@_folder_option
@as_json_option
def key(folder: Path, as_json: bool) -> None:
    """Print the verifier keys that a policy names."""
    from server.witness.folder import FolderRefused, signers_in  # noqa: PLC0415

    try:
        signers = signers_in(folder)
    except FolderRefused as error:
        refuse(str(error))
    _print_keys([str(signer.verifier) for signer in signers], as_json=as_json)


def _place(listen: str) -> tuple[str, int]:
    host, colon, port = listen.rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdecimal() or int(port) > 65_535:
        refuse(f"--listen is {listen!r}; it is an address and a port, for instance localhost:7380.")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _tell(ready: "Ready", *, as_json: bool) -> None:
    if as_json:
        print_json(ready)
        return
    sys.stdout.write(
        f"The witness {ready.name} answers {ready.listening} and signs for {', '.join(ready.logs)}.\n"
    )
    sys.stdout.flush()


def _print_keys(keys: list[str], *, as_json: bool) -> None:
    if as_json:
        print_json({"keys": keys})
    else:
        sys.stdout.write("".join(f"{text}\n" for text in keys))
