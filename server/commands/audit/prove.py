"""`tachiai audit prove`: one entry's proof, in a form that other people's tools read."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from server.commands.context import as_json_option, print_json

if TYPE_CHECKING:  # loaded when it is asked for
    from audit.verifying.prove import Proved


@click.command()
@click.argument("log", metavar="DIR|URL")
@click.argument("index", type=click.IntRange(min=0))
@click.option("--key", default=None, help="The verifier key that you were told, or a file that holds it.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=None,
    help="The file to write, by custom NAME.tlog-proof. Without it the proof is printed.",
)
@as_json_option
def prove(log: str, index: int, key: str | None, output: Path | None, as_json: bool) -> None:
    """Prove that entry INDEX, counted from 0, is in the log: a C2SP tlog-proof with the signed checkpoint in it.

    It is checked before it is written. Where witnesses have signed a checkpoint that covers the entry, their
    signatures come along. Exit codes are those of `tachiai audit verify`.
    """
    found = _proved(log, index, key)
    data = found.proof.encode()
    try:
        if output is not None:
            output.write_bytes(data)
    except OSError as error:
        _refuse(2, f"{output} cannot be written: {error.strerror}.")
    size = found.checkpoint.size
    if as_json:
        told = {
            "index": index,
            "size": size,
            "root": found.checkpoint.root.hex(),
            "witnessed": found.witnessed,
        }
        print_json({**told, "proof": data.decode(), "file": None if output is None else str(output)})
    else:
        sys.stdout.write(data.decode() if output is None else f"{output} proves entry {index} of {size}.\n")


def _proved(log: str, index: int, key: str | None) -> "Proved":
    from audit.commands import CannotVerify, key_text, opened  # noqa: PLC0415
    from audit.verifying.prove import NotProved  # noqa: PLC0415
    from audit.verifying.prove import prove as prove_entry  # noqa: PLC0415
    from audit.verifying.remote import AddressRefused  # noqa: PLC0415

    try:
        text = key_text(log, key)
        with opened(log) as place:
            return prove_entry(place.source, text, index)
    except NotProved as error:
        _refuse(error.code, f"{error}.")
    except (CannotVerify, AddressRefused) as error:
        _refuse(2, f"{str(error).removesuffix('.')}.")
    except OSError as error:
        _refuse(2, f"{error.filename or log} cannot be used: {error.strerror}.")


def _refuse(code: int, sentence: str) -> NoReturn:
    from audit.printable import printable  # noqa: PLC0415

    sys.stderr.write(f"Not proved: {printable(sentence)}\n")
    sys.exit(code)
